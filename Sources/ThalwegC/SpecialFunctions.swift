public import CThalweg
import ThalwegCore

// MARK: - Special functions

/// 1 - erf(a), without what the difference would lose. Integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_erfc)
public func tw_tensor_erfc(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").erfc()
  }
}

/// The inverse of erf; infinite at -1 and 1, NaN outside. Integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_erfinv)
public func tw_tensor_erfinv(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").erfinv()
  }
}

/// The logarithm of the gamma function's magnitude. Integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_lgamma)
public func tw_tensor_lgamma(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").lgamma()
  }
}

/// The logarithmic derivative of the gamma function. Integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_digamma)
public func tw_tensor_digamma(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").digamma()
  }
}

/// The digamma function's derivative of order n, which is not negative. Integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_polygamma)
public func tw_tensor_polygamma(
  _ n: Int64,
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").polygamma(Int(n))
  }
}

/// The multivariate log-gamma function of dimension p, at least 1. Integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_mvlgamma)
public func tw_tensor_mvlgamma(
  _ a: tw_tensor_t?,
  _ p: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").mvlgamma(Int(p))
  }
}

/// Hurwitz' zeta function: the sum of (b + k)^-a over k = 0, 1, ... No derivative by a. Integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_zeta)
public func tw_tensor_zeta(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").zeta(asTensor(b, "b"))
  }
}

/// ln(a / (1 - a)), the inverse of the sigmoid; a is clamped to [eps, 1 - eps] first, unless eps is negative. Integers
/// give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_logit)
public func tw_tensor_logit(
  _ a: tw_tensor_t?,
  _ eps: Double,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").logit(eps: eps < 0 ? nil : eps)
  }
}

/// sin(πa) / (πa), 1 at 0. Integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_sinc)
public func tw_tensor_sinc(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").sinc()
  }
}

/// -a ln a, 0 at 0 and -∞ below. Integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_entr)
public func tw_tensor_entr(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").entr()
  }
}

/// a ln(1 + b), and 0 where a is 0, unless b is NaN.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_xlog1py)
public func tw_tensor_xlog1py(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").xlog1py(asTensor(b, "b"))
  }
}

/// The probability that a standard normal variable is below a. Integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_ndtr)
public func tw_tensor_ndtr(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").ndtr()
  }
}

/// The logarithm of tw_tensor_ndtr, also where that underflows. Integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_log_ndtr)
public func tw_tensor_log_ndtr(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").logNdtr()
  }
}

/// The inverse of tw_tensor_ndtr; infinite at 0 and 1, NaN outside. Integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_ndtri)
public func tw_tensor_ndtri(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").ndtri()
  }
}

/// e^(a²) erfc(a). Integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_erfcx)
public func tw_tensor_erfcx(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").erfcx()
  }
}

/// The modified Bessel function of the first kind and order 0. Integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_i0)
public func tw_tensor_i0(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").i0()
  }
}

/// The same times e^-|a|. Integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_i0e)
public func tw_tensor_i0e(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").i0e()
  }
}

/// The modified Bessel function of the first kind and order 1. Integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_i1)
public func tw_tensor_i1(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").i1()
  }
}

/// The same times e^-|a|. Integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_i1e)
public func tw_tensor_i1e(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").i1e()
  }
}

/// |a| with the sign of b, also that of -0. Integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_copysign)
public func tw_tensor_copysign(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").copysign(asTensor(b, "b"))
  }
}

/// Whether the sign is negative, also that of -0 and of NaN; bools.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_signbit)
public func tw_tensor_signbit(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").signbit()
  }
}

/// 0 where a is negative, 1 where it is positive, b, of the same dtype, where it is 0. No derivative.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_heaviside)
public func tw_tensor_heaviside(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").heaviside(asTensor(b, "b"))
  }
}

/// The float next to a in the direction of b. No derivative.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_nextafter)
public func tw_tensor_nextafter(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").nextafter(asTensor(b, "b"))
  }
}

/// The part behind the point: a - trunc(a). Floats.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_frac)
public func tw_tensor_frac(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").frac()
  }
}

/// Whether each element is +∞; bools.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_isposinf)
public func tw_tensor_isposinf(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").isPositiveInfinity()
  }
}

/// Whether each element is -∞; bools.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_isneginf)
public func tw_tensor_isneginf(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").isNegativeInfinity()
  }
}

/// Degrees as radians. Integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_deg2rad)
public func tw_tensor_deg2rad(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").deg2rad()
  }
}

/// Radians as degrees. Integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_rad2deg)
public func tw_tensor_rad2deg(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").rad2deg()
  }
}

/// a 2^b. Integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_ldexp)
public func tw_tensor_ldexp(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").ldexp(asTensor(b, "b"))
  }
}

/// log2(2^a + 2^b), without overflow; floats.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_logaddexp2)
public func tw_tensor_logaddexp2(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").logAddExp2(asTensor(b, "b"))
  }
}

/// The greatest common divisor of integers, not negative. No derivative.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_gcd)
public func tw_tensor_gcd(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").gcd(asTensor(b, "b"))
  }
}

/// The least common multiple of integers, not negative; wraps. No derivative.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_lcm)
public func tw_tensor_lcm(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").lcm(asTensor(b, "b"))
  }
}

/// The bits of integers moved to the left by b places. No derivative.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_bitwise_left_shift)
public func tw_tensor_bitwise_left_shift(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").bitwiseLeftShift(asTensor(b, "b"))
  }
}

/// The bits of integers moved to the right by b places, the sign from the left. No derivative.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_bitwise_right_shift)
public func tw_tensor_bitwise_right_shift(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").bitwiseRightShift(asTensor(b, "b"))
  }
}
