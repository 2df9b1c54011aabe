import ThalwegCore
import ThalwegNN

extension KerasExport {
  /// Adds Keras's layer, or layers, for one of ours.
  /// Errors: `.invalidArgument` with what Keras does not have, as the end of a sentence about the layer.
  mutating func translate(_ module: Module, _ value: inout Value) throws(ThalwegError) {
    if try image(module, &value) { return }
    let weight = module.parameter("weight"), bias = module.parameter("bias")
    let both = [weight, bias].compactMap { $0.map { [$0] } }
    switch module {
    case let layer as ThalwegNN.Linear:
      try endLikeOurs(&value, size: layer.inputSize)
      let kernel = try layer.requiredParameter("weight")
      try add(
        "Dense", ["units": .integer(layer.outputSize), "use_bias": .bool(bias != nil)],
        [[kernel]] + (bias.map { [[$0]] } ?? []), to: &value)
      if value.rank == 2 { value.channels = layer.outputSize }
    case let layer as ThalwegNN.Embedding:
      guard layer.maxNorm == nil else { throw KerasExport.refusal("has a max_norm, which Keras has not") }
      try add(
        "Embedding", ["input_dim": .integer(layer.count), "output_dim": .integer(layer.size)], both,
        to: &value)
      value.rank += 1
    case is ThalwegNN.Flatten, is Unflatten: try reshape(module, &value)
    case let layer as RecurrentLayer: try recurrent(layer, &value)
    case let layer as ThalwegNN.BatchNorm:
      try batchNorm(layer, both, &value)
    case let layer as ThalwegNN.GroupNorm:
      try groupNorm(layer.groups, layer.epsilon, both, &value)
    case let layer as ThalwegNN.LayerNorm:
      let sizes = layer.normalizedShape
      try normalized(sizes, &value)
      try add(
        "LayerNormalization",
        [
          "axis": ints((-sizes.count)..<0), "epsilon": .number(layer.epsilon), "scale": .bool(weight != nil),
          "center": .bool(bias != nil),
        ], both, to: &value)
    case let layer as ThalwegNN.RMSNorm where layer.normalizedShape.count == 1 && weight != nil:
      try normalized(layer.normalizedShape, &value)
      let epsilon = layer.epsilon ?? (weight?.dtype == .float64 ? 0x1p-52 : 0x1p-23)
      try add("RMSNormalization", ["axis": .integer(-1), "epsilon": .number(epsilon)], both, to: &value)
    case let layer as ThalwegNN.PReLU: try prelu(layer, &value)
    case let layer as ThalwegNN.Dropout:
      let isPositive = value.isPositive
      try add("Dropout", ["rate": .number(layer.p)], to: &value)
      value.isPositive = isPositive
    case let layer as ThalwegNN.AlphaDropout: try add("AlphaDropout", ["rate": .number(layer.p)], to: &value)
    default: try activation(module, &value)
    }
  }

  private mutating func reshape(_ module: Module, _ value: inout Value) throws(ThalwegError) {
    if let layer = module as? Unflatten {
      guard value.rank == 2, layer.dim == 1 || layer.dim == -1 else {
        throw KerasExport.refusal("does not take rows apart from dimension 1 on")
      }
      try add("Reshape", ["target_shape": ints(layer.sizes)], to: &value)
      value = Value(source: value.source, rank: 1 + layer.sizes.count, channels: layer.sizes.first)
      return
    }
    guard let layer = module as? ThalwegNN.Flatten, layer.start == 1 || layer.start == 1 - value.rank,
      layer.end == -1 || layer.end == value.rank - 1
    else { throw KerasExport.refusal("flattens other dimensions than all but the batch's") }
    try flatten(&value)
  }

  private mutating func normalized(_ sizes: Dims, _ value: inout Value) throws(ThalwegError) {
    guard sizes.count < value.rank else { throw KerasExport.refusal("normalises the batch") }
    if case .image = value.order, sizes.count == value.rank - 1 {
      try reorder(&value, .same)
      try add("Reshape", ["target_shape": ints(sizes)], to: &value)
      value.channels = sizes.first
    } else {
      try endLikeOurs(&value, size: sizes[sizes.count - 1])
    }
  }

  // MARK: - Norms

  mutating func batchNorm(
    _ layer: BatchNorm, _ tensors: [[Tensor]], _ value: inout Value
  ) throws(ThalwegError) {
    guard let mean = layer.buffer("running_mean"), let variance = layer.buffer("running_var"),
      let momentum = layer.momentum
    else {
      throw KerasExport.refusal("has no running statistics, or averages all batches, which Keras does not")
    }
    try add(
      "BatchNormalization",
      [
        "axis": .integer(axis(1, of: value)), "epsilon": .number(layer.epsilon),
        "momentum": .number(1 - momentum), "scale": .bool(layer.parameter("weight") != nil),
        "center": .bool(layer.parameter("bias") != nil),
      ], tensors + [[mean], [variance]], to: &value)
  }

