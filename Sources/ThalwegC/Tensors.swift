public import CThalweg
import ThalwegCore

// MARK: - Making tensors

/// A tensor with a copy of `data`: row-major elements of `dtype` (TW_FLOAT32 ...). `shape` has `rank` sizes, at most 8;
/// rank 0 is a scalar, and `shape` may then be NULL.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_from_data)
public func tw_tensor_from_data(
  _ data: UnsafeRawPointer?, _ dtype: Int32, _ shape: UnsafePointer<Int64>?, _ rank: UInt,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    let type = try asDType(dtype)
    let sizes = try asDims(shape, rank, "shape")
    let count = try sizes.checkedElementCount(of: type, in: "tw_tensor_from_data")
    guard let data else { throw null("data") }
    return try Tensor(
      copying: UnsafeRawBufferPointer(start: data, count: count * type.size), shape: sizes, dtype: type)
  }
}

/// A tensor that shares the caller's memory. `strides`, in elements, say how far neighbours along each dimension are
/// apart (not negative); NULL means row-major. `deleter`, which may be NULL, is called with `data` and `user_data` when the
/// last tensor that shares the memory is gone, on whatever thread that happens; not if this call fails. The memory must be
/// aligned to its element size and, for TW_BOOL, hold 0 and 1 only.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_from_foreign)
public func tw_tensor_from_foreign(
  _ data: UnsafeMutableRawPointer?, _ dtype: Int32, _ shape: UnsafePointer<Int64>?,
  _ strides: UnsafePointer<Int64>?, _ rank: UInt, _ deleter: tw_deleter?,
  _ user_data: UnsafeMutableRawPointer?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    let type = try asDType(dtype)
    let sizes = try asDims(shape, rank, "shape")
    let steps = strides == nil ? nil : try asDims(strides, rank, "strides")
    return try Tensor(
      foreign: try pointer(data, "data"), shape: sizes, strides: steps, dtype: type, deleter: deleter,
      userData: user_data)
  }
}

/// A tensor whose elements are whatever the memory held.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_empty)
public func tw_tensor_empty(
  _ shape: UnsafePointer<Int64>?, _ rank: UInt, _ dtype: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.empty(asDims(shape, rank, "shape"), dtype: asDType(dtype))
  }
}

/// A tensor of zeros.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_zeros)
public func tw_tensor_zeros(
  _ shape: UnsafePointer<Int64>?, _ rank: UInt, _ dtype: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.zeros(asDims(shape, rank, "shape"), dtype: asDType(dtype))
  }
}

/// A tensor of ones.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_ones)
public func tw_tensor_ones(
  _ shape: UnsafePointer<Int64>?, _ rank: UInt, _ dtype: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.ones(asDims(shape, rank, "shape"), dtype: asDType(dtype))
  }
}

/// A tensor whose elements are all `value`, converted to `dtype`.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_full)
public func tw_tensor_full(
  _ shape: UnsafePointer<Int64>?, _ rank: UInt, _ value: Double, _ dtype: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.full(
      asDims(shape, rank, "shape"), value, dtype: asDType(dtype))
  }
}

/// A tensor of rank 0.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_scalar)
public func tw_tensor_scalar(
  _ value: Double, _ dtype: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.scalar(value, dtype: asDType(dtype))
  }
}

/// The numbers start, start + step, ... up to but without `end`.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_arange)
public func tw_tensor_arange(
  _ start: Double, _ end: Double, _ step: Double, _ dtype: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.arange(start, end, step: step, dtype: asDType(dtype))
  }
}

/// `steps` numbers from `start` to `end`, both included, at equal distances.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_linspace)
public func tw_tensor_linspace(
  _ start: Double, _ end: Double, _ steps: Int64, _ dtype: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.linspace(start, end, Int(steps), dtype: asDType(dtype))
  }
}

/// base^x for `steps` numbers x from `start` to `end`, both included, at equal distances.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_logspace)
public func tw_tensor_logspace(
  _ start: Double, _ end: Double, _ steps: Int64, _ base: Double, _ dtype: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.logspace(start, end, Int(steps), base: base, dtype: asDType(dtype))
  }
}

/// A matrix [rows, columns] of ones on the diagonal and zeros elsewhere.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_eye)
public func tw_tensor_eye(
  _ rows: Int64, _ columns: Int64, _ dtype: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.eye(Int(rows), Int(columns), dtype: asDType(dtype))
  }
}

/// Gives back a reference to a tensor. NULL is taken and ignored.
///
/// Threads: any.
@c(tw_tensor_release)
public func tw_tensor_release(_ tensor: tw_tensor_t?) { Handles.release(tensor, .tensor) }

// MARK: - Looking at tensors

/// The dtype, TW_FLOAT32 to TW_BOOL.
///
/// Threads: any.
@c(tw_tensor_dtype)
public func tw_tensor_dtype(_ tensor: tw_tensor_t?, _ out: UnsafeMutablePointer<Int32>?) -> tw_status {
  write(out) { () throws(ThalwegError) in try asTensor(tensor).dtype.rawValue }
}

/// The number of dimensions, 0 for a scalar.
///
/// Threads: any.
@c(tw_tensor_rank)
public func tw_tensor_rank(_ tensor: tw_tensor_t?, _ out: UnsafeMutablePointer<UInt>?) -> tw_status {
  write(out) { () throws(ThalwegError) in UInt(try asTensor(tensor).rank) }
}

