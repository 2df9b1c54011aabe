public import CThalweg
import ThalwegCore

// MARK: - Joined, moved and repeated

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

/// The tensors, `count` of one shape, side by side along a new dimension `dim`.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_stack)
public func tw_tensor_stack(
  _ tensors: UnsafePointer<tw_tensor_t?>?,
  _ count: UInt,
  _ dim: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.stack(asTensors(tensors, count, "tensors"), dim: Int(dim))
  }
}

/// The order of the elements along the given dimensions reversed, copied.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_flip)
public func tw_tensor_flip(
  _ a: tw_tensor_t?,
  _ dims: UnsafePointer<Int64>?,
  _ dim_count: UInt,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").flip(asDims(dims, dim_count, "dims"))
  }
}

/// The elements moved by `shifts` along `dims`, one each; those that leave at one end come in at the other. Without `dims`
/// the flattened tensor is moved, by one shift.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_roll)
public func tw_tensor_roll(
  _ a: tw_tensor_t?,
  _ shifts: UnsafePointer<Int64>?,
  _ shift_count: UInt,
  _ dims: UnsafePointer<Int64>?,
  _ dim_count: UInt,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").roll(
      Array(asDims(shifts, shift_count, "shifts")), asDims(dims, dim_count, "dims"))
  }
}

/// Turned `k` times by 90 degrees in the plane of two dimensions, from `dim0` towards `dim1`.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_rot90)
public func tw_tensor_rot90(
  _ a: tw_tensor_t?,
  _ k: Int64,
  _ dim0: Int64,
  _ dim1: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").rot90(Int(k), Int(dim0), Int(dim1))
  }
}

/// The tensor side by side with itself, repeats[i] times along dimension i; more repeats make new dimensions in front.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_repeat)
public func tw_tensor_repeat(
  _ a: tw_tensor_t?,
  _ repeats: UnsafePointer<Int64>?,
  _ repeat_count: UInt,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").repeat(asDims(repeats, repeat_count, "repeats"))
  }
}

/// Each part along `dim` (NULL: element of the flattened tensor) as many times in a row as `repeats` says: one number a part,
/// or one for all.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_repeat_interleave)
public func tw_tensor_repeat_interleave(
  _ a: tw_tensor_t?,
  _ repeats: tw_tensor_t?,
  _ dim: UnsafePointer<Int64>?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").repeatInterleave(asTensor(repeats, "repeats"), dim.map { Int($0.pointee) })
  }
}

/// The last two dimensions' elements on and below a diagonal, 0 above it.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_tril)
public func tw_tensor_tril(
  _ a: tw_tensor_t?,
  _ diagonal: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").tril(Int(diagonal))
  }
}

/// The last two dimensions' elements on and above a diagonal, 0 below it.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_triu)
public func tw_tensor_triu(
  _ a: tw_tensor_t?,
  _ diagonal: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").triu(Int(diagonal))
  }
}

/// The diagonal of a matrix, or the matrix with a vector as its diagonal.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_diag)
public func tw_tensor_diag(
  _ a: tw_tensor_t?,
  _ diagonal: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").diag(Int(diagonal))
  }
}

/// Matrices in the plane of two new dimensions with the last dimension as their diagonal, 0 elsewhere.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_diag_embed)
public func tw_tensor_diag_embed(
  _ a: tw_tensor_t?,
  _ offset: Int64,
  _ dim1: Int64,
  _ dim2: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").diagEmbed(Int(offset), Int(dim1), Int(dim2))
  }
}

/// Room around the tensor, or for negative numbers less of it. `pads`: for the last dimension what goes before and after it,
/// then for the one before, and so on. `pad_mode`: TW_PAD_...; `value` is for TW_PAD_CONSTANT.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_pad)
public func tw_tensor_pad(
  _ a: tw_tensor_t?,
  _ pads: UnsafePointer<Int64>?,
  _ pad_count: UInt,
  _ pad_mode: Int32,
  _ value: Double,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    let mode = try asPadMode(pad_mode)
    return try asTensor(a, "a").pad(asInts(pads, pad_count, "pads"), mode: mode, value: value)
  }
}

private func asPadMode(_ value: Int32, _ function: StaticString = #function) throws(ThalwegError) -> PadMode {
  guard let mode = PadMode(rawValue: value) else {
    throw ThalwegError(
      .invalidArgument,
      "\(bareName(function)): mode \(value) does not exist; TW_PAD_CONSTANT (0) to TW_PAD_CIRCULAR (3) do")
  }
  return mode
}
