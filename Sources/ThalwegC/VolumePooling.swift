// Pooling of volumes [N, C, D, H, W] or [C, D, H, W], and rarer poolings. Triples of numbers are for depth, height and width.
public import CThalweg
import ThalwegCore

/// As tw_tensor_max_pool2d; `kernel_size`, `stride`, `padding` and `dilation` have three entries each.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_max_pool3d)
public func tw_tensor_max_pool3d(
  _ input: tw_tensor_t?, _ kernel_size: UnsafePointer<Int64>?, _ stride: UnsafePointer<Int64>?,
  _ padding: UnsafePointer<Int64>?, _ dilation: UnsafePointer<Int64>?, _ ceil_mode: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").maxPool3d(
      asTriple(pointer(kernel_size, "kernel_size")) ?? [], stride: asTriple(stride) ?? [],
      padding: asTriple(padding) ?? [0], dilation: asTriple(dilation) ?? [1], ceilMode: ceil_mode != 0)
  }
}

/// As tw_tensor_max_pool3d; `out_indices` says where in its volume each element was, row-major, int64.
///
/// Threads: any. `out`, `out_indices`: new references.
@c(tw_tensor_max_pool3d_with_indices)
public func tw_tensor_max_pool3d_with_indices(
  _ input: tw_tensor_t?, _ kernel_size: UnsafePointer<Int64>?, _ stride: UnsafePointer<Int64>?,
  _ padding: UnsafePointer<Int64>?, _ dilation: UnsafePointer<Int64>?, _ ceil_mode: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?, _ out_indices: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(out, "out", out_indices, "out_indices") { () throws(ThalwegError) in
    try asTensor(input, "input").maxPool3dWithIndices(
      asTriple(pointer(kernel_size, "kernel_size")) ?? [], stride: asTriple(stride) ?? [],
      padding: asTriple(padding) ?? [0], dilation: asTriple(dilation) ?? [1], ceilMode: ceil_mode != 0)
  }
}

/// As tw_tensor_avg_pool2d; `kernel_size`, `stride` and `padding` have three entries each.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_avg_pool3d)
public func tw_tensor_avg_pool3d(
  _ input: tw_tensor_t?, _ kernel_size: UnsafePointer<Int64>?, _ stride: UnsafePointer<Int64>?,
  _ padding: UnsafePointer<Int64>?, _ ceil_mode: Int32, _ count_include_pad: Int32, _ divisor_override: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").avgPool3d(
      asTriple(pointer(kernel_size, "kernel_size")) ?? [], stride: asTriple(stride) ?? [],
      padding: asTriple(padding) ?? [0], ceilMode: ceil_mode != 0, countsPadding: count_include_pad != 0,
      divisor: divisor_override == 0 ? nil : Int(divisor_override))
  }
}

/// As tw_tensor_adaptive_max_pool2d; `output_size` has three entries.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_adaptive_max_pool3d)
public func tw_tensor_adaptive_max_pool3d(
  _ input: tw_tensor_t?, _ output_size: UnsafePointer<Int64>?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").adaptiveMaxPool3d(asTriple(pointer(output_size, "output_size")) ?? [])
  }
}

/// As tw_tensor_adaptive_max_pool3d; `out_indices` says where in its volume each element was, row-major, int64.
///
/// Threads: any. `out`, `out_indices`: new references.
@c(tw_tensor_adaptive_max_pool3d_with_indices)
public func tw_tensor_adaptive_max_pool3d_with_indices(
  _ input: tw_tensor_t?, _ output_size: UnsafePointer<Int64>?, _ out: UnsafeMutablePointer<tw_tensor_t?>?,
  _ out_indices: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(out, "out", out_indices, "out_indices") { () throws(ThalwegError) in
    try asTensor(input, "input").adaptiveMaxPool3dWithIndices(
      asTriple(pointer(output_size, "output_size")) ?? [])
  }
}

/// As tw_tensor_adaptive_avg_pool2d; `output_size` has three entries.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_adaptive_avg_pool3d)
public func tw_tensor_adaptive_avg_pool3d(
  _ input: tw_tensor_t?, _ output_size: UnsafePointer<Int64>?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").adaptiveAvgPool3d(asTriple(pointer(output_size, "output_size")) ?? [])
  }
}

/// (the sum of x^norm_type)^(1 / norm_type) over each window of [N, C, ...] or [C, ...] with `count` dimensions behind the
/// channels, 1 to 3. `kernel` has `count` entries, `steps` as many, or none for the kernel. With `ceil_mode` 1 windows may
/// reach over the far edge.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_lp_pool)
public func tw_tensor_lp_pool(
  _ input: tw_tensor_t?, _ norm_type: Double, _ kernel: UnsafePointer<Int64>?, _ count: UInt,
  _ steps: UnsafePointer<Int64>?, _ step_count: UInt, _ ceil_mode: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").lpPool(
      norm_type, asDims(kernel, count, "kernel"), stride: asDims(steps, step_count, "steps"),
      ceilMode: ceil_mode != 0)
  }
}

/// Zeros of `size` behind the channels of [N, C, ...] or [C, ...], with each element of the input at its index, int64 of the
/// input's shape, as a max pooling with indices gives them. `size` has `count` entries, 1 to 3.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_max_unpool)
public func tw_tensor_max_unpool(
  _ input: tw_tensor_t?, _ indices: tw_tensor_t?, _ size: UnsafePointer<Int64>?, _ count: UInt,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").maxUnpool(
      asTensor(indices, "indices"), outputSize: asDims(size, count, "size"))
  }
}

/// The largest element of each of `size` windows of `kernel` elements, about evenly apart at places that `samples` choose:
/// numbers from 0 to 1, [N, C, 2] for images and [N, C, 3] for volumes, drawn from `generator` if NULL. `kernel` and `size`
/// have two entries or three. `out_indices` says where each element was, int64. `generator` NULL is the default one.
///
/// Threads: any. `out`, `out_indices`: new references.
@c(tw_tensor_fractional_max_pool)
public func tw_tensor_fractional_max_pool(
  _ input: tw_tensor_t?, _ kernel: UnsafePointer<Int64>?, _ count: UInt, _ size: UnsafePointer<Int64>?,
  _ size_count: UInt, _ samples: tw_tensor_t?, _ generator: tw_generator_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?, _ out_indices: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(out, "out", out_indices, "out_indices") { () throws(ThalwegError) in
    try asTensor(input, "input").fractionalMaxPool(
      asDims(kernel, count, "kernel"), outputSize: asDims(size, size_count, "size"),
      samples: asOptionalTensor(samples, "samples"), generator: asGenerator(generator))
  }
}
