// Convolution. Images are [N, C, H, W], or [C, H, W] for one; sequences [N, C, L], or [C, L] for one. Pairs of numbers are for height and width.
public import CThalweg
import ThalwegCore

/// Slides the filters `weight` [out channels, in channels / groups, kernel] over sequences and adds `bias` [out channels],
/// which may be NULL. `stride` and `dilation` are at least 1; `padding` is how many zeros there are at either end. All of
/// one float dtype, or int64.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_conv1d)
public func tw_tensor_conv1d(
  _ input: tw_tensor_t?, _ weight: tw_tensor_t?, _ bias: tw_tensor_t?, _ stride: Int64, _ padding: Int64,
  _ dilation: Int64, _ groups: Int64, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").conv1d(
      asTensor(weight, "weight"), asOptionalTensor(bias, "bias"), stride: [Int(stride)],
      padding: [Int(padding)], dilation: [Int(dilation)], groups: Int(groups))
  }
}

/// Slides the filters `weight` [out channels, in channels / groups, kernel height, kernel width] over the images and adds
/// `bias` [out channels], which may be NULL. `stride`, `padding` and `dilation` have two entries each; NULL stands for 1,
/// 0 and 1. All of one float dtype, or int64.
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
      padding: .zeros(asPair(padding) ?? [0]), dilation: asPair(dilation) ?? [1], groups: Int(groups))
  }
}

/// As tw_tensor_conv1d with stride 1 and as much padding as keeps the length; the odd zero is at the end.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_conv1d_same)
public func tw_tensor_conv1d_same(
  _ input: tw_tensor_t?, _ weight: tw_tensor_t?, _ bias: tw_tensor_t?, _ dilation: Int64, _ groups: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").conv1d(
      asTensor(weight, "weight"), asOptionalTensor(bias, "bias"), padding: .same, dilation: [Int(dilation)],
      groups: Int(groups))
  }
}

/// As tw_tensor_conv2d with stride 1 and as much padding as keeps height and width; the odd zeros are below and on the
/// right.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_conv2d_same)
public func tw_tensor_conv2d_same(
  _ input: tw_tensor_t?, _ weight: tw_tensor_t?, _ bias: tw_tensor_t?, _ dilation: UnsafePointer<Int64>?,
  _ groups: Int64, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").conv2d(
      asTensor(weight, "weight"), asOptionalTensor(bias, "bias"), padding: .same,
      dilation: asPair(dilation) ?? [1], groups: Int(groups))
  }
}

/// Adds the filters `weight` [in channels, out channels / groups, kernel], times each element, to windows of longer
/// sequences, and to that `bias` [out channels], which may be NULL. Windows are `stride` apart; `padding` is taken off at
/// both ends and `output_padding`, less than `stride` or `dilation`, added at the end. All of one float dtype, or int64.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_conv_transpose1d)
public func tw_tensor_conv_transpose1d(
  _ input: tw_tensor_t?, _ weight: tw_tensor_t?, _ bias: tw_tensor_t?, _ stride: Int64, _ padding: Int64,
  _ output_padding: Int64, _ groups: Int64, _ dilation: Int64, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").convTranspose1d(
      asTensor(weight, "weight"), asOptionalTensor(bias, "bias"), stride: [Int(stride)],
      padding: [Int(padding)], outputPadding: [Int(output_padding)], groups: Int(groups),
      dilation: [Int(dilation)])
  }
}

/// Adds the filters `weight` [in channels, out channels / groups, kernel height, kernel width], times each pixel, to
/// windows of larger images, and to that `bias` [out channels], which may be NULL. Windows are `stride` apart; `padding`
/// is taken off on all sides and `output_padding`, less than `stride` or `dilation`, added below and on the right. The
/// four have two entries each; NULL stands for 1, 0, 0 and 1. All of one float dtype, or int64.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_conv_transpose2d)
public func tw_tensor_conv_transpose2d(
  _ input: tw_tensor_t?, _ weight: tw_tensor_t?, _ bias: tw_tensor_t?, _ stride: UnsafePointer<Int64>?,
  _ padding: UnsafePointer<Int64>?, _ output_padding: UnsafePointer<Int64>?, _ groups: Int64,
  _ dilation: UnsafePointer<Int64>?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").convTranspose2d(
      asTensor(weight, "weight"), asOptionalTensor(bias, "bias"), stride: asPair(stride) ?? [1],
      padding: asPair(padding) ?? [0], outputPadding: asPair(output_padding) ?? [0], groups: Int(groups),
      dilation: asPair(dilation) ?? [1])
  }
}

/// As tw_tensor_conv2d over volumes [N, C, D, H, W] or [C, D, H, W]: `weight` is [out channels, in channels / groups, kernel
/// depth, kernel height, kernel width], and `stride`, `padding` and `dilation` have three entries each.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_conv3d)
public func tw_tensor_conv3d(
  _ input: tw_tensor_t?, _ weight: tw_tensor_t?, _ bias: tw_tensor_t?, _ stride: UnsafePointer<Int64>?,
  _ padding: UnsafePointer<Int64>?, _ dilation: UnsafePointer<Int64>?, _ groups: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").conv3d(
      asTensor(weight, "weight"), asOptionalTensor(bias, "bias"), stride: asTriple(stride) ?? [1],
      padding: .zeros(asTriple(padding) ?? [0]), dilation: asTriple(dilation) ?? [1], groups: Int(groups))
  }
}

/// As tw_tensor_conv3d with stride 1 and as much padding as keeps the sizes; the odd zeros are at the far sides.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_conv3d_same)
public func tw_tensor_conv3d_same(
  _ input: tw_tensor_t?, _ weight: tw_tensor_t?, _ bias: tw_tensor_t?, _ dilation: UnsafePointer<Int64>?,
  _ groups: Int64, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").conv3d(
      asTensor(weight, "weight"), asOptionalTensor(bias, "bias"), padding: .same,
      dilation: asTriple(dilation) ?? [1], groups: Int(groups))
  }
}

/// As tw_tensor_conv_transpose2d for volumes [N, C, D, H, W] or [C, D, H, W]: `weight` is [in channels, out channels /
/// groups, kernel depth, kernel height, kernel width], and `stride`, `padding`, `output_padding` and `dilation` have three
/// entries each.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_conv_transpose3d)
public func tw_tensor_conv_transpose3d(
  _ input: tw_tensor_t?, _ weight: tw_tensor_t?, _ bias: tw_tensor_t?, _ stride: UnsafePointer<Int64>?,
  _ padding: UnsafePointer<Int64>?, _ output_padding: UnsafePointer<Int64>?, _ groups: Int64,
  _ dilation: UnsafePointer<Int64>?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").convTranspose3d(
      asTensor(weight, "weight"), asOptionalTensor(bias, "bias"), stride: asTriple(stride) ?? [1],
      padding: asTriple(padding) ?? [0], outputPadding: asTriple(output_padding) ?? [0], groups: Int(groups),
      dilation: asTriple(dilation) ?? [1])
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

/// Three numbers, for depth, height and width; nil for NULL.
func asTriple(_ values: UnsafePointer<Int64>?) -> Dims? {
  values.map { [Int($0[0]), Int($0[1]), Int($0[2])] }
}
