// Convolution and pooling: images are [N, C, H, W], or [C, H, W] for one. Pairs of numbers are for height and width.
public import CThalweg
import ThalwegCore

/// Slides the filters `weight` [out channels, in channels / groups, kernel height, kernel width] over the images and adds
/// `bias` [out channels], which may be NULL. `stride`, `padding` and `dilation` have two entries each; NULL stands for 1,
/// 0 and 1. All of one float dtype.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_conv2d)
public func tw_tensor_conv2d(
  _ input: tw_tensor_t?, _ weight: tw_tensor_t?, _ bias: tw_tensor_t?, _ stride: UnsafePointer<Int64>?,
  _ padding: UnsafePointer<Int64>?, _ dilation: UnsafePointer<Int64>?, _ groups: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").conv2d(
      asTensor(weight, "weight"), asOptionalTensor(bias, "bias"), stride: asPair(stride) ?? [1],
      padding: asPair(padding) ?? [0], dilation: asPair(dilation) ?? [1], groups: Int(groups))
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

/// Each element 0 with probability `p`, else divided by 1 - p, if `training` is not 0; else the input itself. `generator`
/// NULL is the default one.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_dropout)
public func tw_tensor_dropout(
  _ input: tw_tensor_t?, _ p: Double, _ training: Int32, _ generator: tw_generator_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").dropout(p, training: training != 0, generator: asGenerator(generator))
  }
}

/// Two numbers, for height and width; nil for NULL.
func asPair(_ values: UnsafePointer<Int64>?) -> Dims? {
  values.map { [Int($0[0]), Int($0[1])] }
}
