package import ThalwegCore

/// w = g v / |v|: length and direction of weights apart, with a length for each index of `dim`, or one for all. Salimans and
/// Kingma 2016, "Weight normalization".
public final class WeightNorm: Module, DescribedLayer {
  /// nil: one length for all.
  public let dim: Int?

  public init(dim: Int?) {
    self.dim = dim
    super.init()
  }

  /// |v|, kept dimensions of size 1.
  func lengths(_ v: Tensor) throws(ThalwegError) -> Tensor {
    guard let dim else { return try v.norm() }
    let own = try Dims.resolve(dim, rank: v.rank, in: "weight_norm")
    let others = Dims((0..<v.rank).filter { $0 != own })
    return try others.isEmpty ? v.abs() : v.norm(2, others, keepDim: true)
  }

  func weight(_ g: Tensor, _ v: Tensor) throws(ThalwegError) -> Tensor { try v * (g / lengths(v)) }

  package var options: LayerOptions { dim.map { ["dim": .int($0)] } ?? [:] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try WeightNorm(dim: options["dim"] == nil ? nil : options.int("dim"))
  }
}
