// Layers for images and sequences: pooling. Images are [N, C, H, W], or [C, H, W] for one; sequences [N, C, L], or [C, L] for one.
public import CThalweg
import ThalwegCore
import ThalwegNN

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

private var pool1dDefaults: tw_pool1d_options {
  tw_pool1d_options(
    struct_size: MemoryLayout<tw_pool1d_options>.size, stride: 0, padding: 0, dilation: 1, ceil_mode: 0,
    count_include_pad: 1)
}

/// Fills the options with their defaults: the kernel as stride, no padding, dilation 1, no ceil_mode, and for averages
/// count_include_pad. `struct_size` is sizeof(tw_pool1d_options).
///
/// Threads: any.
@c(tw_pool1d_options_init)
public func tw_pool1d_options_init(
  _ options: UnsafeMutablePointer<tw_pool1d_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, pool1dDefaults) }
}

/// The largest element of each window of a sequence. `options` may be NULL for the defaults.
///
/// Threads: any. `out`: new reference.
@c(tw_max_pool1d_create)
public func tw_max_pool1d_create(
  _ kernel_size: Int64, _ options: UnsafePointer<tw_pool1d_options>?,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let options = try complete(options, pool1dDefaults)
    return try ThalwegNN.MaxPool1d(
      [Int(kernel_size)], stride: asStride(options.stride), padding: [Int(options.padding)],
      dilation: [Int(options.dilation)], ceilMode: options.ceil_mode != 0)
  }
}

/// The average of each window of a sequence. `options` may be NULL for the defaults.
///
/// Threads: any. `out`: new reference.
@c(tw_avg_pool1d_create)
public func tw_avg_pool1d_create(
  _ kernel_size: Int64, _ options: UnsafePointer<tw_pool1d_options>?,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let options = try complete(options, pool1dDefaults)
    guard options.dilation == 1 else {
      throw ThalwegError(
        .invalidArgument,
        "tw_avg_pool1d_create: dilation is \(options.dilation); averages have none, leave it at 1")
    }
    return try ThalwegNN.AvgPool1d(
      [Int(kernel_size)], stride: asStride(options.stride), padding: [Int(options.padding)],
      ceilMode: options.ceil_mode != 0, countsPadding: options.count_include_pad != 0)
  }
}

/// The largest element of each of `output_size` windows, of about equal size, that cover a sequence.
///
/// Threads: any. `out`: new reference.
@c(tw_adaptive_max_pool1d_create)
public func tw_adaptive_max_pool1d_create(
  _ output_size: Int64, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in try ThalwegNN.AdaptiveMaxPool1d([Int(output_size)]) }
}

/// The same of images; `output_size` has two entries, of which -1 stands for as many windows as there are pixels.
///
/// Threads: any. `out`: new reference.
@c(tw_adaptive_max_pool2d_create)
public func tw_adaptive_max_pool2d_create(
  _ output_size: UnsafePointer<Int64>?, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    try ThalwegNN.AdaptiveMaxPool2d(asPair(pointer(output_size, "output_size")) ?? [])
  }
}

/// The average of each of `output_size` windows, of about equal size, that cover a sequence.
///
/// Threads: any. `out`: new reference.
@c(tw_adaptive_avg_pool1d_create)
public func tw_adaptive_avg_pool1d_create(
  _ output_size: Int64, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in try ThalwegNN.AdaptiveAvgPool1d([Int(output_size)]) }
}

/// The same of images; `output_size` has two entries, of which -1 stands for as many windows as there are pixels.
///
/// Threads: any. `out`: new reference.
@c(tw_adaptive_avg_pool2d_create)
public func tw_adaptive_avg_pool2d_create(
  _ output_size: UnsafePointer<Int64>?, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    try ThalwegNN.AdaptiveAvgPool2d(asPair(pointer(output_size, "output_size")) ?? [])
  }
}

/// Nothing, for which the kernel stands, if both are 0.
private func asStride(_ pair: (Int64, Int64)) -> Dims { pair == (0, 0) ? [] : asDims(pair) }

private func asStride(_ stride: Int64) -> Dims { stride == 0 ? [] : [Int(stride)] }