  /// - Parameter groups: -1: each channel is one.
  mutating func groupNorm(
    _ groups: Int, _ epsilon: Double, _ tensors: [[Tensor]], _ value: inout Value
  ) throws(ThalwegError) {
    try add(
      "GroupNormalization",
      [
        "groups": .integer(groups), "axis": .integer(axis(1, of: value)), "epsilon": .number(epsilon),
        "scale": .bool(!tensors.isEmpty), "center": .bool(!tensors.isEmpty),
      ], tensors, to: &value)
  }

  // MARK: - Activations

  private mutating func prelu(_ layer: ThalwegNN.PReLU, _ value: inout Value) throws(ThalwegError) {
    let slopes = try layer.requiredParameter("weight")
    var shape = Dims(repeating: 1, count: value.rank - 1)
    var shared = Array(1..<value.rank)
    if layer.count > 1 {
      let channel = try axis(1, of: value)
      let place = channel < 0 ? value.rank - 1 : channel
      shape[place - 1] = layer.count
      shared.removeAll { $0 == place }
    }
    let turned = try noGrad { () throws(ThalwegError) in try slopes.detach().reshape(shape) }
    if slopes.requiresGrad { try turned.setRequiresGrad(true) }
    let axes = shared.isEmpty ? JSONValue.null : ints(shared)
    try add("PReLU", ["shared_axes": axes], [[turned]], to: &value)
  }

  private mutating func activation(_ module: Module, _ value: inout Value) throws(ThalwegError) {
    if let name = KerasExport.name(module) {
      try add("Activation", ["activation": .string(name)], to: &value)
      value.isPositive = ["relu", "relu6", "sigmoid", "hard_sigmoid", "softplus"].contains(name)
      return
    }
    switch module {
    case let layer as ThalwegNN.LeakyReLU:
      try add("LeakyReLU", ["negative_slope": .number(layer.slope)], to: &value)
    case let layer as ThalwegNN.ELU: try add("ELU", ["alpha": .number(layer.alpha)], to: &value)
    case let layer as ThalwegNN.Hardtanh where layer.minimum == 0:
      try add("ReLU", ["max_value": .number(layer.maximum)], to: &value)
    case let layer as ThalwegNN.Threshold where layer.value == 0 && layer.threshold >= 0:
      try add("ReLU", ["threshold": .number(layer.threshold)], to: &value)
    case is ThalwegNN.Softmax2d:
      try reorder(&value, .image(2))
      try add("Softmax", ["axis": .integer(-1)], to: &value)
    case let layer as ThalwegNN.Softmax:
      try add("Softmax", ["axis": .integer(axis(KerasExport.dim(layer, value), of: value))], to: &value)
    case let layer as ThalwegNN.LogSoftmax: try logSoftmax(KerasExport.dim(layer, value), &value)
    case is ThalwegNN.Identity: try add("Identity", to: &value)
    default: throw KerasExport.refusal("has no equal in Keras, or not with these options")
    }
  }

  private static func dim(_ layer: SoftmaxLayer, _ value: Value) -> Int {
    layer.dim ?? ([0, 1, 3].contains(value.rank) ? 0 : 1)
  }

  /// Keras has it along the last dimension.
  private mutating func logSoftmax(_ dim: Int, _ value: inout Value) throws(ThalwegError) {
    if try axis(dim, of: value) != -1, dim == -1 || dim == value.rank - 1 { try reorder(&value, .same) }
    guard try axis(dim, of: value) == -1 else {
      throw KerasExport.refusal("works along a dimension that is not Keras's last")
    }
    try add("Activation", ["activation": .string("log_softmax")], to: &value)
  }

  /// Keras's name of an activation of each element.
  private static func name(_ module: Module) -> String? {
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
    case is ThalwegNN.Tanhshrink: "tanh_shrink"
    case let layer as ThalwegNN.GELU where !layer.byTanh: "gelu"
    case let layer as ThalwegNN.CELU where layer.alpha == 1: "celu"
    case let layer as ThalwegNN.Softplus where layer.beta == 1: "softplus"
    case let layer as ThalwegNN.Softshrink where layer.lambda == 0.5: "soft_shrink"
    case let layer as ThalwegNN.Hardshrink where layer.lambda == 0.5: "hard_shrink"
    case let layer as ThalwegNN.Hardtanh where layer.minimum == -1 && layer.maximum == 1: "hard_tanh"
    default: nil
    }
  }
}
