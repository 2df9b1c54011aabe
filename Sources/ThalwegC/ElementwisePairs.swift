public import CThalweg
import ThalwegCore

// MARK: - Elementwise functions of two tensors

/// The sum a + alpha b; alpha must be whole for integers. The shapes broadcast as in NumPy, the dtypes promote as in
/// PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_add_scaled)
public func tw_tensor_add_scaled(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ alpha: Double, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").add(asTensor(b, "b"), alpha: alpha) }
}

/// The difference a - alpha b; alpha must be whole for integers. The shapes broadcast as in NumPy, the dtypes promote
/// as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_sub_scaled)
public func tw_tensor_sub_scaled(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ alpha: Double, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").subtract(asTensor(b, "b"), alpha: alpha) }
}

/// The difference b - alpha a; alpha must be whole for integers. The shapes broadcast as in NumPy, the dtypes promote
/// as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_rsub)
public func tw_tensor_rsub(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ alpha: Double, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(b, "b").subtract(asTensor(a, "a"), alpha: alpha) }
}

/// The quotient a / b rounded as `rounding_mode`, one of TW_ROUNDING_..., says; with TW_ROUNDING_NONE as
/// tw_tensor_div. Rounded quotients of integers are integers, and an error where b is 0; their derivative is 0. The
/// shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_div_rounded)
public func tw_tensor_div_rounded(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ rounding_mode: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").divide(asTensor(b, "b"), asRounding(rounding_mode))
  }
}

/// The quotient a / b rounded to -infinity; an error where an integer is divided by 0. The derivative is 0. The
/// shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_floor_divide)
public func tw_tensor_floor_divide(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").divide(asTensor(b, "b"), .floor) }
}

/// a - b floor(a / b), which has the sign of b; an error where an integer is divided by 0. The shapes broadcast as in
/// NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_remainder)
public func tw_tensor_remainder(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").remainder(asTensor(b, "b")) }
}

/// a - b trunc(a / b), which has the sign of a; an error where an integer is divided by 0. The shapes broadcast as in
/// NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_fmod)
public func tw_tensor_fmod(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").fmod(asTensor(b, "b")) }
}

/// The smaller of a and b; a number rather than NaN. The shapes broadcast as in NumPy, the dtypes promote as in
/// PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_fmin)
public func tw_tensor_fmin(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").fmin(asTensor(b, "b")) }
}

/// The larger of a and b; a number rather than NaN. The shapes broadcast as in NumPy, the dtypes promote as in
/// PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_fmax)
public func tw_tensor_fmax(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").fmax(asTensor(b, "b")) }
}

/// The angle of the point (b, a), in [-pi, pi]; integers give float32. The shapes broadcast as in NumPy, the dtypes
/// promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_atan2)
public func tw_tensor_atan2(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").atan2(asTensor(b, "b")) }
}

/// sqrt(a^2 + b^2) without overflow, for floats. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_hypot)
public func tw_tensor_hypot(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").hypot(asTensor(b, "b")) }
}

/// ln(e^a + e^b) without overflow, for floats. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_logaddexp)
public func tw_tensor_logaddexp(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").logAddExp(asTensor(b, "b")) }
}

/// a ln b, and 0 where a is 0 and b not NaN; integers give float32. The shapes broadcast as in NumPy, the dtypes
/// promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_xlogy)
public func tw_tensor_xlogy(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").xlogy(asTensor(b, "b")) }
}

/// a^b in float64. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_float_power)
public func tw_tensor_float_power(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").floatPower(asTensor(b, "b")) }
}

/// Whether exactly one is not 0, as bools. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_logical_xor)
public func tw_tensor_logical_xor(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").logicalXor(asTensor(b, "b")) }
}

/// The bits that both have, for integers and bools. The shapes broadcast as in NumPy, the dtypes promote as in
/// PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_bitwise_and)
public func tw_tensor_bitwise_and(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").bitwiseAnd(asTensor(b, "b")) }
}

/// The bits that at least one has, for integers and bools. The shapes broadcast as in NumPy, the dtypes promote as in
/// PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_bitwise_or)
public func tw_tensor_bitwise_or(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").bitwiseOr(asTensor(b, "b")) }
}

/// The bits that exactly one has, for integers and bools. The shapes broadcast as in NumPy, the dtypes promote as in
/// PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_bitwise_xor)
public func tw_tensor_bitwise_xor(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").bitwiseXor(asTensor(b, "b")) }
}

/// Whether |a - b| <= atol + rtol |b|, as bools; NaNs are equal where `equal_nan` is not 0. The shapes broadcast as
/// in NumPy; both must be of one dtype.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_isclose)
public func tw_tensor_isclose(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ rtol: Double, _ atol: Double, _ equal_nan: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").isClose(asTensor(b, "b"), rtol: rtol, atol: atol, equalNaN: equal_nan != 0)
  }
}

/// Whether all elements are close, as tw_tensor_isclose has it: 1 or 0.
///
/// Threads: any.
@c(tw_tensor_allclose)
public func tw_tensor_allclose(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ rtol: Double, _ atol: Double, _ equal_nan: Int32,
  _ out: UnsafeMutablePointer<Int32>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    try asTensor(a, "a").allClose(asTensor(b, "b"), rtol: rtol, atol: atol, equalNaN: equal_nan != 0) ? 1 : 0
  }
}

/// Whether both have the same shape and the same elements: 1 or 0.
///
/// Threads: any.
@c(tw_tensor_equal)
public func tw_tensor_equal(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<Int32>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in try asTensor(a, "a").isEqual(to: asTensor(b, "b")) ? 1 : 0 }
}

/// A way to round quotients.
private func asRounding(
  _ value: Int32, _ function: StaticString = #function
) throws(ThalwegError) -> QuotientRounding {
  guard let rounding = QuotientRounding(rawValue: value) else {
    throw ThalwegError(
      .invalidArgument,
      "\(bareName(function)): rounding_mode \(value) does not exist; TW_ROUNDING_NONE (0), _TRUNC (1), _FLOOR (2) do"
    )
  }
  return rounding
}
