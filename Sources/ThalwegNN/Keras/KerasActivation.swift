import ThalwegCore

/// One of Keras's activations, by its name (keras/src/activations).
package struct KerasActivation {
  package let name: String
  /// A layer in its place, such as LeakyReLU(0.2).
  private var layer: (any KerasMap)?

  /// - Parameter json: a name, Keras 3's reference to a function of its own, or a layer without weights; nil: linear.
  /// Errors: `.format` for anything else; nothing is looked up by name but in this file.
  init(_ json: JSONValue?, _ config: KerasConfig, _ option: String) throws(ThalwegError) {
    var found = json?.string
    if found == nil, let json, let className = json["class_name"]?.string {
      if className == "function" {
        found = json["config"]?.string ?? json["config"]?["name"]?.string
      } else if ["ReLU", "LeakyReLU", "ELU", "Softmax", "ThresholdedReLU"].contains(className),
        let inner = json["config"],
        let kind = try KerasLayer.kind(KerasConfig(className, inner)) as? any KerasMap
      {
        (name, layer) = (className, kind)
        return
      }
    }
    let name = json == nil ? "linear" : found ?? ""
    guard KerasActivation.all.contains(name) else {
      throw config.wrong(option, "an activation of Keras's")
    }
    self.name = name
  }

  private static let all: Set<String> = [
    "linear", "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "swish", "softmax",
    "log_softmax", "softplus", "softsign", "sigmoid", "hard_sigmoid", "hard_silu", "hard_swish", "tanh",
    "hard_tanh", "tanh_shrink", "soft_shrink", "hard_shrink", "exponential", "mish", "log_sigmoid",
    "squareplus", "sparse_plus", "sparse_sigmoid", "glu", KerasEra.hardSigmoid,
  ]

  /// Whether each element becomes what it becomes whatever the others are.
  var isElementwise: Bool {
    layer == nil ? !["softmax", "log_softmax", "glu"].contains(name) : name != "Softmax"
  }

  func callAsFunction(_ x: Tensor) throws(ThalwegError) -> Tensor {
    if let layer { return try layer.map(x, nil) }
    switch name {
    case "relu": return try x.relu()
    case "relu6": return try x.relu6()
    case "leaky_relu": return try x.leakyReLU(0.2)
    case "elu": return try x.elu()
    case "selu": return try x.selu()
    case "celu": return try x.celu()
    case "gelu": return try x.gelu()
    case "silu", "swish": return try x.silu()
    case "softmax": return try x.softmax(-1)
    case "log_softmax": return try x.logSoftmax(-1)
    case "softplus": return try x.softplus()
    case "softsign": return try x.softSign()
    case "sigmoid": return try x.sigmoid()
    case KerasEra.hardSigmoid: return try (x * 0.2 + 0.5).clamp(min: 0, max: 1)
    case "hard_sigmoid": return try x.hardSigmoid()
    case "hard_silu", "hard_swish": return try x.hardSwish()
    case "tanh": return try x.tanh()
    case "hard_tanh": return try x.hardTanh()
    case "tanh_shrink": return try x.tanhShrink()
    case "soft_shrink": return try x.softShrink()
    case "hard_shrink": return try x.hardShrink()
    case "exponential": return try x.exp()
    case "mish": return try x.mish()
    case "log_sigmoid": return try x.logSigmoid()
    case "squareplus": return try (x + (x * x + 4).sqrt()) / 2
    case "sparse_plus":
      let middle = try (x + 1) * (x + 1) / 4
      let one = try Tensor.scalar(1, dtype: x.dtype), minusOne = try Tensor.scalar(-1, dtype: x.dtype)
      return try Tensor.where(
        x.lessOrEqual(minusOne), Tensor.scalar(0, dtype: x.dtype), Tensor.where(x.less(one), middle, x))
    case "sparse_sigmoid": return try ((x + 1) / 2).clamp(min: 0, max: 1)
    case "glu": return try x.glu(-1)
    default: return x
    }
  }
}
