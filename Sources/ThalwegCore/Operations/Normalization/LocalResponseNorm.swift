/// local_response_norm(x, n): x / (k + α / n Σ x²)^β, the sum over n neighbouring channels of x [N, C, ...], from n / 2
/// before (Krizhevsky et al. 2012, "ImageNet classification with deep convolutional neural networks").
/// Derivative: by way of its parts.
extension Tensor {
  public func localResponseNorm(
    _ size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1
  ) throws(ThalwegError) -> Tensor {
    guard rank >= 3, size > 0 else {
      throw ThalwegError(
        .shape,
        "local_response_norm: input \(shape), size \(size); at least [N, C, L] and a positive size are needed"
      )
    }
    guard dtype.isFloat else { throw unsupported("local_response_norm", dtype) }
    let channels = shape[1]
    let squares = try self * self
    // Of the squares that lie `shift` channels further on; beyond the last and before the first there are none.
    var total = squares
    let (before, after) = (Swift.min(size / 2, channels), Swift.min((size - 1) / 2, channels))
    for shift in -before...after where shift != 0 && Swift.abs(shift) < channels {
      var gap = shape
      gap[1] = Swift.abs(shift)
      let zeros = try Tensor.zeros(gap, dtype: dtype)
      let part = try squares.slice(1, Swift.max(0, shift), Swift.min(channels, channels + shift))
      total = try total + .cat(shift > 0 ? [part, zeros] : [zeros, part], dim: 1)
    }
    return try self / (total * (alpha / Double(size)) + k).pow(beta)
  }
}
