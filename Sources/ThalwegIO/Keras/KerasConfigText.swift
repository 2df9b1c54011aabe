import ThalwegCore
import ThalwegNN

/// A model's configuration as Keras 3 writes it, of a `Graph` of `KerasLayer`s.
struct KerasConfigText {
  /// Whether it is for a legacy `.h5`, where layers do not say their module.
  let isLegacy: Bool

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
    return object(
      "Functional", .object(config), module: "keras.src.models.functional", registered: "Functional")
  }

  private func text(_ module: Module, _ path: String) throws(ThalwegError) -> JSONValue {
    if let graph = module as? Graph { return try graphText(graph, path: path) }
    guard let layer = module as? KerasLayer else {
      throw ThalwegError(
        .invalidArgument, "save_keras: the layer \(path), a \(module.typeName), is none that Keras has")
    }
    var config = layer.config
    for (option, child) in [
      ("layer", "layer"), ("layer", "forward_layer"), ("backward_layer", "backward_layer"),
    ] {
      guard let inner = layer.module(child) else { continue }
      let text = try KerasConfigText(isLegacy: false).text(inner, "\(path).\(child)")
      config = config.setting(option, text)
    }
    return object(layer.className, config, module: "keras.layers")
  }

  private func inputText(_ input: JSONValue) -> JSONValue {
    object("InputLayer", input.setting("sparse", .bool(false)), module: "keras.layers")
  }

  private func object(
    _ className: String, _ config: JSONValue, module: String, registered: String? = nil
  ) -> JSONValue {
    var members = [JSONMember("class_name", .string(className)), JSONMember("config", config)]
    if !isLegacy {
      members.insert(JSONMember("module", .string(module)), at: 0)
      members.append(JSONMember("registered_name", registered.map { .string($0) } ?? .null))
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
    var names: [String] = []
    for (name, child) in children { names.append(KerasPlan.layerName(child) ?? name) }
    var calls = Array(repeating: 0, count: children.count)
    var origins: [(name: String, call: Int, isFunctional: Bool)] = []
    for input in inputs { origins.append((input["name"]?.string ?? "input", 0, false)) }
    var inbound = Array(repeating: [JSONValue](), count: children.count)
    for node in graph.nodes {
      guard node.child < children.count else {
        throw ThalwegError(.invalidArgument, "save_keras: a Graph has lost a layer")
      }
      let tensors = node.inputs.map { source in
        let origin = origins[source.node]
        return JSONValue.object([
          JSONMember("class_name", .string("__keras_tensor__")),
          JSONMember(
            "config",
            .object([
              JSONMember("shape", .array([.null])), JSONMember("dtype", .string("float32")),
              JSONMember(
                "keras_history",
                .array([.string(origin.name), .integer(origin.call), .integer(source.output)])),
            ])),
        ])
      }
      inbound[node.child].append(call(children[node.child].module, tensors, node.options))
      let isFunctional =
        (children[node.child].module as? Graph)?.config["class_name"]?.string == "Functional"
      origins.append((names[node.child], calls[node.child], isFunctional))
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
      return JSONValue.array([
        .string(origin.name), .integer(origin.call + (origin.isFunctional ? 1 : 0)), .integer(source.output),
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

  /// What a call of a layer takes, as its class wants it.
  private func call(_ module: Module, _ given: [JSONValue], _ options: KerasCallOptions) -> JSONValue {
    var tensors = given
    var kwargs: [JSONMember] = []
    if options.contains(.masked), let mask = tensors.popLast() { kwargs.append(JSONMember("mask", mask)) }
    var args = tensors
    switch (module as? KerasLayer)?.className {
    case "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot", "Attention",
      "AdditiveAttention":
      args = [.array(tensors)]
    case "SimpleRNN", "LSTM", "GRU", "RNN", "Bidirectional":
      if tensors.count > 1 {
        kwargs.append(JSONMember("initial_state", .array(Array(tensors.dropFirst()))))
        args = Array(tensors.prefix(1))
      }
    default: if module is Graph, tensors.count > 1 { args = [.array(tensors)] }
    }
    if options.contains(.causal) { kwargs.append(JSONMember("use_causal_mask", .bool(true))) }
    if options.contains(.returnsScores) { kwargs.append(JSONMember("return_attention_scores", .bool(true))) }
    return .object([JSONMember("args", .array(args)), JSONMember("kwargs", .object(kwargs))])
  }
}
