import ThalwegCore
import ThalwegNN

/// This library's own layers as Keras's, for `save_keras`.
enum KerasExport {
  /// A Sequential, or one layer, as a graph of Keras's layers with copies of the tensors.
  /// Errors: `.invalidArgument` with the name of a layer that Keras does not have.
  static func graph(of module: Module, _ function: String) throws(ThalwegError) -> Graph {
    var layers: [KerasLayer] = []
    var names = KerasNames()
    let list = module is ThalwegNN.Sequential ? module.children : [("", module)]
    for (name, child) in flattened(list) {
      guard let layer = try layer(child, &names) else {
        throw ThalwegError(
          .invalidArgument,
          "\(function): the layer '\(name)' (\(child.typeName)) has no equal in Keras, or not with these options"
        )
      }
      layers.append(layer)
    }
    guard !layers.isEmpty else {
      throw ThalwegError(.invalidArgument, "\(function): the module has no layers")
    }
    let graph = try Graph(
      chainOf: layers.count,
      config: .object([
        JSONMember("class_name", .string("Sequential")), JSONMember("name", .string("sequential")),
        JSONMember("inputs", .array(input(flattened(list).first?.module))),
      ]))
    for layer in layers {
      try graph.registerModule(KerasPlan.layerName(layer) ?? "layer", layer)
    }
    return graph
  }

  /// With what is in a Sequential within a Sequential.
  private static func flattened(
    _ list: [(name: String, module: Module)]
  ) -> [(name: String, module: Module)] {
    list.flatMap { name, module in
      module is ThalwegNN.Sequential
        ? flattened(module.children.map { (name: "\(name).\($0.name)", module: $0.module) })
        : [(name, module)]
    }
  }

  /// The shape of the input, as far as the first layer tells.
  private static func input(_ module: Module?) -> [JSONValue] {
    let shape: [JSONValue]
    var dtype = "float32"
    switch module {
    case let layer as ThalwegNN.Linear: shape = [.null, .integer(layer.inputSize)]
    case is ThalwegNN.Embedding: (shape, dtype) = ([.null, .null], "int32")
    case let layer as RecurrentLayer: shape = [.null, .null, .integer(layer.inputSize)]
    default: return []
    }
    return [
      .object([
        JSONMember("batch_shape", .array(shape)), JSONMember("dtype", .string(dtype)),
        JSONMember("name", .string("input_layer")),
      ])
    ]
  }

  /// nil for a layer that Keras does not have.
  private static func layer(_ module: Module, _ names: inout KerasNames) throws(ThalwegError) -> KerasLayer? {
    guard let (className, options, tensors) = try described(module) else { return nil }
    let parameters = module.parameters()
    let isTrainable = parameters.isEmpty || parameters.contains { $0.requiresGrad }
    var members = [
      JSONMember("name", .string(names.name(className))), JSONMember("trainable", .bool(isTrainable)),
      JSONMember("dtype", .string(parameters.first?.dtype == .float64 ? "float64" : "float32")),
    ]
    members += options
    let layer = try KerasLayer(className, .object(members))
    let wanted = layer.kind.weights
    guard wanted.count == tensors.count else { return nil }
    var turned: [Tensor] = []
    for (weight, tensor) in zip(wanted, tensors) { turned.append(try weight.keras(tensor)) }
    try layer.install(turned, isTrainable: isTrainable)
    return layer
  }

