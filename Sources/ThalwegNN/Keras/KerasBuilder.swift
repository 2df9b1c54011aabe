package import ThalwegCore

/// Makes modules of a model's configuration as Keras writes it (config.json, model_config): first all layers, without
/// tensors, so that what is not supported is known before anything is allocated.
package struct KerasBuilder {
  private var layerCount = 0
  private var sharing = KerasSharing()
  private let isOld: Bool

  private init(isOld: Bool) { self.isOld = isOld }

  /// The model. Errors: `.format` with the layer's path and class.
  /// - Parameter isOld: whether a version of Keras before 3 wrote it.
  package static func build(_ json: JSONValue, isOld: Bool) throws(ThalwegError) -> Graph {
    var builder = KerasBuilder(isOld: isOld)
    guard let graph = try builder.module(json, path: "", isTrainable: true) as? Graph else {
      throw ThalwegError(.format, "the configuration is that of a layer, not of a model")
    }
    return graph
  }

  private mutating func module(
    _ json: JSONValue, path: String, isTrainable: Bool
  ) throws(ThalwegError) -> Module {
    guard let className = json["class_name"]?.string, let config = json["config"] else {
      throw ThalwegError(.format, "\(KerasBuilder.place(path)) is not described as a layer")
    }
    layerCount += 1
    guard layerCount <= 16384 else { throw ThalwegError(.format, "the model has more than 16384 layers") }
    if let known = sharing.module(json, className, config) { return known }
    let trainable = isTrainable && (config["trainable"]?.bool ?? true)
    do throws(ThalwegError) {
      let module: Module =
        switch className {
        case "Sequential": try sequential(config, path, trainable)
        case "Functional", "Model": try functional(config, path, trainable)
        default: try layer(className, config, path, trainable)
        }
      sharing.add(module, json, className, config)
      return module
    } catch {
      // The innermost layer says where it is.
      guard !error.message.hasPrefix("layer ") else { throw error }
      throw ThalwegError(
        .format, "layer \(KerasBuilder.place(path)) (\(String(className.prefix(64)))): \(error.message)")
    }
  }

  private static func place(_ path: String) -> String { path.isEmpty ? "the model" : "'\(path)'" }

  private func joined(_ path: String, _ name: String) -> String {
    // Deep and long names would make long paths.
    path.isEmpty || path.utf8.count > 1024 ? String(name.prefix(256)) : "\(path)/\(name.prefix(256))"
  }

  private mutating func layer(
    _ className: String, _ given: JSONValue, _ path: String, _ isTrainable: Bool
  ) throws(ThalwegError) -> Module {
    var config = isOld ? KerasEra.marked(className, given) : given
    if !isTrainable { config = config.setting("trainable", .bool(false)) }
    let layer = try KerasLayer(className, config)
    if className == "TimeDistributed", let inner = config["layer"] {
      try layer.registerModule("layer", module(inner, path: joined(path, "layer"), isTrainable: isTrainable))
    }
    if className == "Bidirectional", let inner = config["layer"], let innerConfig = inner["config"] {
      let forwards = try module(
        KerasBuilder.zeroing(inner), path: joined(path, "layer"), isTrainable: isTrainable)
      try layer.registerModule("forward_layer", forwards)
      let goesBack = innerConfig["go_backwards"]?.bool ?? false
      let back =
        if let given = config["backward_layer"], given != .null { given } else {
          inner.setting("config", innerConfig.setting("go_backwards", .bool(!goesBack)))
        }
      let backwards = try module(
        KerasBuilder.zeroing(back), path: joined(path, "backward_layer"), isTrainable: isTrainable)
      try layer.registerModule("backward_layer", backwards)
    }
    return layer
  }

  /// A layer of a Bidirectional: where it gives sequences, those steps are zeros that do not count. Keras 2 does not say so.
  private static func zeroing(_ layer: JSONValue) -> JSONValue {
    guard let config = layer["config"], config["return_sequences"]?.bool == true else { return layer }
    return layer.setting("config", config.setting("zero_output_for_mask", .bool(true)))
  }

  // MARK: - Models

  /// The name of a layer in a list of them, and its name as a child, which has no dots and slashes and is nobody else's.
  private struct Naming {
    private var used: Set<String> = []

    mutating func child(_ name: String) -> String {
      var result = ""
      for scalar in name.unicodeScalars.prefix(256) {
        result.unicodeScalars.append(scalar == "." || scalar == "/" || scalar.value < 32 ? "_" : scalar)
      }
      if result.isEmpty { result = "layer" }
      var candidate = result
      var count = 1
      while !used.insert(candidate).inserted {
        candidate = "\(result)_\(count)"
        count += 1
      }
      return candidate
    }
  }

  private mutating func sequential(
    _ config: JSONValue, _ path: String, _ isTrainable: Bool
  ) throws(ThalwegError) -> Graph {
    // Keras 1 and the first of 2 have the list alone.
    guard let list = config["layers"]?.array ?? config.array else {
      throw ThalwegError(.format, "the configuration of a Sequential has no layers")
    }
    var naming = Naming()
    var modules: [(name: String, module: Module)] = []
    var inputs: [JSONValue] = []
    for (index, entry) in list.enumerated() {
      guard let className = entry["class_name"]?.string, let inner = entry["config"] else {
        throw ThalwegError(.format, "layer \(index) is not described as one")
      }
      if className == "InputLayer" {
        guard index == 0 else {
          throw ThalwegError(.format, "an InputLayer is not the first of a Sequential")
        }
        inputs.append(try KerasBuilder.input(inner, name: inner["name"]?.string ?? "input_layer"))
        continue
      }
      let name = inner["name"]?.string ?? "\(KerasNames.snakeCase(className))_\(index)"
      let module = try module(entry, path: joined(path, name), isTrainable: isTrainable)
      modules.append((naming.child(name), module))
      if index == 0, let shape = inner["batch_input_shape"] ?? inner["batch_shape"], shape != .null {
        let given = JSONValue.object([
          JSONMember("batch_shape", shape), JSONMember("dtype", inner["dtype"] ?? .null),
        ])
        inputs.append(try KerasBuilder.input(given, name: "input_layer"))
      }
    }
    if inputs.isEmpty, let shape = config["build_input_shape"], shape != .null {
      inputs.append(
        try KerasBuilder.input(.object([JSONMember("batch_shape", shape)]), name: "input_layer"))
    }
    let graph = try Graph(
      chainOf: modules.count, config: about("Sequential", config, inputs))
    for (name, module) in modules { try graph.registerModule(name, module) }
    return graph
  }

  /// What of an InputLayer is kept: name, shape and dtype.
  private static func input(_ config: JSONValue, name: String) throws(ThalwegError) -> JSONValue {
    let shape = config["batch_shape"] ?? config["batch_input_shape"] ?? .null
    guard let sizes = shape.array, sizes.count <= Dims.maxRank,
      sizes.allSatisfy({ $0 == .null || ($0.wholeNumber ?? -1) >= 0 })
    else { throw ThalwegError(.format, "the InputLayer \(name.prefix(64)) has no shape") }
    if config["sparse"]?.bool == true || config["ragged"]?.bool == true {
      throw ThalwegError(
        .format, "the InputLayer \(name.prefix(64)) is sparse or ragged, which is not supported")
    }
    let dtype = config["dtype"]?.string ?? "float32"
    return .object([
      JSONMember("batch_shape", shape), JSONMember("dtype", .string(String(dtype.prefix(32)))),
      JSONMember("name", .string(String(name.prefix(256)))),
    ])
  }

  private func about(_ className: String, _ config: JSONValue, _ inputs: [JSONValue]) -> JSONValue {
    let about = JSONValue.object([
      JSONMember("class_name", .string(className)),
      JSONMember("name", .string(String((config["name"]?.string ?? "model").prefix(256)))),
      JSONMember("trainable", .bool(config["trainable"]?.bool ?? true)), JSONMember("inputs", .array(inputs)),
    ])
    return isOld ? about.setting("keras", .integer(2)) : about
  }

  /// One call of a layer, before its inputs are known to be there.
  private struct Call {
    let layer: Int
    /// Where in the configuration it is among the calls of its layer.
    let index: Int
    var inputs: [Key]
    var options: KerasCallOptions
    /// What `mask` and its like are given.
    let masks: [Key]
  }

  struct Key: Hashable {
    let name: String
    let node: Int
    let output: Int
  }

  /// How calls are counted. A model that is called has been called once before, when it was made: Keras 2 counts that
  /// call, Keras 3 where it lists outputs of a functional one.
  private struct Counting {
    var layers: [String: (calls: Int, model: String?)] = [:]
    var isOld = false

    /// The key with calls counted from 0.
    func key(_ key: Key, isOutput: Bool) -> Key {
      guard let (calls, model) = layers[key.name], let model else { return key }
      if calls == 1 { return Key(name: key.name, node: max(0, key.node - 1), output: key.output) }
      let isCounted = isOld || (isOutput && model == "Functional")
      return isCounted ? Key(name: key.name, node: key.node - 1, output: key.output) : key
    }
  }

  private mutating func functional(
    _ config: JSONValue, _ path: String, _ isTrainable: Bool
  ) throws(ThalwegError) -> Graph {
    guard let list = config["layers"]?.array else {
      throw ThalwegError(.format, "the configuration of a functional model has no layers")
    }
    var naming = Naming()
    var modules: [(name: String, module: Module)] = []
    var calls: [Call] = []
    var places: [String: Int] = [:]  // the layers by their names
    var counting = Counting()
    var inputConfigs: [String: JSONValue] = [:]
    var masks = KerasMasks()
    for (index, entry) in list.enumerated() {
      guard let className = entry["class_name"]?.string, let inner = entry["config"],
        let name = entry["name"]?.string ?? inner["name"]?.string
      else { throw ThalwegError(.format, "layer \(index) is not described as one") }
      guard places[name] == nil, inputConfigs[name] == nil else {
        throw ThalwegError(.format, "two layers have the name \(name.prefix(64))")
      }
      if className == "InputLayer" {
        inputConfigs[name] = try KerasBuilder.input(inner, name: name)
        continue
      }
      if masks.add(entry, className, name) { continue }
      let module = try module(entry, path: joined(path, name), isTrainable: isTrainable)
      places[name] = modules.count
      let calling = entry["inbound_nodes"]?.array ?? []
      counting.layers[name] = (calling.count, (module as? Graph)?.config["class_name"]?.string)
      for (call, json) in calling.enumerated() {
        counting.isOld = counting.isOld || json.array != nil
        do throws(ThalwegError) {
          let (inputs, masks, options) = try KerasBuilder.arguments(json)
          calls.append(
            Call(layer: modules.count, index: call, inputs: inputs, options: options, masks: masks))
        } catch {
          throw ThalwegError(
            .format, "layer '\(joined(path, name))' (\(className.prefix(64))): \(error.message)")
        }
      }
      modules.append((naming.child(name), module))
    }

    for call in calls { masks.addSource(modules[call.layer].module, call.inputs) }
    for place in calls.indices {
      do throws(ThalwegError) {
        let count = calls[place].inputs.count
        if let mask = try masks.explicit(calls[place].masks, count) {
          calls[place].inputs.append(mask)
          calls[place].options.insert(.masked)
        }
        try masks.refuse(calls[place].inputs)
      } catch {
        let (name, module) = modules[calls[place].layer]
        let className = (module as? KerasLayer)?.className ?? module.typeName
        throw ThalwegError(
          .format, "layer '\(joined(path, name))' (\(className.prefix(64))): \(error.message)")
      }
      calls[place].inputs = calls[place].inputs.map { counting.key($0, isOutput: false) }
    }
    let inputs = try KerasBuilder.keys(config["input_layers"], "input_layers")
    let outputs = try KerasBuilder.keys(config["output_layers"], "output_layers")
      .map { counting.key($0, isOutput: true) }
    var sources: [Key: Int] = [:]  // by name and call, with output 0: the node in the graph
    var about: [JSONValue] = []
    for (index, key) in inputs.enumerated() {
      guard let input = inputConfigs[key.name] else {
        throw ThalwegError(.format, "the input \(key.name.prefix(64)) is no InputLayer")
      }
      sources[Key(name: key.name, node: 0, output: 0)] = index
      about.append(input)
    }
    var names: [Int: String] = [:]
    for (name, place) in places { names[place] = name }
    let order = try KerasBuilder.ordered(calls, names: names, &sources, inputs.count)
    func source(_ key: Key) throws(ThalwegError) -> Graph.Source {
      guard let node = sources[Key(name: key.name, node: key.node, output: 0)] else {
        throw ThalwegError(.format, "there is no call \(key.node) of a layer \(key.name.prefix(64))")
      }
      return Graph.Source(node: node, output: key.output)
    }
    var nodes: [Graph.Node] = []
    for call in order {
      var wired: [Graph.Source] = []
      for key in call.inputs { wired.append(try source(key)) }
      nodes.append(Graph.Node(child: call.layer, options: call.options, inputs: wired))
    }
    var ends: [Graph.Source] = []
    for key in outputs { ends.append(try source(key)) }
    let graph = try Graph(
      inputCount: inputs.count, nodes: nodes, outputs: ends,
      config: self.about("Functional", config, about))
    for (name, module) in modules { try graph.registerModule(name, module) }
    return graph
  }

  /// The calls in an order in which each finds its inputs, which `sources` then has.
  private static func ordered(
    _ calls: [Call], names: [Int: String], _ sources: inout [Key: Int], _ inputCount: Int
  ) throws(ThalwegError) -> [Call] {
    // Which calls wait for a value, and how many values each call waits for.
    var waiting: [Key: [Int]] = [:]
    var open = Array(repeating: 0, count: calls.count)
    var ready: [Int] = []
    for (place, call) in calls.enumerated() {
      let needs = Set(call.inputs.map { Key(name: $0.name, node: $0.node, output: 0) })
        .filter { sources[$0] == nil }
      open[place] = needs.count
      for key in needs { waiting[key, default: []].append(place) }
      if needs.isEmpty { ready.append(place) }
    }
    var order: [Call] = []
    var next = 0
    while next < ready.count {
      let call = calls[ready[next]]
      next += 1
      let key = Key(name: names[call.layer] ?? "", node: call.index, output: 0)
      sources[key] = inputCount + order.count
      order.append(call)
      for place in waiting.removeValue(forKey: key) ?? [] {
        open[place] -= 1
        if open[place] == 0 { ready.append(place) }
      }
    }
    guard order.count == calls.count else {
      throw ThalwegError(.format, "the layers are connected in a circle, or to one that is not there")
    }
    return order
  }
}
