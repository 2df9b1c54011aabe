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

/// Without the dimensions of size 1: those of `dims`, or all if `dims` is NULL. Shares memory.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_squeeze)
public func tw_tensor_squeeze(
  _ a: tw_tensor_t?, _ dims: UnsafePointer<Int64>?, _ dim_count: UInt,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    let (tensor, chosen) = (try asTensor(a, "a"), try asDims(dims, dim_count, "dims"))
    return dims != nil && chosen.isEmpty ? tensor : try tensor.squeeze(chosen)
  }
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

/// As `tw_tensor_reshape`, but an error where the strides do not allow it without a copy. Shares memory.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_view)
public func tw_tensor_view(
  _ a: tw_tensor_t?,
  _ shape: UnsafePointer<Int64>?,
  _ rank: UInt,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").view(asDims(shape, rank, "shape"))
  }
}

/// Dimension `dim` split into several; one size may be -1 and is worked out. Shares memory where it can.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_unflatten)
public func tw_tensor_unflatten(
  _ a: tw_tensor_t?,
  _ dim: Int64,
  _ sizes: UnsafePointer<Int64>?,
  _ size_count: UInt,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").unflatten(Int(dim), asDims(sizes, size_count, "sizes"))
  }
}

/// The dimensions `source` moved to the places `destination`, the others in their order. Shares memory.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_movedim)
public func tw_tensor_movedim(
  _ a: tw_tensor_t?,
  _ source: UnsafePointer<Int64>?,
  _ source_count: UInt,
  _ destination: UnsafePointer<Int64>?,
  _ destination_count: UInt,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").movedim(
      asDims(source, source_count, "source"), asDims(destination, destination_count, "destination"))
  }
}

/// The elements [i, i + offset] of the plane of two dimensions, as a new last dimension. Shares memory.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_diagonal)
public func tw_tensor_diagonal(
  _ a: tw_tensor_t?,
  _ offset: Int64,
  _ dim1: Int64,
  _ dim2: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").diagonal(Int(offset), Int(dim1), Int(dim2))
  }
}

/// All windows of `size` elements along a dimension, `step` apart: their number in its place, their elements as a new last
/// dimension. A copy.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_unfold)
public func tw_tensor_unfold(
  _ a: tw_tensor_t?,
  _ dim: Int64,
  _ size: Int64,
  _ step: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").unfold(Int(dim), Int(size), Int(step))
  }
}

/// The parts of the given sizes, which add up to that of the dimension, along dimension `dim`. Share memory.
///
/// Threads: any. `outs`: room for `size_count` handles; new references.
@c(tw_tensor_split)
public func tw_tensor_split(
  _ a: tw_tensor_t?, _ sizes: UnsafePointer<Int64>?, _ size_count: UInt, _ dim: Int64,
  _ outs: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let outs = try pointer(outs, "outs")
    let parts = try asTensor(a, "a").split(asInts(sizes, size_count, "sizes"), dim: Int(dim))
    try write(parts, to: outs)
  }
}

/// `chunks` parts along dimension `dim`, equal but for a smaller last one; fewer where the dimension is too small. Share
/// memory.
///
/// Threads: any. `outs`: room for `chunks` handles; new references. `out_count`: how many were written.
@c(tw_tensor_chunk)
public func tw_tensor_chunk(
  _ a: tw_tensor_t?, _ chunks: Int64, _ dim: Int64, _ outs: UnsafeMutablePointer<tw_tensor_t?>?,
  _ out_count: UnsafeMutablePointer<UInt>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let (outs, count) = (try pointer(outs, "outs"), try pointer(out_count, "out_count"))
    let parts = try asTensor(a, "a").chunk(Int(chunks), dim: Int(dim))
    try write(parts, to: outs)
    count.pointee = UInt(parts.count)
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

// MARK: - Helpers

/// Hands out several tensors, or none of them.
private func write(
  _ tensors: [Tensor], to outs: UnsafeMutablePointer<tw_tensor_t?>
) throws(ThalwegError) {
  var handles: [tw_tensor_t?] = []
  do throws(ThalwegError) {
    for tensor in tensors { handles.append(try Handles.reference(to: tensor, .tensor)) }
  } catch {
    for handle in handles { tw_tensor_release(handle) }
    throw error
  }
  for (i, handle) in handles.enumerated() { outs[i] = handle }
}
