import ThalwegCore
import ThalwegNN

/// A model's configuration, of a `Graph` of `KerasLayer`s, in words that Keras 2.15 and Keras 3 have in common where they
/// do: they differ in how calls with several tensors, and calls of models in models, are written down.
struct KerasConfigText {
  /// Whether it is for a legacy `.h5`, where layers do not say their module.
  let isLegacy: Bool
  /// Whether it is to be as Keras 2 writes it.
  private let isOld: Bool
  private let hasMasks: Bool

  init(isLegacy: Bool, of graph: Graph) {
    (self.isLegacy, isOld, hasMasks) = (isLegacy, isLegacy && graph.isOfKeras2, graph.hasMasks)
  }

  private init(inside outer: KerasConfigText) {
    (isLegacy, isOld, hasMasks) = (false, outer.isOld, outer.hasMasks)
  }

  func model(_ graph: Graph) throws(ThalwegError) -> JSONValue { try graphText(graph, path: "") }

  private func graphText(_ graph: Graph, path: String) throws(ThalwegError) -> JSONValue {
    let isSequential = graph.config["class_name"]?.string == "Sequential"
    var config = [
      JSONMember("name", graph.config["name"] ?? .string("model")),
      JSONMember("trainable", graph.config["trainable"] ?? .bool(true)),
    ]
    let inputs = graph.config["inputs"]?.array ?? []
    if isSequential {
      var layers: [JSONValue] = []
      for input in inputs { layers.append(inputText(input)) }
      for (name, child) in graph.children {
        layers.append(try text(child, path.isEmpty ? name : "\(path).\(name)"))
      }
      config.append(JSONMember("layers", .array(layers)))
      if let shape = inputs.first?["batch_shape"] { config.append(JSONMember("build_input_shape", shape)) }
      return object("Sequential", .object(config), module: "keras")
    }
    config += try functional(graph, inputs, path)
    // "Functional" is found by its file's name, which is not the same in both.
    return object(isLegacy ? "Functional" : "Model", .object(config), module: "keras")
  }

  private func text(_ module: Module, _ path: String) throws(ThalwegError) -> JSONValue {
    if let graph = module as? Graph { return try graphText(graph, path: path) }
    guard let layer = module as? KerasLayer else {
      throw ThalwegError(
        .invalidArgument, "save_keras: the layer \(path), a \(module.typeName), is none that Keras has")
    }
    if !isOld, let difference = KerasEra.difference(layer.config, hasMasks: hasMasks) {
      throw other(path, difference)
    }
    var config = KerasEra.plain(layer.config)
    config = KerasWords.common(config, of: layer.className, isLegacy: isLegacy, isOld: isOld)
    for (option, child) in [
      ("layer", "layer"), ("layer", "forward_layer"), ("backward_layer", "backward_layer"),
    ] {
      guard let inner = layer.module(child) else { continue }
      let text = try KerasConfigText(inside: self).text(inner, "\(path).\(child)")
      config = config.setting(option, text)
    }
    return object(layer.className, config, module: "keras.layers")
  }

  private func other(_ path: String, _ difference: String) -> ThalwegError {
    ThalwegError(
      .invalidArgument,
      "save_keras: the layer \(path) is Keras 2's; Keras 3 has \(difference). Save it as .h5, Keras 2's own form"
    )
  }

  private func inputText(_ input: JSONValue) -> JSONValue {
    let members = (input.object ?? []).map {
      $0.name == "batch_shape" ? JSONMember("batch_input_shape", $0.value) : $0
    }
    let config = JSONValue.object(members).setting("sparse", .bool(false))
    return object("InputLayer", config, module: "keras.layers")
  }

  private func object(
    _ className: String, _ config: JSONValue, module: String
  ) -> JSONValue {
    var members = [JSONMember("class_name", .string(className)), JSONMember("config", config)]
    if !isLegacy {
      members.insert(JSONMember("module", .string(module)), at: 0)
      members.append(JSONMember("registered_name", .null))
    }
    return .object(members)
  }

  // MARK: - Functional models

  private func functional(
    _ graph: Graph, _ inputs: [JSONValue], _ path: String
  ) throws(ThalwegError) -> [JSONMember] {
    guard inputs.count == graph.inputCount else {
      throw ThalwegError(.invalidArgument, "save_keras: the shapes of the inputs of a Graph are not known")
    }
    // Names and, of each node, which call of its layer it is.
    let children = graph.children
    let hasModels = children.contains { $0.module is Graph }
    var names: [String] = []
    for (name, child) in children { names.append(KerasPlan.layerName(child) ?? name) }
    var calls = Array(repeating: 0, count: children.count)
    var origins: [(name: String, call: Int, model: String?)] = []
    for input in inputs { origins.append((input["name"]?.string ?? "input", 0, nil)) }
    var inbound = Array(repeating: [JSONValue](), count: children.count)
    for node in graph.nodes {
      guard node.child < children.count else {
        throw ThalwegError(.invalidArgument, "save_keras: a Graph has lost a layer")
      }
      let tensors = node.inputs.map { source in
        let origin = origins[source.node]
        let isCounted = isOld && origin.model != nil
        return JSONValue.array([
          .string(origin.name), .integer(origin.call + (isCounted ? 1 : 0)), .integer(source.output),
        ])
      }
      let call = KerasCallText(children[node.child].module, tensors, node.options)
      if graph.isOfKeras2, !isOld, hasMasks, call.hasStates {
        throw other(names[node.child], "no masks where states are given")
      }
      // Keras 3 finds no tensors in the options of a list; and it counts the calls of models otherwise there.
      let isList = isOld || !(hasModels || call.hasOtherTensors)
      inbound[node.child].append(isList ? call.list : call.arguments)
      let model = (children[node.child].module as? Graph)?.config["class_name"]?.string
      origins.append((names[node.child], calls[node.child], model))
      calls[node.child] += 1
    }
    var layers: [JSONValue] = []
    for input in inputs {
      layers.append(
        inputText(input).setting("name", input["name"] ?? .null).setting("inbound_nodes", .array([])))
    }
    for (index, (name, child)) in children.enumerated() {
      let whole = try text(child, path.isEmpty ? name : "\(path).\(name)")
      layers.append(
        whole.setting("name", .string(names[index])).setting("inbound_nodes", .array(inbound[index])))
    }
    let ends = graph.outputs.map { source in
      let origin = origins[source.node]
      let isCounted = isOld ? origin.model != nil : origin.model == "Functional"
      return JSONValue.array([
        .string(origin.name), .integer(origin.call + (isCounted ? 1 : 0)), .integer(source.output),
      ])
    }
    let starts = inputs.map { JSONValue.array([$0["name"] ?? .null, .integer(0), .integer(0)]) }
    // One alone is no list, so that the model gives a tensor and no list of one.
    return [
      JSONMember("layers", .array(layers)),
      JSONMember("input_layers", starts.count == 1 ? starts[0] : .array(starts)),
      JSONMember("output_layers", ends.count == 1 ? ends[0] : .array(ends)),
    ]
  }
}
