public import ThalwegCore

/// A row of `weight` [count, size] for each index.
/// Shape: [...] of int64 or int32 to [..., size].
///
/// At the start the weight is of the standard normal distribution; the row `paddingIndex` is 0.
public final class Embedding: Module, DescribedLayer {
  public let count: Int
  public let size: Int
  /// A row that gets no gradient.
  public let paddingIndex: Int?
  /// Rows that are used are first shortened, in place, to this norm of order `normType`.
  public let maxNorm: Double?
  public let normType: Double
  /// Whether a row that occurs several times gets the mean of its gradients.
  public let scalesByFrequency: Bool

  /// - Throws: `.invalidArgument` for sizes below 1 or a row that is not there, `.dtype` unless float, `.outOfMemory`.
  public convenience init(
    _ count: Int, _ size: Int, paddingIndex: Int? = nil, maxNorm: Double? = nil, normType: Double = 2,
    scalesByFrequency: Bool = false, dtype: DType = .float32, generator: Generator = .default
  ) throws(ThalwegError) {
    try self.init(withoutParameters: count, size, paddingIndex, maxNorm, normType, scalesByFrequency)
    try Self.checkFloat(dtype)
    let weight = try Tensor.empty([count, size], dtype: dtype)
    try Init.normal(weight, generator: generator)
    if let row = self.paddingIndex { try weight.select(0, row).fill(0) }
    try weight.setRequiresGrad(true)
    try registerParameter("weight", weight)
  }

  private init(
    withoutParameters count: Int, _ size: Int, _ padding: Int?, _ maxNorm: Double?, _ normType: Double,
    _ scales: Bool
  ) throws(ThalwegError) {
    (self.count, self.size, self.maxNorm) = (count, size, maxNorm)
    (self.normType, scalesByFrequency) = (normType, scales)
    paddingIndex = padding.map { $0 < 0 && $0 >= -count ? $0 + count : $0 }
    super.init()
    try Self.require(
      count >= 1 && size >= 1, "\(count) rows of \(size); both must be at least 1")
    if let row = paddingIndex {
      try Self.require((0..<count).contains(row), "there is no row \(row) of \(count) for padding_idx")
    }
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    let weight = try requiredParameter("weight")
    if let maxNorm { try weight.renormalizeRows(input, maxNorm: maxNorm, p: normType) }
    return try Tensor.embedding(
      input, weight, paddingIndex: paddingIndex, scalesByFrequency: scalesByFrequency)
  }

  package var options: LayerOptions {
    var pairs: [(name: String, value: LayerOption)] = [
      ("num_embeddings", .int(count)), ("embedding_dim", .int(size)), ("norm_type", .double(normType)),
      ("scale_grad_by_freq", .bool(scalesByFrequency)),
    ]
    if let paddingIndex { pairs.append(("padding_idx", .int(paddingIndex))) }
    if let maxNorm { pairs.append(("max_norm", .double(maxNorm))) }
    return LayerOptions(pairs)
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try Embedding(
      withoutParameters: options.size("num_embeddings"), options.size("embedding_dim"),
      options["padding_idx"] == nil ? nil : options.int("padding_idx"),
      options["max_norm"] == nil ? nil : options.double("max_norm"), options.double("norm_type"),
      options.bool("scale_grad_by_freq"))
  }
}