/// The number of elements, 1 for a scalar.
///
/// Threads: any.
@c(tw_tensor_numel)
public func tw_tensor_numel(_ tensor: tw_tensor_t?, _ out: UnsafeMutablePointer<Int64>?) -> tw_status {
  write(out) { () throws(ThalwegError) in Int64(try asTensor(tensor).numel) }
}

/// Writes the size of each dimension to `out`, which has room for `capacity` of them, at least the rank. `out` may be
/// NULL for a scalar.
///
/// Threads: any.
@c(tw_tensor_shape)
public func tw_tensor_shape(
  _ tensor: tw_tensor_t?, _ out: UnsafeMutablePointer<Int64>?, _ capacity: UInt
) -> tw_status {
  call { () throws(ThalwegError) in
    try copy(asTensor(tensor).shape, out, capacity)
  }
}

/// Writes the stride of each dimension, in elements, to `out`, which has room for `capacity` of them, at least the rank.
/// `out` may be NULL for a scalar.
///
/// Threads: any.
@c(tw_tensor_strides)
public func tw_tensor_strides(
  _ tensor: tw_tensor_t?, _ out: UnsafeMutablePointer<Int64>?, _ capacity: UInt
) -> tw_status {
  call { () throws(ThalwegError) in
    try copy(asTensor(tensor).strides, out, capacity)
  }
}

private func copy(
  _ values: Dims, _ out: UnsafeMutablePointer<Int64>?, _ capacity: UInt, _ function: StaticString = #function
) throws(ThalwegError) {
  if values.isEmpty { return }
  let out = try pointer(out, "out", function)
  guard capacity >= UInt(values.count) else {
    throw ThalwegError(
      .invalidArgument,
      "\(bareName(function)): out has room for \(capacity) entries; the tensor's rank is \(values.count)")
  }
  for i in values.indices { out[i] = Int64(values[i]) }
}

/// Whether the elements lie in row-major order without gaps: 0 or 1.
///
/// Threads: any.
@c(tw_tensor_is_contiguous)
public func tw_tensor_is_contiguous(_ tensor: tw_tensor_t?, _ out: UnsafeMutablePointer<Int32>?) -> tw_status
{
  write(out) { () throws(ThalwegError) in
    try asTensor(tensor).isContiguous ? 1 : 0
  }
}

/// The address of the first element; the others are where the strides say. Valid while the tensor, or another one over the
/// same elements, lives. Writing through it is not noticed by the graph of derivatives.
///
/// Threads: any. `out`: borrowed.
@c(tw_tensor_data)
public func tw_tensor_data(
  _ tensor: tw_tensor_t?, _ out: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    let tensor = try asTensor(tensor)
    tensor.storage.expose()
    return tensor.data
  }
}

/// The element of a tensor that has exactly one.
///
/// Threads: any.
@c(tw_tensor_item)
public func tw_tensor_item(_ tensor: tw_tensor_t?, _ out: UnsafeMutablePointer<Double>?) -> tw_status {
  write(out) { () throws(ThalwegError) in try asTensor(tensor).item() }
}

/// The element of an integer or bool tensor that has exactly one.
///
/// Threads: any.
@c(tw_tensor_item_int64)
public func tw_tensor_item_int64(_ tensor: tw_tensor_t?, _ out: UnsafeMutablePointer<Int64>?) -> tw_status {
  write(out) { () throws(ThalwegError) in try asTensor(tensor).itemInt64() }
}

/// Copies all elements, row-major, to `buffer`, which must have exactly as many bytes as they take.
///
/// Threads: any.
@c(tw_tensor_copy_to)
public func tw_tensor_copy_to(
  _ tensor: tw_tensor_t?, _ buffer: UnsafeMutableRawPointer?, _ byte_count: UInt
) -> tw_status {
  call { () throws(ThalwegError) in
    let source = try asTensor(tensor)
    let target = try pointer(buffer, "buffer")
    guard let size = Int(exactly: byte_count) else {
      throw ThalwegError(
        .invalidArgument, "tw_tensor_copy_to: \(byte_count) bytes are more than memory can hold")
    }
    try source.copy(to: UnsafeMutableRawBufferPointer(start: target, count: size))
  }
}

// MARK: - Changing tensors in place

/// Sets every element to `value`. Not for a tensor that is part of a graph of derivatives.
///
/// Threads: one at a time per tensor.
@c(tw_tensor_fill)
public func tw_tensor_fill(_ tensor: tw_tensor_t?, _ value: Double) -> tw_status {
  call { () throws(ThalwegError) in try asTensor(tensor).fill(value) }
}

/// Copies the elements of `source`, broadcast to the tensor's shape and converted to its dtype. Not for a tensor that is
/// part of a graph of derivatives.
///
/// Threads: one at a time per tensor.
@c(tw_tensor_copy_from)
public func tw_tensor_copy_from(_ tensor: tw_tensor_t?, _ source: tw_tensor_t?) -> tw_status {
  call { () throws(ThalwegError) in
    let target = try asTensor(tensor)
    try target.copy(from: asTensor(source, "source"))
  }
}
