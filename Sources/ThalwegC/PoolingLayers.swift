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

private var pool3dDefaults: tw_pool3d_options {
  tw_pool3d_options(
    struct_size: MemoryLayout<tw_pool3d_options>.size, stride: (0, 0, 0), padding: (0, 0, 0),
    dilation: (1, 1, 1), ceil_mode: 0, count_include_pad: 1, divisor_override: 0)
}

/// Fills the options with their defaults: the kernel as stride, no padding, dilation 1, no ceil_mode, and for averages
/// count_include_pad. `struct_size` is sizeof(tw_pool3d_options).
///
/// Threads: any.
@c(tw_pool3d_options_init)
public func tw_pool3d_options_init(
  _ options: UnsafeMutablePointer<tw_pool3d_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, pool3dDefaults) }
}

/// The largest element of each window of a volume [N, C, D, H, W] or [C, D, H, W]. `kernel_size` has three entries;
/// `options` may be NULL for the defaults.
///
/// Threads: any. `out`: new reference.
@c(tw_max_pool3d_create)
public func tw_max_pool3d_create(
  _ kernel_size: UnsafePointer<Int64>?, _ options: UnsafePointer<tw_pool3d_options>?,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let kernel = try asTriple(pointer(kernel_size, "kernel_size")) ?? []
    let options = try complete(options, pool3dDefaults)
    return try ThalwegNN.MaxPool3d(
      kernel, stride: asStride(options.stride), padding: asDims(options.padding),
      dilation: asDims(options.dilation), ceilMode: options.ceil_mode != 0)
  }
}

/// The average of each window of a volume. `kernel_size` has three entries; `options` may be NULL for the defaults.
///
/// Threads: any. `out`: new reference.
@c(tw_avg_pool3d_create)
public func tw_avg_pool3d_create(
  _ kernel_size: UnsafePointer<Int64>?, _ options: UnsafePointer<tw_pool3d_options>?,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let kernel = try asTriple(pointer(kernel_size, "kernel_size")) ?? []
    let options = try complete(options, pool3dDefaults)
    guard options.dilation == (1, 1, 1) else {
      throw ThalwegError(
        .invalidArgument,
        "tw_avg_pool3d_create: dilation is \(asDims(options.dilation)); averages have none, leave it at 1")
    }
    return try ThalwegNN.AvgPool3d(
      kernel, stride: asStride(options.stride), padding: asDims(options.padding),
      ceilMode: options.ceil_mode != 0, countsPadding: options.count_include_pad != 0,
      divisor: options.divisor_override == 0 ? nil : Int(options.divisor_override))
  }
}

/// The largest element of each of `output_size` windows, of about equal size, that cover a volume; three entries, of which
/// -1 stands for as many windows as there are elements.
///
/// Threads: any. `out`: new reference.
@c(tw_adaptive_max_pool3d_create)
public func tw_adaptive_max_pool3d_create(
  _ output_size: UnsafePointer<Int64>?, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    try ThalwegNN.AdaptiveMaxPool3d(asTriple(pointer(output_size, "output_size")) ?? [])
  }
}

/// The average of each, as tw_adaptive_max_pool3d_create.
///
/// Threads: any. `out`: new reference.
@c(tw_adaptive_avg_pool3d_create)
public func tw_adaptive_avg_pool3d_create(
  _ output_size: UnsafePointer<Int64>?, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    try ThalwegNN.AdaptiveAvgPool3d(asTriple(pointer(output_size, "output_size")) ?? [])
  }
}

/// (the sum of x^norm_type)^(1 / norm_type) over each window of [N, C, ...] or [C, ...] with `count` dimensions behind the
/// channels, 1 to 3. `kernel` has `count` entries, `steps` as many, or none for the kernel.
///
/// Threads: any. `out`: new reference.
@c(tw_lp_pool_create)
public func tw_lp_pool_create(
  _ norm_type: Double, _ kernel: UnsafePointer<Int64>?, _ count: UInt, _ steps: UnsafePointer<Int64>?,
  _ step_count: UInt, _ ceil_mode: Int32, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let window = try asDims(kernel, count, "kernel")
    let stride = try asDims(steps, step_count, "steps")
    switch window.count {
    case 1: return try ThalwegNN.LPPool1d(norm_type, window, stride: stride, ceilMode: ceil_mode != 0)
    case 2: return try ThalwegNN.LPPool2d(norm_type, window, stride: stride, ceilMode: ceil_mode != 0)
    case 3: return try ThalwegNN.LPPool3d(norm_type, window, stride: stride, ceilMode: ceil_mode != 0)
    default: throw windowCount(count, "1 to 3")
    }
  }
}

/// The largest element of each of `size` windows of `kernel` elements, about evenly apart at places that random numbers
/// choose, of images or volumes: `count` is 2 or 3. In the place of `size`, which then has no entries, `ratio` may say the
/// windows' number to the input's size, between 0 and 1. Random numbers come from the default generator.
///
/// Threads: any. `out`: new reference.
@c(tw_fractional_max_pool_create)
public func tw_fractional_max_pool_create(
  _ kernel: UnsafePointer<Int64>?, _ count: UInt, _ size: UnsafePointer<Int64>?, _ size_count: UInt,
  _ ratio: UnsafePointer<Double>?, _ ratio_count: UInt, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let window = try asDims(kernel, count, "kernel")
    let size = try asDims(size, size_count, "size")
    let ratio = ratio_count == 0 ? [] : try asDoubles(ratio, ratio_count, "ratio")
    switch window.count {
    case 2: return try ThalwegNN.FractionalMaxPool2d(window, outputSize: size, outputRatio: ratio)
    case 3: return try ThalwegNN.FractionalMaxPool3d(window, outputSize: size, outputRatio: ratio)
    default: throw windowCount(count, "2 or 3")
    }
  }
}

private func windowCount(
  _ count: UInt, _ wanted: StaticString, _ function: StaticString = #function
) -> ThalwegError {
  ThalwegError(
    .invalidArgument, "\(bareName(function)): the kernel has \(count) entries; it must have \(wanted)")
}

/// Nothing, for which the kernel stands, if all are 0.
private func asStride(_ triple: (Int64, Int64, Int64)) -> Dims { triple == (0, 0, 0) ? [] : asDims(triple) }

/// Nothing, for which the kernel stands, if both are 0.
private func asStride(_ pair: (Int64, Int64)) -> Dims { pair == (0, 0) ? [] : asDims(pair) }

private func asStride(_ stride: Int64) -> Dims { stride == 0 ? [] : [Int(stride)] }
