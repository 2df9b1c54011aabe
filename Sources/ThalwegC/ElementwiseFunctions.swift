public import CThalweg
import ThalwegCore

// MARK: - More elementwise functions

/// -1, 0 or 1, as a is negative, zero or positive; 0 for NaN. The derivative is 0.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_sign)
public func tw_tensor_sign(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").sign() }
}

/// a squared. Integers wrap.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_square)
public func tw_tensor_square(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").square() }
}

/// 1 / a; integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_reciprocal)
public func tw_tensor_reciprocal(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").reciprocal() }
}

/// 1 / sqrt(a); integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_rsqrt)
public func tw_tensor_rsqrt(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").rsqrt() }
}

/// e^a - 1, accurate near 0; integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_expm1)
public func tw_tensor_expm1(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").expm1() }
}

/// ln(1 + a), accurate near 0; integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_log1p)
public func tw_tensor_log1p(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").log1p() }
}

/// 2^a; integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_exp2)
public func tw_tensor_exp2(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").exp2() }
}

/// The logarithm of base 2; integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_log2)
public func tw_tensor_log2(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").log2() }
}

/// The logarithm of base 10; integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_log10)
public func tw_tensor_log10(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").log10() }
}

/// The sine, accurate for arguments of any size; integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_sin)
public func tw_tensor_sin(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").sin() }
}

/// The cosine, accurate for arguments of any size; integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_cos)
public func tw_tensor_cos(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").cos() }
}

/// The tangent; integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_tan)
public func tw_tensor_tan(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").tan() }
}

/// The arc sine; NaN outside [-1, 1]; integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_asin)
public func tw_tensor_asin(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").asin() }
}

/// The arc cosine; NaN outside [-1, 1]; integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_acos)
public func tw_tensor_acos(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").acos() }
}

/// The arc tangent; integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_atan)
public func tw_tensor_atan(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").atan() }
}

/// The hyperbolic sine; integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_sinh)
public func tw_tensor_sinh(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").sinh() }
}

/// The hyperbolic cosine; integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_cosh)
public func tw_tensor_cosh(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").cosh() }
}

/// The inverse hyperbolic sine; integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_asinh)
public func tw_tensor_asinh(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").asinh() }
}

/// The inverse hyperbolic cosine; NaN below 1; integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_acosh)
public func tw_tensor_acosh(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").acosh() }
}

/// The inverse hyperbolic tangent; NaN outside [-1, 1]; integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_atanh)
public func tw_tensor_atanh(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").atanh() }
}

/// The error function; integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_erf)
public func tw_tensor_erf(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").erf() }
}

/// The next whole number below, in a's dtype. The derivative is 0.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_floor)
public func tw_tensor_floor(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").floor() }
}

/// The next whole number above, in a's dtype. The derivative is 0.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_ceil)
public func tw_tensor_ceil(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").ceil() }
}

/// The next whole number towards 0, in a's dtype. The derivative is 0.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_trunc)
public func tw_tensor_trunc(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").trunc() }
}

/// Whether an element is not a number, as bools.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_isnan)
public func tw_tensor_isnan(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").isNaN() }
}

/// Whether an element is infinite, as bools.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_isinf)
public func tw_tensor_isinf(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").isInfinite() }
}

/// Whether an element is neither infinite nor NaN, as bools.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_isfinite)
public func tw_tensor_isfinite(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").isFinite() }
}

/// Every bit of integers, or the logic of bools, inverted.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_bitwise_not)
public func tw_tensor_bitwise_not(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").bitwiseNot() }
}

/// a rounded to `decimals` digits behind the point, halves to the even digit; negative decimals round to tens. 0 for
/// whole numbers, which is all that integers allow. The derivative is 0.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_round)
public func tw_tensor_round(
  _ a: tw_tensor_t?, _ decimals: Int64, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").round(decimals: Int(decimals)) }
}

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

// MARK: - Elementwise functions of three tensors

/// a limited to [lower, upper], either of which may be NULL; upper where lower > upper. The gradient of an element
/// that is limited goes to the bound; at a bound the element has it. The shapes broadcast as in NumPy, the dtypes
/// promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_clamp)
public func tw_tensor_clamp(
  _ a: tw_tensor_t?, _ lower: tw_tensor_t?, _ upper: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").clamp(
      min: asOptionalTensor(lower, "lower"), max: asOptionalTensor(upper, "upper"))
  }
}

/// a, but nowhere below `lower`; where they are equal and `lower` is more than a number, they share the gradient. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_clamp_min)
public func tw_tensor_clamp_min(
  _ a: tw_tensor_t?, _ lower: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").clampMin(asTensor(lower, "lower"))
  }
}

/// a, but nowhere above `upper`; where they are equal and `upper` is more than a number, they share the gradient. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_clamp_max)
public func tw_tensor_clamp_max(
  _ a: tw_tensor_t?, _ upper: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").clampMax(asTensor(upper, "upper"))
  }
}

/// a + weight (b - a), for floats. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_lerp)
public func tw_tensor_lerp(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ weight: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").lerp(asTensor(b, "b"), asTensor(weight, "weight"))
  }
}

/// tensor + value tensor1 times tensor2. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_addcmul)
public func tw_tensor_addcmul(
  _ tensor: tw_tensor_t?, _ tensor1: tw_tensor_t?, _ tensor2: tw_tensor_t?, _ value: Double,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(tensor).addcmul(
      asTensor(tensor1, "tensor1"), asTensor(tensor2, "tensor2"), value: value)
  }
}

/// tensor + value tensor1 divided by tensor2. Not for the quotient of two integers. The shapes broadcast as in NumPy,
/// the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_addcdiv)
public func tw_tensor_addcdiv(
  _ tensor: tw_tensor_t?, _ tensor1: tw_tensor_t?, _ tensor2: tw_tensor_t?, _ value: Double,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(tensor).addcdiv(
      asTensor(tensor1, "tensor1"), asTensor(tensor2, "tensor2"), value: value)
  }
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
