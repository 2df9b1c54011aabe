/// lerp(a, b, w) = a + w (b - a), elementwise with broadcasting; for w >= 1/2 as b - (1 - w)(b - a), so that w = 1
/// gives b. Floats.
/// Derivative: by way of its parts.
extension Tensor {
  public func lerp(_ end: Tensor, _ weight: Double) throws(ThalwegError) -> Tensor {
    try checkFloat("lerp")
    return Swift.abs(weight) < 0.5 ? try self + (end - self) * weight : try end - (end - self) * (1 - weight)
  }

  public func lerp(_ end: Tensor, _ weight: Tensor) throws(ThalwegError) -> Tensor {
    try checkFloat("lerp")
    if weight.rank == 0 && !weight.requiresGrad { return try lerp(end, weight.item()) }
    return try self + (end - self) * weight
  }

  /// addcmul(x, a, b) = x + value a b, elementwise with broadcasting.
  public func addcmul(_ a: Tensor, _ b: Tensor, value: Double = 1) throws(ThalwegError) -> Tensor {
    try add(a * b, alpha: value)
  }

  /// addcdiv(x, a, b) = x + value a / b, elementwise with broadcasting.
  /// - Throws: `.dtype` for two integers, as PyTorch.
  public func addcdiv(_ a: Tensor, _ b: Tensor, value: Double = 1) throws(ThalwegError) -> Tensor {
    guard a.dtype.isFloat || b.dtype.isFloat else {
      throw ThalwegError(.dtype, "addcdiv: \(a.dtype) is divided by \(b.dtype); convert one to a float first")
    }
    return try add(a / b, alpha: value)
  }

  private func checkFloat(_ function: StaticString) throws(ThalwegError) {
    guard dtype.isFloat else { throw unsupported(function, dtype) }
  }
}
