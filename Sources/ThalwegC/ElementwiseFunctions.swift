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
