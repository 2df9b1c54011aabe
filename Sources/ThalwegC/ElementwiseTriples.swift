public import CThalweg
import ThalwegCore

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
