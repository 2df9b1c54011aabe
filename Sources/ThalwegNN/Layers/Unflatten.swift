public import ThalwegCore

/// Splits the dimension `dim` into several; one of the sizes may be -1, for what is left.
public final class Unflatten: Module, DescribedLayer {
  public let dim: Int
  public let sizes: Dims

  public init(_ dim: Int, _ sizes: Dims) {
    (self.dim, self.sizes) = (dim, sizes)
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.unflatten(dim, sizes)
  }

  package var options: LayerOptions { ["dim": .int(dim), "unflattened_size": .ints(Array(sizes))] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try Unflatten(options.int("dim"), options.dims("unflattened_size", 1...Dims.maxRank))
  }
}
