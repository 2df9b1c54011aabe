// Pooling. Images are [N, C, H, W], or [C, H, W] for one; sequences [N, C, L], or [C, L] for one. Pairs of numbers are for height and width.
public import CThalweg
import ThalwegCore

/// The largest element of each window of sequences; NaN counts as larger than anything. `stride` 0 stands for the kernel;
/// `padding` is at most half of it. With `ceil_mode` 1 windows may reach over the end. The gradient goes to the first of the
/// largest elements.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_max_pool1d)
public func tw_tensor_max_pool1d(
  _ input: tw_tensor_t?, _ kernel_size: Int64, _ stride: Int64, _ padding: Int64, _ dilation: Int64,
  _ ceil_mode: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").maxPool1d(
      [Int(kernel_size)], stride: asStride(stride), padding: [Int(padding)], dilation: [Int(dilation)],
      ceilMode: ceil_mode != 0)
  }
}

/// The largest element of each window; NaN counts as larger than anything. `kernel_size`, `stride`, `padding` and
/// `dilation` have two entries each; NULL stands for the kernel, 0 and 1. With `ceil_mode` 1 windows may reach over the far
/// edge. The gradient goes to the first of the largest elements.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_max_pool2d)
public func tw_tensor_max_pool2d(
  _ input: tw_tensor_t?, _ kernel_size: UnsafePointer<Int64>?, _ stride: UnsafePointer<Int64>?,
  _ padding: UnsafePointer<Int64>?, _ dilation: UnsafePointer<Int64>?, _ ceil_mode: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").maxPool2d(
      asPair(pointer(kernel_size, "kernel_size")) ?? [], stride: asPair(stride) ?? [],
      padding: asPair(padding) ?? [0], dilation: asPair(dilation) ?? [1], ceilMode: ceil_mode != 0)
  }
}

/// As tw_tensor_max_pool1d; `out_indices` says where in its sequence each element was, int64.
///
/// Threads: any. `out`, `out_indices`: new references.
@c(tw_tensor_max_pool1d_with_indices)
public func tw_tensor_max_pool1d_with_indices(
  _ input: tw_tensor_t?, _ kernel_size: Int64, _ stride: Int64, _ padding: Int64, _ dilation: Int64,
  _ ceil_mode: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?,
  _ out_indices: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(out, "out", out_indices, "out_indices") { () throws(ThalwegError) in
    try asTensor(input, "input").maxPool1dWithIndices(
      [Int(kernel_size)], stride: asStride(stride), padding: [Int(padding)], dilation: [Int(dilation)],
      ceilMode: ceil_mode != 0)
  }
}

/// As tw_tensor_max_pool2d; `out_indices` says where in its image each element was, row by row, int64.
///
/// Threads: any. `out`, `out_indices`: new references.
@c(tw_tensor_max_pool2d_with_indices)
public func tw_tensor_max_pool2d_with_indices(
  _ input: tw_tensor_t?, _ kernel_size: UnsafePointer<Int64>?, _ stride: UnsafePointer<Int64>?,
  _ padding: UnsafePointer<Int64>?, _ dilation: UnsafePointer<Int64>?, _ ceil_mode: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?, _ out_indices: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(out, "out", out_indices, "out_indices") { () throws(ThalwegError) in
    try asTensor(input, "input").maxPool2dWithIndices(
      asPair(pointer(kernel_size, "kernel_size")) ?? [], stride: asPair(stride) ?? [],
      padding: asPair(padding) ?? [0], dilation: asPair(dilation) ?? [1], ceilMode: ceil_mode != 0)
  }
}

/// The average of each window of sequences. `stride` 0 stands for the kernel; `padding` is at most half of it. With
/// `ceil_mode` 1 windows may reach over the end. Places in the padding count as zeros if `count_include_pad` is not 0.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_avg_pool1d)
public func tw_tensor_avg_pool1d(
  _ input: tw_tensor_t?, _ kernel_size: Int64, _ stride: Int64, _ padding: Int64, _ ceil_mode: Int32,
  _ count_include_pad: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").avgPool1d(
      [Int(kernel_size)], stride: asStride(stride), padding: [Int(padding)], ceilMode: ceil_mode != 0,
      countsPadding: count_include_pad != 0)
  }
}

