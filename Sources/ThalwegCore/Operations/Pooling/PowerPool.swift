/// lp_pool(x, p) = (Σ x^p)^(1/p) over each window: the sum for p = 1, near the largest for large p (as PyTorch's lp_pool1d,
/// lp_pool2d and lp_pool3d, with its rule for windows over the far edge: the mean times the kernel's size).
/// Shape: as the average poolings.
/// Derivative: by way of its parts; NaN where a window holds nothing but zeros, as PyTorch's.
extension Tensor {
  /// - Parameters:
  ///   - kernel: one number for each direction, of which there are one to three.
  ///   - stride: nothing stands for the kernel.
  /// - Throws: `.shape`, `.dtype` or `.invalidArgument` for what does not fit, `.outOfMemory`.
  public func lpPool(
    _ p: Double, _ kernel: Dims, stride: Dims = [], ceilMode: Bool = false
  ) throws(ThalwegError) -> Tensor {
    guard dtype.isFloat else { throw unsupported("lp_pool", dtype) }
    let powers = try pow(p)
    let means =
      switch kernel.count {
      case 1: try powers.avgPool1d(kernel, stride: stride, ceilMode: ceilMode)
      case 2: try powers.avgPool2d(kernel, stride: stride, ceilMode: ceilMode)
      default: try powers.avgPool3d(kernel, stride: stride, ceilMode: ceilMode)
      }
    let count = kernel.reduce(1.0) { $0 * Double($1) }
    return try (means.sign() * means.abs().relu() * count).pow(1 / p)
  }
}
