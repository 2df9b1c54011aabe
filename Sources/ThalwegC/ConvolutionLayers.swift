// Layers for images: convolution, pooling, dropout. Images are [N, C, H, W], or [C, H, W] for one.
public import CThalweg
import ThalwegCore
import ThalwegNN

private var conv2dDefaults: tw_conv2d_options {
  tw_conv2d_options(
    struct_size: MemoryLayout<tw_conv2d_options>.size, stride: (1, 1), padding: (0, 0), dilation: (1, 1),
    groups: 1, same_padding: 0, bias: 1, dtype: Int32(TW_FLOAT32))
}

/// Fills the options with their defaults: stride 1, no padding, dilation 1, one group, a bias, TW_FLOAT32. `struct_size` is
/// sizeof(tw_conv2d_options).
///
/// Threads: any.
@c(tw_conv2d_options_init)
public func tw_conv2d_options_init(
  _ options: UnsafeMutablePointer<tw_conv2d_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, conv2dDefaults) }
}

/// Filters sliding over images, with parameters "weight" [out_channels, in_channels / groups, kernel height, kernel width]
/// and, unless the options say otherwise, "bias" [out_channels]. `kernel_size` has two entries; `options` may be NULL for
/// the defaults. Both parameters start uniform in +-1/sqrt(in_channels / groups * kernel height * kernel width), from the
/// default generator.
///
/// Threads: any. `out`: new reference.
@c(tw_conv2d_create)
public func tw_conv2d_create(
  _ in_channels: Int64, _ out_channels: Int64, _ kernel_size: UnsafePointer<Int64>?,
  _ options: UnsafePointer<tw_conv2d_options>?, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let kernel = asPair(try pointer(kernel_size, "kernel_size")) ?? []
    let options = try complete(options, conv2dDefaults)
    return try ThalwegNN.Conv2d(
      Int(in_channels), Int(out_channels), kernel: kernel, stride: asDims(options.stride),
      padding: options.same_padding != 0 ? .same : .zeros(asDims(options.padding)),
      dilation: asDims(options.dilation), groups: Int(options.groups), bias: options.bias != 0,
      dtype: asDType(options.dtype))
  }
}

private var pool2dDefaults: tw_pool2d_options {
  tw_pool2d_options(
    struct_size: MemoryLayout<tw_pool2d_options>.size, stride: (0, 0), padding: (0, 0), dilation: (1, 1),
    ceil_mode: 0, count_include_pad: 1, divisor_override: 0)
}

/// Fills the options with their defaults: the kernel as stride, no padding, dilation 1, no ceil_mode, and for averages
/// count_include_pad. `struct_size` is sizeof(tw_pool2d_options).
///
/// Threads: any.
@c(tw_pool2d_options_init)
public func tw_pool2d_options_init(
  _ options: UnsafeMutablePointer<tw_pool2d_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, pool2dDefaults) }
}

/// The largest element of each window. `kernel_size` has two entries; `options` may be NULL for the defaults.
///
/// Threads: any. `out`: new reference.
@c(tw_max_pool2d_create)
public func tw_max_pool2d_create(
  _ kernel_size: UnsafePointer<Int64>?, _ options: UnsafePointer<tw_pool2d_options>?,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let kernel = asPair(try pointer(kernel_size, "kernel_size")) ?? []
    let options = try complete(options, pool2dDefaults)
    return try ThalwegNN.MaxPool2d(
      kernel, stride: asStride(options.stride), padding: asDims(options.padding),
      dilation: asDims(options.dilation), ceilMode: options.ceil_mode != 0)
  }
}

/// The average of each window. `kernel_size` has two entries; `options` may be NULL for the defaults.
///
/// Threads: any. `out`: new reference.
@c(tw_avg_pool2d_create)
public func tw_avg_pool2d_create(
  _ kernel_size: UnsafePointer<Int64>?, _ options: UnsafePointer<tw_pool2d_options>?,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let kernel = asPair(try pointer(kernel_size, "kernel_size")) ?? []
    let options = try complete(options, pool2dDefaults)
    guard options.dilation == (1, 1) else {
      throw ThalwegError(
        .invalidArgument,
        "tw_avg_pool2d_create: dilation is \(asDims(options.dilation)); averages have none, leave it at 1")
    }
    return try ThalwegNN.AvgPool2d(
      kernel, stride: asStride(options.stride), padding: asDims(options.padding),
      ceilMode: options.ceil_mode != 0, countsPadding: options.count_include_pad != 0,
      divisor: options.divisor_override == 0 ? nil : Int(options.divisor_override))
  }
}

/// In training, sets elements to 0 with probability `p` and divides the others by 1 - p; does nothing in evaluation.
/// Random numbers come from the default generator.
///
/// Threads: any. `out`: new reference.
@c(tw_dropout_create)
public func tw_dropout_create(_ p: Double, _ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in try ThalwegNN.Dropout(p) }
}

private func asDims(_ pair: (Int64, Int64)) -> Dims { [Int(pair.0), Int(pair.1)] }

/// Nothing, for which the kernel stands, if both are 0.
private func asStride(_ pair: (Int64, Int64)) -> Dims { pair == (0, 0) ? [] : asDims(pair) }
