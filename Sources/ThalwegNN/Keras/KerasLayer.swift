public import ThalwegCore

/// What flows between layers of Keras's: a tensor and, of sequences, which steps count, [B, T] of bool.
package struct KerasValue {
  package var tensor: Tensor
  package var mask: Tensor?

  package init(_ tensor: Tensor, mask: Tensor? = nil) { (self.tensor, self.mask) = (tensor, mask) }
}

/// A module that takes and gives several tensors.
package protocol ManyValued: Module {
  /// - Parameter options: what a call in a functional model says beside its inputs.
  func call(_ inputs: [KerasValue], _ options: KerasCallOptions) throws(ThalwegError) -> [KerasValue]
}

package struct KerasCallOptions: OptionSet {
  package let rawValue: Int
  package init(rawValue: Int) { self.rawValue = rawValue }
  package static let causal = KerasCallOptions(rawValue: 1)
  package static let returnsScores = KerasCallOptions(rawValue: 2)
  /// The last input is the mask of the first.
  package static let masked = KerasCallOptions(rawValue: 4)
  /// The first input's mask is handed on, but not used: so does Keras 3 where a recurrent layer is given states.
  package static let unmasked = KerasCallOptions(rawValue: 8)
}

/// A layer that takes what Keras's layer of the same class and configuration takes, channels last, and gives what that
/// gives. Its tensors have this library's names, orders and orientations.
///
/// Masks go from an Embedding with `mask_zero` or a Masking to the layers behind it where the layers are called by a
/// `Graph`.
public final class KerasLayer: Module {
  /// Keras's class, such as "Conv2D".
  public let className: String
  /// The configuration, without what has no meaning here.
  package let config: JSONValue
  package let kind: any KerasKind
  package let dtype: DType
  package let isTrainable: Bool

  /// A layer without tensors.
  /// - Throws: `.format` for a class or an option that is not supported.
  package init(_ className: String, _ config: JSONValue) throws(ThalwegError) {
    let options = try KerasConfig(className, config)
    guard let kind = try KerasLayer.kind(options) else {
      throw ThalwegError(.format, "there is no support for layers of the class \(className)")
    }
    self.className = className
    self.kind = kind
    self.config = try options.finish()
    (dtype, isTrainable) = (options.dtype, options.isTrainable)
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    let outputs = try kind.forward(self, [KerasValue(input)], [])
    guard let first = outputs.first else {
      throw ThalwegError(.internal, "forward: the layer \(className) gave nothing")
    }
    return first.tensor
  }

  /// Gives the layer its tensors, those of each of `kind.weights` in Keras's orientation.
  /// - Throws: `.format` for shapes that do not fit.
  package func install(_ weights: [Tensor], isTrainable: Bool) throws(ThalwegError) {
    let wanted = kind.weights
    guard weights.count == wanted.count else {
      throw ThalwegError(.format, "\(weights.count) tensors for a \(className), which has \(wanted.count)")
    }
    try kind.makeChildren(self, weights)
    for (weight, tensor) in zip(wanted, weights) {
      let parts = try weight.ours(tensor)
      for (name, part) in zip(weight.members, parts) {
        if isTrainable && weight.isTrained { try part.setRequiresGrad(true) }
        try register(name, part, isParameter: weight.isTrained)
      }
    }
  }

  /// - Parameter path: a name here or "child.name".
  private func register(_ path: String, _ tensor: Tensor, isParameter: Bool) throws(ThalwegError) {
    var owner: Module = self
    var name = path
    if let dot = path.firstIndex(of: ".") {
      guard let child = module(String(path[..<dot])) else {
        throw ThalwegError(.internal, "a \(className) has no child for \(path)")
      }
      owner = child
      name = String(path[path.index(after: dot)...])
    }
    if isParameter {
      try owner.registerParameter(name, tensor)
    } else {
      try owner.registerBuffer(name, tensor)
    }
  }

  /// The tensors of one of `kind.weights`; nil where one is missing.
  package func tensors(_ weight: KerasWeight) -> [Tensor]? {
    let found = weight.members.compactMap { parameter($0) ?? buffer($0) }
    return found.count == weight.members.count ? found : nil
  }
}

