public import CThalweg
import ThalwegCore

// MARK: - Views and copies

/// The same elements in row-major order at another shape; one size may be -1 and is worked out. Shares memory where it can.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_reshape)
public func tw_tensor_reshape(
  _ a: tw_tensor_t?, _ shape: UnsafePointer<Int64>?, _ rank: UInt, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").reshape(asDims(shape, rank, "shape")) }
}

/// Two dimensions exchanged. Shares memory.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_transpose)
public func tw_tensor_transpose(
  _ a: tw_tensor_t?, _ dim0: Int64, _ dim1: Int64, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").transpose(Int(dim0), Int(dim1)) }
}

/// The dimensions in another order: dimension i of the result is dimension dims[i] of a. Shares memory.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_permute)
public func tw_tensor_permute(
  _ a: tw_tensor_t?, _ dims: UnsafePointer<Int64>?, _ dim_count: UInt,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").permute(asDims(dims, dim_count, "dims")) }
}

/// Repeated along dimensions of size 1 and along new ones in front, without a copy; -1 keeps a size. Shares memory.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_expand)
public func tw_tensor_expand(
  _ a: tw_tensor_t?, _ shape: UnsafePointer<Int64>?, _ rank: UInt, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").expand(asDims(shape, rank, "shape")) }
}

/// The dimensions from `start_dim` to `end_dim`, both included, merged into one. Shares memory where it can.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_flatten)
public func tw_tensor_flatten(
  _ a: tw_tensor_t?, _ start_dim: Int64, _ end_dim: Int64, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").flatten(Int(start_dim), Int(end_dim)) }
}

/// Without the dimensions of size 1: those of `dims`, or all if `dim_count` is 0. Shares memory.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_squeeze)
public func tw_tensor_squeeze(
  _ a: tw_tensor_t?, _ dims: UnsafePointer<Int64>?, _ dim_count: UInt,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").squeeze(asDims(dims, dim_count, "dims")) }
}

/// With a dimension of size 1 put before dimension `dim`; -1 puts it last. Shares memory.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_unsqueeze)
public func tw_tensor_unsqueeze(
  _ a: tw_tensor_t?, _ dim: Int64, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").unsqueeze(Int(dim)) }
}

/// The part at `index` along dimension `dim`, without that dimension. Shares memory.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_select)
public func tw_tensor_select(
  _ a: tw_tensor_t?, _ dim: Int64, _ index: Int64, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").select(Int(dim), Int(index)) }
}

/// The indices start, start + step, ... below `end` along dimension `dim`, as Python's slices; `step` is positive. Shares memory.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_slice)
public func tw_tensor_slice(
  _ a: tw_tensor_t?, _ dim: Int64, _ start: Int64, _ end: Int64, _ step: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").slice(Int(dim), Int(start), Int(end), step: Int(step))
  }
}

/// The parts at the given indices (int64 or int32, one dimension) along dimension `dim`, copied.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_index_select)
public func tw_tensor_index_select(
  _ a: tw_tensor_t?, _ dim: Int64, _ indices: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").indexSelect(Int(dim), asTensor(indices, "indices"))
  }
}

/// The tensors, `count` of them, one behind the other along dimension `dim`.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_cat)
public func tw_tensor_cat(
  _ tensors: UnsafePointer<tw_tensor_t?>?, _ count: UInt, _ dim: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.cat(asTensors(tensors, count, "tensors"), dim: Int(dim))
  }
}

/// The same elements in new memory, row-major.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_clone)
public func tw_tensor_clone(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").clone() }
}

/// The tensor itself, with one more reference, if it is row-major, else a clone.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_contiguous)
public func tw_tensor_contiguous(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").contiguous() }
}

/// The same elements in the same memory, cut off from the graph of derivatives.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_detach)
public func tw_tensor_detach(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").detach() }
}
