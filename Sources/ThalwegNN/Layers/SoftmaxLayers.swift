public import ThalwegCore

/// What the softmax layers share.
public class SoftmaxLayer: Module {
  /// Along which dimension; nil for 0 where the input has 0, 1 or 3 dimensions, and 1 elsewhere, as PyTorch.
  public let dim: Int?

  package required init(along dim: Int?) {
    self.dim = dim
    super.init()
  }

  public convenience init(_ dim: Int? = nil) { self.init(along: dim) }

  final func axis(of input: Tensor) -> Int { dim ?? ([0, 1, 3].contains(input.rank) ? 0 : 1) }
}

extension SoftmaxLayer: DescribedLayer {
  package var options: LayerOptions { LayerOptions(dim.map { [("dim", .int($0))] } ?? []) }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    Self(along: options["dim"] == nil ? nil : try options.int("dim"))
  }
}

/// Shares that sum to 1 along a dimension: y = e^x / Σ e^x.
/// Shape: any.
public final class Softmax: SoftmaxLayer {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.softmax(axis(of: input))
  }
}

/// y = softmax(-x).
/// Shape: any.
public final class Softmin: SoftmaxLayer {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try (-input).softmax(axis(of: input))
  }
}

/// y = log softmax(x).
/// Shape: any.
public final class LogSoftmax: SoftmaxLayer {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.logSoftmax(axis(of: input))
  }
}

/// Softmax over the channels of images.
/// Shape: [N, C, H, W] or [C, H, W].
public final class Softmax2d: Module, DescribedLayer {
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try Self.require(input, rank: 3...4)
    return try input.softmax(-3)
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module { Softmax2d() }
}
