/// Compositions of two tensors, elementwise with broadcasting; their derivatives are by way of their parts.
extension Tensor {
  /// logaddexp(a, b) = ln(e^a + e^b) = max + ln(1 + e^-|a - b|), without overflow; floats.
  public func logAddExp(_ other: Tensor) throws(ThalwegError) -> Tensor {
    guard dtype.isFloat, other.dtype.isFloat else {
      throw ThalwegError(.dtype, "logaddexp: \(dtype) and \(other.dtype) given; both must be float")
    }
    let largest = try maximum(other)
    let tail = try (-(self - other).abs()).exp().log1p()
    // Two infinities of one sign have no difference.
    let isSameInfinity = try equal(other).logicalAnd(isInfinite())
    return try Tensor.where(isSameInfinity, largest, largest + tail)
  }

  /// logaddexp2(a, b) = log2(2^a + 2^b), as `logAddExp`; floats.
  public func logAddExp2(_ other: Tensor) throws(ThalwegError) -> Tensor {
    guard dtype.isFloat, other.dtype.isFloat else {
      throw ThalwegError(.dtype, "logaddexp2: \(dtype) and \(other.dtype) given; both must be float")
    }
    let largest = try maximum(other)
    let tail = try (-(self - other).abs()).exp2().log1p() * 1.4426950408889634
    let isSameInfinity = try equal(other).logicalAnd(isInfinite())
    return try Tensor.where(isSameInfinity, largest, largest + tail)
  }

  /// ldexp(a, b) = a 2^b; integers give float32.
  public func ldexp(_ other: Tensor) throws(ThalwegError) -> Tensor {
    let exponent = try dtype.isFloat && !other.dtype.isFloat ? other.to(dtype) : other
    return try self * exponent.exp2()
  }

  /// xlogy(a, b) = a ln b, and 0 where a is 0, unless b is NaN.
  public func xlogy(_ other: Tensor) throws(ThalwegError) -> Tensor {
    let isNothing = try equal(Tensor.scalar(0, dtype: dtype)).logicalAnd(other.isNaN().logicalNot())
    let product = try self * other.log()
    return try Tensor.where(isNothing, Tensor.scalar(0, dtype: product.dtype), product)
  }
}
