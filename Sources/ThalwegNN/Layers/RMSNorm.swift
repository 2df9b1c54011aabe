public import ThalwegCore

/// Divided by the root of the mean square over the last dimensions, of the shape `normalizedShape`, times `weight` of that
/// shape (Zhang & Sennrich 2019, "Root mean square layer normalization").
/// Shape: [..., normalizedShape], the same.
public final class RMSNorm: Module, DescribedLayer {
  public let normalizedShape: Dims
  /// nil for the distance from 1 to the next number of the input's dtype.
  public let epsilon: Double?
  /// Whether there is a weight.
  public let isAffine: Bool

  /// - Throws: `.invalidArgument` for no dimensions or sizes below 1, `.dtype` unless float, `.outOfMemory`.
  public convenience init(
    _ normalizedShape: Dims, epsilon: Double? = nil, affine: Bool = true, dtype: DType = .float32
  ) throws(ThalwegError) {
    try self.init(withoutParameters: normalizedShape, epsilon, affine)
    try Self.checkFloat(dtype)
    if affine { try addParameter("weight", normalizedShape, dtype, filled: 1) }
  }

  private init(withoutParameters shape: Dims, _ epsilon: Double?, _ affine: Bool) throws(ThalwegError) {
    (normalizedShape, self.epsilon, isAffine) = (shape, epsilon, affine)
    super.init()
    try Self.require(
      !shape.isEmpty && shape.allSatisfy { $0 >= 1 },
      "normalized_shape is \(shape); it must have at least one size, all at least 1")
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.rmsNorm(normalizedShape, parameter("weight"), epsilon: epsilon)
  }

  package var options: LayerOptions {
    var pairs: [(name: String, value: LayerOption)] = [
      ("normalized_shape", .ints(Array(normalizedShape))), ("elementwise_affine", .bool(isAffine)),
    ]
    if let epsilon { pairs.append(("eps", .double(epsilon))) }
    return LayerOptions(pairs)
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try RMSNorm(
      withoutParameters: options.dims("normalized_shape", 1...Dims.maxRank),
      options["eps"] == nil ? nil : options.double("eps"), options.bool("elementwise_affine"))
  }
}
