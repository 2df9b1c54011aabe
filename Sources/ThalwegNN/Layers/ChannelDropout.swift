public import ThalwegCore

/// What the dropout layers of channels, and those for SELU, share.
public class DropoutLayer: Module {
  public let p: Double
  let generator: Generator

  /// - Throws: `.invalidArgument` unless p is from 0 to 1.
  package required init(
    probability p: Double, _ generator: Generator
  ) throws(ThalwegError) {
    self.p = p
    self.generator = generator
    super.init()
    try Self.require(p >= 0 && p <= 1, "the probability is \(p); it must be from 0 to 1")
  }

  /// - Throws: `.invalidArgument` unless p is from 0 to 1.
  public convenience init(_ p: Double = 0.5, generator: Generator = .default) throws(ThalwegError) {
    try self.init(probability: p, generator)
  }
}

extension DropoutLayer: DescribedLayer {
  package var options: LayerOptions { ["p": .double(p)] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try Self(probability: options.double("p"), .default)
  }
}

/// In training, sets whole channels to 0 with probability `p` and scales the others by 1 / (1 - p).
/// Shape: [N, C, L] or [C, L].
public final class Dropout1d: DropoutLayer {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try Self.require(input, rank: 2...3)
    if input.rank == 3 { return try input.featureDropout(p, training: isTraining, generator: generator) }
    return try input.unsqueeze(0).featureDropout(p, training: isTraining, generator: generator).squeeze([0])
  }
}

/// In training, sets whole channels to 0 with probability `p` and scales the others by 1 / (1 - p).
/// Shape: [N, C, H, W]; [N, C, L] is taken too, as by PyTorch's.
public final class Dropout2d: DropoutLayer {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try Self.require(input, rank: 3...4)
    return try input.featureDropout(p, training: isTraining, generator: generator)
  }
}

/// In training, sets whole channels to 0 with probability `p` and scales the others by 1 / (1 - p).
/// Shape: [N, C, D, H, W] or [C, D, H, W].
public final class Dropout3d: DropoutLayer {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try Self.require(input, rank: 4...5)
    if input.rank == 5 { return try input.featureDropout(p, training: isTraining, generator: generator) }
    return try input.unsqueeze(0).featureDropout(p, training: isTraining, generator: generator).squeeze([0])
  }
}

/// In training, sets elements to the negative limit of SELU with probability `p`, then scales and shifts so that mean 0 and
/// variance 1 stay (Klambauer et al. 2017, "Self-normalizing neural networks").
/// Shape: any.
public final class AlphaDropout: DropoutLayer {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.alphaDropout(p, training: isTraining, generator: generator)
  }
}

/// `AlphaDropout` of whole channels.
/// Shape: [N, C, ...].
public final class FeatureAlphaDropout: DropoutLayer {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.alphaDropout(p, training: isTraining, wholeChannels: true, generator: generator)
  }
}