  /// Keras's class, options, and our tensors, those that make one of Keras's together.
  private static func described(
    _ module: Module
  ) throws(ThalwegError) -> (String, [JSONMember], [[Tensor]])? {
    let weight = module.parameter("weight"), bias = module.parameter("bias")
    let both = [weight, bias].compactMap { $0.map { [$0] } }
    let hasBias = JSONMember("use_bias", .bool(bias != nil))
    switch module {
    case let layer as ThalwegNN.Linear:
      return ("Dense", [JSONMember("units", .integer(layer.outputSize)), hasBias], both)
    case let layer as ThalwegNN.Embedding where layer.maxNorm == nil && layer.paddingIndex == nil:
      let options = [
        JSONMember("input_dim", .integer(layer.count)), JSONMember("output_dim", .integer(layer.size)),
      ]
      return ("Embedding", options, both)
    case let layer as ThalwegNN.Dropout: return ("Dropout", [JSONMember("rate", .number(layer.p))], [])
    case let layer as ThalwegNN.BatchNorm1d:
      guard let mean = layer.buffer("running_mean"), let variance = layer.buffer("running_var"),
        let momentum = layer.momentum
      else { return nil }
      let options = [
        JSONMember("axis", .integer(1)), JSONMember("epsilon", .number(layer.epsilon)),
        JSONMember("momentum", .number(1 - momentum)), JSONMember("scale", .bool(weight != nil)),
        JSONMember("center", .bool(bias != nil)),
      ]
      return ("BatchNormalization", options, both + [[mean], [variance]])
    case let layer as ThalwegNN.LayerNorm where layer.normalizedShape.count == 1:
      let options = [
        JSONMember("epsilon", .number(layer.epsilon)), JSONMember("scale", .bool(weight != nil)),
        JSONMember("center", .bool(bias != nil)),
      ]
      return ("LayerNormalization", options, both)
    case let layer as RecurrentLayer: return try recurrent(layer)
    default: return activation(module).map { ("Activation", [JSONMember("activation", .string($0))], []) }
    }
  }

  private static func activation(_ module: Module) -> String? {
    switch module {
    case is ThalwegNN.ReLU: "relu"
    case is ThalwegNN.Tanh: "tanh"
    case is ThalwegNN.Sigmoid: "sigmoid"
    case is ThalwegNN.SiLU: "silu"
    case is ThalwegNN.SELU: "selu"
    case is ThalwegNN.Mish: "mish"
    case is ThalwegNN.ReLU6: "relu6"
    case is ThalwegNN.Softsign: "softsign"
    case is ThalwegNN.Hardsigmoid: "hard_sigmoid"
    case is ThalwegNN.Hardswish: "hard_silu"
    case is ThalwegNN.LogSigmoid: "log_sigmoid"
    default: nil
    }
  }

  /// A layer of one direction with batches first. Two biases that only add up become one.
  private static func recurrent(
    _ layer: RecurrentLayer
  ) throws(ThalwegError) -> (String, [JSONMember], [[Tensor]])? {
    let settings = layer.settings
    guard settings.layers == 1, !settings.bidirectional, settings.batchFirst, settings.projection == 0,
      !settings.peephole, !settings.masksZeros, let input = layer.parameter("weight_ih_l0"),
      let hidden = layer.parameter("weight_hh_l0")
    else { return nil }
    var tensors = [[input], [hidden]]
    let first = layer.parameter("bias_ih_l0"), second = layer.parameter("bias_hh_l0")
    let isGRU = layer is ThalwegNN.GRU
    if isGRU, settings.resetAfter {
      if first == nil, second == nil {
      } else if let one = first ?? second {
        let zeros = try Tensor.zeros(one.shape, dtype: one.dtype)
        tensors.append([first ?? zeros, second ?? zeros])
      }
    } else if let first, let second {
      tensors.append([try noGrad { () throws(ThalwegError) in try first + second }])
    } else if let one = first ?? second {
      tensors.append([one])
    }
    var options = [
      JSONMember("units", .integer(layer.hiddenSize)), JSONMember("use_bias", .bool(tensors.count == 3)),
      JSONMember("return_sequences", .bool(settings.returnsSequences)),
    ]
    if isGRU { options.append(JSONMember("reset_after", .bool(settings.resetAfter))) }
    if layer is ThalwegNN.RNN {
      options.append(JSONMember("activation", .string(settings.nonlinearity.rawValue)))
      return ("SimpleRNN", options, tensors)
    }
    return (isGRU ? "GRU" : "LSTM", options, tensors)
  }
}