/// The average of each window. `kernel_size`, `stride` and `padding` have two entries each; NULL stands for the kernel and
/// 0. With `ceil_mode` 1 windows may reach over the far edge. Places in the padding count as zeros if `count_include_pad`
/// is not 0; a `divisor_override` other than 0 is what sums are divided by instead of their counts.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_avg_pool2d)
public func tw_tensor_avg_pool2d(
  _ input: tw_tensor_t?, _ kernel_size: UnsafePointer<Int64>?, _ stride: UnsafePointer<Int64>?,
  _ padding: UnsafePointer<Int64>?, _ ceil_mode: Int32, _ count_include_pad: Int32, _ divisor_override: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").avgPool2d(
      asPair(pointer(kernel_size, "kernel_size")) ?? [], stride: asPair(stride) ?? [],
      padding: asPair(padding) ?? [0], ceilMode: ceil_mode != 0, countsPadding: count_include_pad != 0,
      divisor: divisor_override == 0 ? nil : Int(divisor_override))
  }
}

/// The largest element of each of `output_size` windows that cover a sequence: window p of P reaches from floor(p L / P) to
/// ceil((p + 1) L / P).
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_adaptive_max_pool1d)
public func tw_tensor_adaptive_max_pool1d(
  _ input: tw_tensor_t?, _ output_size: Int64, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").adaptiveMaxPool1d([Int(output_size)])
  }
}

/// The same of images; `output_size` has two entries, of which -1 stands for as many windows as there are pixels.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_adaptive_max_pool2d)
public func tw_tensor_adaptive_max_pool2d(
  _ input: tw_tensor_t?, _ output_size: UnsafePointer<Int64>?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").adaptiveMaxPool2d(asPair(pointer(output_size, "output_size")) ?? [])
  }
}

/// As tw_tensor_adaptive_max_pool1d; `out_indices` says where in its sequence each element was, int64.
///
/// Threads: any. `out`, `out_indices`: new references.
@c(tw_tensor_adaptive_max_pool1d_with_indices)
public func tw_tensor_adaptive_max_pool1d_with_indices(
  _ input: tw_tensor_t?, _ output_size: Int64, _ out: UnsafeMutablePointer<tw_tensor_t?>?,
  _ out_indices: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(out, "out", out_indices, "out_indices") { () throws(ThalwegError) in
    try asTensor(input, "input").adaptiveMaxPool1dWithIndices([Int(output_size)])
  }
}

/// As tw_tensor_adaptive_max_pool2d; `out_indices` says where in its image each element was, row by row, int64.
///
/// Threads: any. `out`, `out_indices`: new references.
@c(tw_tensor_adaptive_max_pool2d_with_indices)
public func tw_tensor_adaptive_max_pool2d_with_indices(
  _ input: tw_tensor_t?, _ output_size: UnsafePointer<Int64>?, _ out: UnsafeMutablePointer<tw_tensor_t?>?,
  _ out_indices: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(out, "out", out_indices, "out_indices") { () throws(ThalwegError) in
    try asTensor(input, "input").adaptiveMaxPool2dWithIndices(
      asPair(pointer(output_size, "output_size")) ?? [])
  }
}

/// The average of each of `output_size` windows that cover a sequence: window p of P reaches from floor(p L / P) to
/// ceil((p + 1) L / P).
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_adaptive_avg_pool1d)
public func tw_tensor_adaptive_avg_pool1d(
  _ input: tw_tensor_t?, _ output_size: Int64, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").adaptiveAvgPool1d([Int(output_size)])
  }
}

/// The same of images; `output_size` has two entries, of which -1 stands for as many windows as there are pixels.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_adaptive_avg_pool2d)
public func tw_tensor_adaptive_avg_pool2d(
  _ input: tw_tensor_t?, _ output_size: UnsafePointer<Int64>?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").adaptiveAvgPool2d(asPair(pointer(output_size, "output_size")) ?? [])
  }
}

/// Nothing, for which the kernel stands, for 0.
private func asStride(_ stride: Int64) -> Dims { stride == 0 ? [] : [Int(stride)] }
