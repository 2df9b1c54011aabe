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

/// The sum of the elements that are not NaN; integers are summed as int64, over the dimensions `dims` (negative ones count from the end), or over all if `dim_count` is 0. The dimensions
/// are dropped from the shape or, with `keepdim` 1, become 1.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_nansum)
public func tw_tensor_nansum(
  _ a: tw_tensor_t?, _ dims: UnsafePointer<Int64>?, _ dim_count: UInt, _ keepdim: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").nanSum(asDims(dims, dim_count, "dims"), keepDim: keepdim != 0)
  }
}

/// The mean of the elements that are not NaN, of a float tensor, over the dimensions `dims` (negative ones count from the end), or over all if `dim_count` is 0. The dimensions
/// are dropped from the shape or, with `keepdim` 1, become 1.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_nanmean)
public func tw_tensor_nanmean(
  _ a: tw_tensor_t?, _ dims: UnsafePointer<Int64>?, _ dim_count: UInt, _ keepdim: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").nanMean(asDims(dims, dim_count, "dims"), keepDim: keepdim != 0)
  }
}

/// The variance of a float tensor: the sum of the squared differences from the mean, divided by the number of elements less
/// `correction` (1 is Bessel's), over the dimensions `dims` (negative ones count from the end), or over all if `dim_count` is 0. The dimensions
/// are dropped from the shape or, with `keepdim` 1, become 1.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_var)
public func tw_tensor_var(
  _ a: tw_tensor_t?, _ correction: Double, _ dims: UnsafePointer<Int64>?, _ dim_count: UInt, _ keepdim: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").variance(
      asDims(dims, dim_count, "dims"), correction: correction, keepDim: keepdim != 0)
  }
}

/// The standard deviation of a float tensor, the square root of tw_tensor_var, over the dimensions `dims` (negative ones count from the end), or over all if `dim_count` is 0. The dimensions
/// are dropped from the shape or, with `keepdim` 1, become 1.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_std)
public func tw_tensor_std(
  _ a: tw_tensor_t?, _ correction: Double, _ dims: UnsafePointer<Int64>?, _ dim_count: UInt, _ keepdim: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").standardDeviation(
      asDims(dims, dim_count, "dims"), correction: correction, keepDim: keepdim != 0)
  }
}

/// The logarithm of the sum of the exponentials, without overflow; integers give float32, over the dimensions `dims` (negative ones count from the end), or over all if `dim_count` is 0. The dimensions
/// are dropped from the shape or, with `keepdim` 1, become 1.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_logsumexp)
public func tw_tensor_logsumexp(
  _ a: tw_tensor_t?, _ dims: UnsafePointer<Int64>?, _ dim_count: UInt, _ keepdim: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").logSumExp(asDims(dims, dim_count, "dims"), keepDim: keepdim != 0)
  }
}

/// The norm of order `p`, (sum |a|^p)^(1/p), of a float tensor's elements; for infinity the largest |a|, for -infinity the
/// smallest, for 0 the number of elements that are not 0, over the dimensions `dims` (negative ones count from the end), or over all if `dim_count` is 0. The dimensions
/// are dropped from the shape or, with `keepdim` 1, become 1.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_vector_norm)
public func tw_tensor_vector_norm(
  _ a: tw_tensor_t?, _ p: Double, _ dims: UnsafePointer<Int64>?, _ dim_count: UInt, _ keepdim: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").norm(p, asDims(dims, dim_count, "dims"), keepDim: keepdim != 0)
  }
}

/// The product along the dimension `*dim`, or of all elements if `dim` is NULL; integers are multiplied as int64.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_prod)
public func tw_tensor_prod(
  _ a: tw_tensor_t?, _ dim: UnsafePointer<Int64>?, _ keepdim: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").product((dim?.pointee).map { Int($0) }, keepDim: keepdim != 0)
  }
}

/// The sums of the elements up to each along the dimension `dim`; integers are summed as int64.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_cumsum)
public func tw_tensor_cumsum(
  _ a: tw_tensor_t?, _ dim: Int64, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").cumulativeSum(Int(dim)) }
}

/// The products of the elements up to each along the dimension `dim`; integers are multiplied as int64.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_cumprod)
public func tw_tensor_cumprod(
  _ a: tw_tensor_t?, _ dim: Int64, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").cumulativeProduct(Int(dim)) }
}

/// Whether all elements are not 0, as bools (uint8 of uint8); true of none, over the dimensions `dims` (negative ones count from the end), or over all if `dim_count` is 0. The dimensions
/// are dropped from the shape or, with `keepdim` 1, become 1.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_all)
public func tw_tensor_all(
  _ a: tw_tensor_t?, _ dims: UnsafePointer<Int64>?, _ dim_count: UInt, _ keepdim: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").all(asDims(dims, dim_count, "dims"), keepDim: keepdim != 0)
  }
}

/// Whether an element is not 0, as bools (uint8 of uint8); false of none, over the dimensions `dims` (negative ones count from the end), or over all if `dim_count` is 0. The dimensions
/// are dropped from the shape or, with `keepdim` 1, become 1.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_any)
public func tw_tensor_any(
  _ a: tw_tensor_t?, _ dims: UnsafePointer<Int64>?, _ dim_count: UInt, _ keepdim: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").any(asDims(dims, dim_count, "dims"), keepDim: keepdim != 0)
  }
}

/// The number of elements, int64, that are not 0, over the dimensions `dims` (negative ones count from the end), or over
/// all if `dim_count` is 0.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_count_nonzero)
public func tw_tensor_count_nonzero(
  _ a: tw_tensor_t?, _ dims: UnsafePointer<Int64>?, _ dim_count: UInt,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").countNonzero(asDims(dims, dim_count, "dims"))
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

/// The largest elements along the dimension `dim` and the indices, int64, of the first ones; NaN if there is one. The
/// dimension is dropped from the shape or, with `keepdim` 1, becomes 1.
///
/// Threads: any. `values`, `indices`: new references.
@c(tw_tensor_max_along)
public func tw_tensor_max_along(
  _ a: tw_tensor_t?, _ dim: Int64, _ keepdim: Int32, _ values: UnsafeMutablePointer<tw_tensor_t?>?,
  _ indices: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(values, "values", indices, "indices") { () throws(ThalwegError) in
    try asTensor(a, "a").maximum(along: Int(dim), keepDim: keepdim != 0)
  }
}

/// The smallest elements along the dimension `dim` and the indices, int64, of the first ones; NaN if there is one. The
/// dimension is dropped from the shape or, with `keepdim` 1, becomes 1.
///
/// Threads: any. `values`, `indices`: new references.
@c(tw_tensor_min_along)
public func tw_tensor_min_along(
  _ a: tw_tensor_t?, _ dim: Int64, _ keepdim: Int32, _ values: UnsafeMutablePointer<tw_tensor_t?>?,
  _ indices: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(values, "values", indices, "indices") { () throws(ThalwegError) in
    try asTensor(a, "a").minimum(along: Int(dim), keepDim: keepdim != 0)
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
