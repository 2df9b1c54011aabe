public import CThalweg
import ThalwegCore

// MARK: - Reductions

/// The sum; integers are summed as int64, over the dimensions `dims` (negative ones count from the end), or over all if `dim_count` is 0. The dimensions
/// are dropped from the shape or, with `keepdim` 1, become 1.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_sum)
public func tw_tensor_sum(
  _ a: tw_tensor_t?, _ dims: UnsafePointer<Int64>?, _ dim_count: UInt, _ keepdim: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").sum(asDims(dims, dim_count, "dims"), keepDim: keepdim != 0)
  }
}

/// The mean of a float tensor over the dimensions `dims` (negative ones count from the end), or over all if `dim_count` is 0. The dimensions
/// are dropped from the shape or, with `keepdim` 1, become 1.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_mean)
public func tw_tensor_mean(
  _ a: tw_tensor_t?, _ dims: UnsafePointer<Int64>?, _ dim_count: UInt, _ keepdim: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").mean(asDims(dims, dim_count, "dims"), keepDim: keepdim != 0)
  }
}

/// The largest element; NaN if there is one, over the dimensions `dims` (negative ones count from the end), or over all if `dim_count` is 0. The dimensions
/// are dropped from the shape or, with `keepdim` 1, become 1.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_amax)
public func tw_tensor_amax(
  _ a: tw_tensor_t?, _ dims: UnsafePointer<Int64>?, _ dim_count: UInt, _ keepdim: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").amax(asDims(dims, dim_count, "dims"), keepDim: keepdim != 0)
  }
}

/// The smallest element; NaN if there is one, over the dimensions `dims` (negative ones count from the end), or over all if `dim_count` is 0. The dimensions
/// are dropped from the shape or, with `keepdim` 1, become 1.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_amin)
public func tw_tensor_amin(
  _ a: tw_tensor_t?, _ dims: UnsafePointer<Int64>?, _ dim_count: UInt, _ keepdim: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").amin(asDims(dims, dim_count, "dims"), keepDim: keepdim != 0)
  }
}

/// The index, int64, of the first largest element along the dimension `*dim`, or in the flattened tensor if `dim` is NULL.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_argmax)
public func tw_tensor_argmax(
  _ a: tw_tensor_t?, _ dim: UnsafePointer<Int64>?, _ keepdim: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").argmax((dim?.pointee).map { Int($0) }, keepDim: keepdim != 0)
  }
}

/// The index, int64, of the first smallest element along the dimension `*dim`, or in the flattened tensor if `dim` is NULL.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_argmin)
public func tw_tensor_argmin(
  _ a: tw_tensor_t?, _ dim: UnsafePointer<Int64>?, _ keepdim: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").argmin((dim?.pointee).map { Int($0) }, keepDim: keepdim != 0)
  }
}

/// Softmax: e^a divided by its sum along the dimension `dim`.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_softmax)
public func tw_tensor_softmax(
  _ a: tw_tensor_t?, _ dim: Int64, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").softmax(Int(dim)) }
}

/// The logarithm of softmax, a - logsumexp(a), along the dimension `dim`.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_log_softmax)
public func tw_tensor_log_softmax(
  _ a: tw_tensor_t?, _ dim: Int64, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").logSoftmax(Int(dim)) }
}

// MARK: - Matrix products

/// The matrix product of the last two dimensions, [..., m, k] x [..., k, n], the ones before them broadcast; a vector is a
/// row on the left, a column on the right. Both of one float dtype.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_matmul)
public func tw_tensor_matmul(
  _ a: tw_tensor_t?, _ b: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").matmul(asTensor(b, "b")) }
}

/// input weight^T + bias: input [..., in], weight [out, in], bias [out] or NULL.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_linear)
public func tw_tensor_linear(
  _ input: tw_tensor_t?, _ weight: tw_tensor_t?, _ bias: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").linear(asTensor(weight, "weight"), asOptionalTensor(bias, "bias"))
  }
}

// MARK: - Losses

/// Softmax and negative log-likelihood in one: input [N, C], target [N] of int64 classes. `reduction` is TW_REDUCTION_...;
/// rows whose target is `ignore_index` (PyTorch's default is -100) do not count.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_cross_entropy)
public func tw_tensor_cross_entropy(
  _ input: tw_tensor_t?, _ target: tw_tensor_t?, _ reduction: Int32, _ ignore_index: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").crossEntropy(
      asTensor(target, "target"), reduction: asReduction(reduction), ignoreIndex: Int(ignore_index))
  }
}

/// The squared difference (input - target)^2, reduced as `reduction` (TW_REDUCTION_...) says.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_mse_loss)
public func tw_tensor_mse_loss(
  _ input: tw_tensor_t?, _ target: tw_tensor_t?, _ reduction: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").mseLoss(asTensor(target, "target"), reduction: asReduction(reduction))
  }
}
