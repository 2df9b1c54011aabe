public import ThalwegCore

/// Divided by (k + α / size Σ x²)^β, the sum over `size` neighbouring channels (Krizhevsky et al. 2012, "ImageNet
/// classification with deep convolutional neural networks").
/// Shape: [N, C, L, ...], the same.
public final class LocalResponseNorm: Module, DescribedLayer {
  public let size: Int
  public let alpha: Double
  public let beta: Double
  public let k: Double

  /// - Throws: `.invalidArgument` for a size below 1.
  public init(
    _ size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1
  ) throws(ThalwegError) {
    (self.size, self.alpha, self.beta, self.k) = (size, alpha, beta, k)
    super.init()
    try Self.require(size >= 1, "size is \(size); it must be at least 1")
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.localResponseNorm(size, alpha: alpha, beta: beta, k: k)
  }

  package var options: LayerOptions {
    ["size": .int(size), "alpha": .double(alpha), "beta": .double(beta), "k": .double(k)]
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try LocalResponseNorm(
      options.size("size"), alpha: options.double("alpha"), beta: options.double("beta"),
      k: options.double("k"))
  }
}
