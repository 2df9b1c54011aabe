public import CThalweg
import ThalwegCore

// MARK: - Elementwise operations

/// The sum a + b. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_add)
public func tw_tensor_add(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a") + asTensor(b, "b") }
}

/// The difference a - b. Not for two bools. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_sub)
public func tw_tensor_sub(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a") - asTensor(b, "b") }
}

/// The product a b. Integers wrap. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_mul)
public func tw_tensor_mul(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a") * asTensor(b, "b") }
}

/// The quotient a / b: true division, so integers give float32. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_div)
public func tw_tensor_div(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a") / asTensor(b, "b") }
}

/// The power a^b, for floats. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_pow)
public func tw_tensor_pow(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").pow(asTensor(b, "b")) }
}

/// The smaller of a and b; NaN if either is. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_minimum)
public func tw_tensor_minimum(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").minimum(asTensor(b, "b")) }
}

/// The larger of a and b; NaN if either is. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_maximum)
public func tw_tensor_maximum(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").maximum(asTensor(b, "b")) }
}

/// Whether a = b, as bools. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_eq)
public func tw_tensor_eq(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").equal(asTensor(b, "b")) }
}

/// Whether a differs from b, as bools. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_ne)
public func tw_tensor_ne(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").notEqual(asTensor(b, "b")) }
}

/// Whether a < b, as bools. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_lt)
public func tw_tensor_lt(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").less(asTensor(b, "b")) }
}

/// Whether a <= b, as bools. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_le)
public func tw_tensor_le(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").lessOrEqual(asTensor(b, "b")) }
}

/// Whether a > b, as bools. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_gt)
public func tw_tensor_gt(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").greater(asTensor(b, "b")) }
}

/// Whether a >= b, as bools. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_ge)
public func tw_tensor_ge(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").greaterOrEqual(asTensor(b, "b")) }
}

/// Whether both are not 0, as bools. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_logical_and)
public func tw_tensor_logical_and(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").logicalAnd(asTensor(b, "b")) }
}

/// Whether at least one is not 0, as bools. The shapes broadcast as in NumPy, the dtypes promote as in PyTorch.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_logical_or)
public func tw_tensor_logical_or(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").logicalOr(asTensor(b, "b")) }
}

/// a + b with a number b: in a's dtype, except that a fraction beside integers gives float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_add_scalar)
public func tw_tensor_add_scalar(
  _ a: tw_tensor_t?, _ b: Double, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a") + b }
}

/// a - b with a number b; dtypes as tw_tensor_add_scalar.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_sub_scalar)
public func tw_tensor_sub_scalar(
  _ a: tw_tensor_t?, _ b: Double, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a") - b }
}

/// a b with a number b; dtypes as tw_tensor_add_scalar.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_mul_scalar)
public func tw_tensor_mul_scalar(
  _ a: tw_tensor_t?, _ b: Double, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a") * b }
}

/// a / b with a number b: true division, so integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_div_scalar)
public func tw_tensor_div_scalar(
  _ a: tw_tensor_t?, _ b: Double, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a") / b }
}

/// a^b with a number b, for floats.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_pow_scalar)
public func tw_tensor_pow_scalar(
  _ a: tw_tensor_t?, _ b: Double, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").pow(b) }
}

/// -a. Integers wrap.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_neg)
public func tw_tensor_neg(_ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try -asTensor(a, "a") }
}

/// |a|. Integers wrap; the derivative at 0 is 0.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_abs)
public func tw_tensor_abs(_ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").abs() }
}

/// e^a; integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_exp)
public func tw_tensor_exp(_ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").exp() }
}

/// The natural logarithm; integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_log)
public func tw_tensor_log(_ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").log() }
}

/// The square root; integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_sqrt)
public func tw_tensor_sqrt(_ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").sqrt() }
}

/// The hyperbolic tangent; integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_tanh)
public func tw_tensor_tanh(_ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").tanh() }
}

/// The logistic function 1 / (1 + e^-a); integers give float32.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_sigmoid)
public func tw_tensor_sigmoid(_ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").sigmoid() }
}

/// max(a, 0); the derivative at 0 is 0.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_relu)
public func tw_tensor_relu(_ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").relu() }
}

/// Whether a is 0, as bools.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_logical_not)
public func tw_tensor_logical_not(_ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?) -> tw_status
{
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").logicalNot() }
}

/// a where `condition` (bool) is true, else b; all three broadcast.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_where)
public func tw_tensor_where(
  _ condition: tw_tensor_t?, _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.where(asTensor(condition, "condition"), asTensor(a, "a"), asTensor(b, "b"))
  }
}

/// The elements converted to `dtype`; the tensor itself, with one more reference, if it has that dtype.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_to)
public func tw_tensor_to(
  _ a: tw_tensor_t?, _ dtype: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").to(asDType(dtype)) }
}
