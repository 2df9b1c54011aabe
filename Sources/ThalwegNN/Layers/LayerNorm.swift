public import ThalwegCore

/// Mean 0 and variance 1 over the last dimensions, of the shape `normalizedShape`, times `weight`, plus `bias` of that
/// shape (Ba et al. 2016, "Layer normalization").
/// Shape: [..., normalizedShape], the same.
public final class LayerNorm: Module, DescribedLayer {
  public let normalizedShape: Dims
  public let epsilon: Double
  /// Whether there are parameters.
  public let isAffine: Bool

  /// - Throws: `.invalidArgument` for no dimensions or sizes below 1, `.dtype` unless float, `.outOfMemory`.
  public convenience init(
    _ normalizedShape: Dims, epsilon: Double = 1e-5, affine: Bool = true, bias: Bool = true,
    dtype: DType = .float32
  ) throws(ThalwegError) {
    try self.init(withoutParameters: normalizedShape, epsilon, affine)
    try Self.checkFloat(dtype)
    if affine {
      try addParameter("weight", normalizedShape, dtype, filled: 1)
      if bias { try addParameter("bias", normalizedShape, dtype, filled: 0) }
    }
  }

  private init(withoutParameters shape: Dims, _ epsilon: Double, _ affine: Bool) throws(ThalwegError) {
    (normalizedShape, self.epsilon, isAffine) = (shape, epsilon, affine)
    super.init()
    try Self.require(
      !shape.isEmpty && shape.allSatisfy { $0 >= 1 },
      "normalized_shape is \(shape); it must have at least one size, all at least 1")
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.layerNorm(normalizedShape, parameter("weight"), parameter("bias"), epsilon: epsilon)
  }

  package var options: LayerOptions {
    [
      "normalized_shape": .ints(Array(normalizedShape)), "eps": .double(epsilon),
      "elementwise_affine": .bool(isAffine),
    ]
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try LayerNorm(
      withoutParameters: options.dims("normalized_shape", 1...Dims.maxRank), options.double("eps"),
      options.bool("elementwise_affine"))
  }
}