extension KerasLayer: ManyValued {
  package func call(
    _ inputs: [KerasValue], _ options: KerasCallOptions
  ) throws(ThalwegError) -> [KerasValue] {
    try Checkpoint.pass()
    let outputs = try kind.forward(self, inputs, options)
    if let input = inputs.first, let output = outputs.first {
      try CallObserver.tell(self, input.tensor, output.tensor)
    }
    return outputs
  }
}

extension KerasLayer: DescribedLayer {
  package var options: LayerOptions {
    ["class_name": .string(className), "config": .string(config.text)]
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    let text = try options.string("config")
    return try KerasLayer(options.string("class_name"), JSONReader.read(Array(text.utf8)))
  }
}

// MARK: - Kinds of layers

/// What the layers of some of Keras's classes have in common: options, tensors and a computation.
package protocol KerasKind {
  /// The tensors, in the order in which Keras counts them.
  var weights: [KerasWeight] { get }
  /// Makes the children that hold the tensors, whose values, in Keras's orientation, give sizes.
  func makeChildren(_ layer: KerasLayer, _ weights: [Tensor]) throws(ThalwegError)
  func forward(
    _ layer: KerasLayer, _ inputs: [KerasValue], _ options: KerasCallOptions
  ) throws(ThalwegError) -> [KerasValue]
}

extension KerasKind {
  package var weights: [KerasWeight] { [] }
  package func makeChildren(_ layer: KerasLayer, _ weights: [Tensor]) throws(ThalwegError) {}
}

/// A layer of one input and one output.
protocol KerasMap: KerasKind {
  /// Whether the input's mask is the output's.
  var passesMask: Bool { get }
  /// - Parameter layer: nil for layers without tensors that stand for an activation.
  func map(_ x: Tensor, _ layer: KerasLayer?) throws(ThalwegError) -> Tensor
}

extension KerasMap {
  var passesMask: Bool { false }

  package func forward(
    _ layer: KerasLayer, _ inputs: [KerasValue], _ options: KerasCallOptions
  ) throws(ThalwegError) -> [KerasValue] {
    let input = try layer.only(inputs)
    return [KerasValue(try map(input.tensor, layer), mask: passesMask ? input.mask : nil)]
  }
}

extension KerasLayer {
  func only(_ inputs: [KerasValue]) throws(ThalwegError) -> KerasValue {
    guard inputs.count == 1, let input = inputs.first else {
      throw ThalwegError(.invalidArgument, "\(className): \(inputs.count) inputs; it takes one")
    }
    return input
  }

  /// What computes a layer of this class; nil for a class that is not supported.
  static func kind(_ config: KerasConfig) throws(ThalwegError) -> (any KerasKind)? {
    if let kind = try plainKind(config) { return kind }
    if let kind = try imageKind(config) { return kind }
    if let kind = try mergeKind(config) { return kind }
    return try sequenceKind(config)
  }

  private static func plainKind(_ config: KerasConfig) throws(ThalwegError) -> (any KerasKind)? {
    switch config.className {
    case "Dense": try KerasDense(config)
    case "Embedding": try KerasEmbedding(config)
    case "Activation": KerasElementwise(try config.activation())
    case "ReLU", "LeakyReLU", "ELU", "ThresholdedReLU", "Softmax": try KerasRectifier(config)
    case "PReLU": try KerasPReLU(config)
    case "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout",
      "GaussianDropout", "GaussianNoise":
      try KerasNoise(config)
    case "ActivityRegularization", "Identity": try KerasIdentity(config)
    case "Flatten", "Reshape", "Permute", "RepeatVector": try KerasReshape(config)
    case "BatchNormalization": try KerasBatchNorm(config)
    case "LayerNormalization", "RMSNormalization", "GroupNormalization", "UnitNormalization":
      try KerasNorm(config)
    case "Normalization": try KerasStandardization(config)
    case "Rescaling": try KerasRescaling(config)
    default: nil
    }
  }
}

