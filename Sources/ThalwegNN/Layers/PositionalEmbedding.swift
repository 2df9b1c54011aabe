public import ThalwegCore

/// A trained vector for each position of a sequence, the rows of `weight` [longest, size], added to its vectors or put
/// behind them (Gehring et al. 2017, "Convolutional sequence to sequence learning", 3.1).
///
/// The weight starts normal with deviation 0.02, as in Radford et al. 2018. Shape: see `PositionalLayer`.
public final class PositionalEmbedding: PositionalLayer, DescribedLayer {
  /// - Throws: `.invalidArgument` for numbers below 1, `.dtype` unless float, `.outOfMemory`.
  public convenience init(
    _ longest: Int, _ size: Int, concatenates: Bool = false, isBatchFirst: Bool = true,
    dtype: DType = .float32, generator: Generator = .default
  ) throws(ThalwegError) {
    try self.init(withoutParameters: longest, size, concatenates, isBatchFirst)
    try Self.checkFloat(dtype)
    let weight = try Tensor.empty([longest, size], dtype: dtype)
    try Init.normal(weight, deviation: 0.02, generator: generator)
    try weight.setRequiresGrad(true)
    try registerParameter("weight", weight)
  }

  private init(
    withoutParameters longest: Int, _ size: Int, _ concatenates: Bool, _ isBatchFirst: Bool
  ) throws(ThalwegError) {
    try super.init(size, longest, concatenates, isBatchFirst)
  }

  override func vectors(_ length: Int, _ dtype: DType) throws(ThalwegError) -> Tensor {
    try requiredParameter("weight").slice(0, 0, length).to(dtype)
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try PositionalEmbedding(
      withoutParameters: options.size("max_length"), options.size("embedding_dim"),
      options.bool("concatenate"), options.bool("batch_first"))
  }
}