/// A tensor of a layer's: where and how Keras has it, and where and how the engine.
package struct KerasWeight {
  package enum Form {
    /// Dimension i of ours is Keras's dimension axes[i]; nil: the same.
    case axes([Int]?)
    /// [H, W, C, m] of a depthwise convolution, [C m, 1, H, W] here; any number of directions.
    case depthwise
    /// Gates z, r, h of a GRU, behind each other in the last dimension; r, z, h in the first here. A matrix is transposed.
    case gates
    /// Both biases of a GRU, a row each.
    case gatesOfTwo
  }

  /// Keras's name, such as "kernel".
  package let name: String
  /// The group that has it, below the layer's: "" or, for example, "cell".
  package var group = ""
  /// Ours, "weight" or "cell.weight_ih_l0".
  package let members: [String]
  /// In Keras's orientation; nil for a size that the configuration does not say.
  package let shape: [Int?]
  package var form = Form.axes(nil)
  package var isTrained = true
  /// Whether it is of int64.
  package var isCount = false
  /// Whether the configuration does not even say the rank.
  package var hasAnyShape = false

  package func fits(_ found: [Int]) -> Bool {
    hasAnyShape || found.count == shape.count && zip(found, shape).allSatisfy { $1 == nil || $0 == $1 }
  }

  /// Keras's tensor as ours.
  package func ours(_ tensor: Tensor) throws(ThalwegError) -> [Tensor] {
    try noGrad { () throws(ThalwegError) in
      switch form {
      case .axes(nil): return [try tensor.clone()]
      case .axes(let axes?): return [try tensor.permute(Dims(axes)).clone()]
      case .depthwise:
        let directions = tensor.rank - 2
        let turned = try tensor.permute(Dims([directions, directions + 1] + Array(0..<directions))).clone()
        var shape = Dims([turned.shape[0] * turned.shape[1], 1])
        for size in tensor.shape.prefix(directions) { shape.append(size) }
        return [try turned.reshape(shape)]
      case .gates:
        let turned = tensor.rank == 2 ? try tensor.transpose(0, 1) : tensor
        return [try KerasWeight.swapped(turned, 0)]
      case .gatesOfTwo:
        return [
          try KerasWeight.swapped(tensor.select(0, 0), 0), try KerasWeight.swapped(tensor.select(0, 1), 0),
        ]
      }
    }
  }

  /// Our tensors as Keras's.
  package func keras(_ tensors: [Tensor]) throws(ThalwegError) -> Tensor {
    try noGrad { () throws(ThalwegError) in
      guard let first = tensors.first?.detach() else {
        throw ThalwegError(.internal, "a tensor \(name) of a layer is missing")
      }
      switch form {
      case .axes(nil): return try first.contiguous()
      case .axes(let axes?):
        return try first.permute(Dims(axes.indices.map { axes.firstIndex(of: $0) ?? $0 })).contiguous()
      case .depthwise:
        let directions = first.rank - 2
        let multiplier = max((shape.last ?? 1) ?? 1, 1)
        var split = Dims([first.shape[0] / multiplier, multiplier])
        for size in first.shape.suffix(directions) { split.append(size) }
        let order = Array(2..<(2 + directions)) + [0, 1]
        return try first.reshape(split).permute(Dims(order)).contiguous()
      case .gates:
        let back = try KerasWeight.swapped(first, 0)
        return first.rank == 2 ? try back.transpose(0, 1).contiguous() : back
      case .gatesOfTwo:
        guard tensors.count == 2 else { throw ThalwegError(.internal, "a bias of a layer is missing") }
        return try Tensor.stack([
          KerasWeight.swapped(first, 0), KerasWeight.swapped(tensors[1].detach(), 0),
        ])
      }
    }
  }

  /// The first and the second third along a dimension in each other's place.
  private static func swapped(_ tensor: Tensor, _ dim: Int) throws(ThalwegError) -> Tensor {
    let third = tensor.shape[dim] / 3
    return try Tensor.cat(
      [
        tensor.slice(dim, third, 2 * third), tensor.slice(dim, 0, third),
        tensor.slice(dim, 2 * third, 3 * third),
      ], dim: dim)
  }
}
