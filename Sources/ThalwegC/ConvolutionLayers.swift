// Layers for images and sequences: convolution, dropout. Images are [N, C, H, W], or [C, H, W] for one; sequences [N, C, L], or [C, L] for one.
public import CThalweg
import ThalwegCore
import ThalwegNN

private var conv2dDefaults: tw_conv2d_options {
  tw_conv2d_options(
    struct_size: MemoryLayout<tw_conv2d_options>.size, stride: (1, 1), padding: (0, 0), dilation: (1, 1),
    groups: 1, same_padding: 0, bias: 1, dtype: Int32(TW_FLOAT32), output_padding: (0, 0),
    padding_mode: Int32(TW_PAD_CONSTANT))
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
    guard options.output_padding == (0, 0) else {
      throw ThalwegError(
        .invalidArgument, "tw_conv2d_create: output_padding is for transposed convolutions; leave it at 0")
    }
    return try ThalwegNN.Conv2d(
      Int(in_channels), Int(out_channels), kernel: kernel, stride: asDims(options.stride),
      padding: options.same_padding != 0 ? .same : .zeros(asDims(options.padding)),
      dilation: asDims(options.dilation), groups: Int(options.groups), bias: options.bias != 0,
      paddingMode: asPadMode(options.padding_mode), dtype: asDType(options.dtype))
  }
}

/// Filters that each pixel adds to a window of a larger image, with parameters "weight" [in_channels, out_channels / groups,
/// kernel height, kernel width] and, unless the options say otherwise, "bias" [out_channels]. `kernel_size` has two entries;
/// `options` may be NULL for the defaults. Both parameters start uniform in +-1/sqrt(out_channels / groups * kernel height
/// * kernel width), from the default generator.
///
/// Threads: any. `out`: new reference.
@c(tw_conv_transpose2d_create)
public func tw_conv_transpose2d_create(
  _ in_channels: Int64, _ out_channels: Int64, _ kernel_size: UnsafePointer<Int64>?,
  _ options: UnsafePointer<tw_conv2d_options>?, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let kernel = asPair(try pointer(kernel_size, "kernel_size")) ?? []
    let options = try complete(options, conv2dDefaults)
    try checkTransposed(options.same_padding, options.padding_mode)
    return try ThalwegNN.ConvTranspose2d(
      Int(in_channels), Int(out_channels), kernel: kernel, stride: asDims(options.stride),
      padding: asDims(options.padding), outputPadding: asDims(options.output_padding),
      groups: Int(options.groups), bias: options.bias != 0, dilation: asDims(options.dilation),
      dtype: asDType(options.dtype))
  }
}

private var conv1dDefaults: tw_conv1d_options {
  tw_conv1d_options(
    struct_size: MemoryLayout<tw_conv1d_options>.size, stride: 1, padding: 0, output_padding: 0, dilation: 1,
    groups: 1, same_padding: 0, bias: 1, dtype: Int32(TW_FLOAT32), padding_mode: Int32(TW_PAD_CONSTANT))
}

/// Fills the options with their defaults: stride 1, no padding, dilation 1, one group, a bias, TW_FLOAT32. `struct_size` is
/// sizeof(tw_conv1d_options).
///
/// Threads: any.
@c(tw_conv1d_options_init)
public func tw_conv1d_options_init(
  _ options: UnsafeMutablePointer<tw_conv1d_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, conv1dDefaults) }
}

/// Filters sliding over sequences, with parameters "weight" [out_channels, in_channels / groups, kernel_size] and, unless
/// the options say otherwise, "bias" [out_channels]. `options` may be NULL for the defaults. Both parameters start uniform in
/// +-1/sqrt(in_channels / groups * kernel_size), from the default generator.
///
/// Threads: any. `out`: new reference.
@c(tw_conv1d_create)
public func tw_conv1d_create(
  _ in_channels: Int64, _ out_channels: Int64, _ kernel_size: Int64,
  _ options: UnsafePointer<tw_conv1d_options>?, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let options = try complete(options, conv1dDefaults)
    guard options.output_padding == 0 else {
      throw ThalwegError(
        .invalidArgument, "tw_conv1d_create: output_padding is for transposed convolutions; leave it at 0")
    }
    return try ThalwegNN.Conv1d(
      Int(in_channels), Int(out_channels), kernel: [Int(kernel_size)], stride: [Int(options.stride)],
      padding: options.same_padding != 0 ? .same : [Int(options.padding)], dilation: [Int(options.dilation)],
      groups: Int(options.groups), bias: options.bias != 0, paddingMode: asPadMode(options.padding_mode),
      dtype: asDType(options.dtype))
  }
}

/// Filters that each element adds to a window of a longer sequence, with parameters "weight" [in_channels, out_channels /
/// groups, kernel_size] and, unless the options say otherwise, "bias" [out_channels]. `options` may be NULL for the
/// defaults. Both parameters start uniform in +-1/sqrt(out_channels / groups * kernel_size), from the default generator.
///
/// Threads: any. `out`: new reference.
@c(tw_conv_transpose1d_create)
public func tw_conv_transpose1d_create(
  _ in_channels: Int64, _ out_channels: Int64, _ kernel_size: Int64,
  _ options: UnsafePointer<tw_conv1d_options>?, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let options = try complete(options, conv1dDefaults)
    try checkTransposed(options.same_padding, options.padding_mode)
    return try ThalwegNN.ConvTranspose1d(
      Int(in_channels), Int(out_channels), kernel: [Int(kernel_size)], stride: [Int(options.stride)],
      padding: [Int(options.padding)], outputPadding: [Int(options.output_padding)],
      groups: Int(options.groups), bias: options.bias != 0, dilation: [Int(options.dilation)],
      dtype: asDType(options.dtype))
  }
}

private var conv3dDefaults: tw_conv3d_options {
  tw_conv3d_options(
    struct_size: MemoryLayout<tw_conv3d_options>.size, stride: (1, 1, 1), padding: (0, 0, 0),
    output_padding: (0, 0, 0), dilation: (1, 1, 1), groups: 1, same_padding: 0, bias: 1,
    dtype: Int32(TW_FLOAT32), padding_mode: Int32(TW_PAD_CONSTANT))
}

/// Fills the options with their defaults: stride 1, no padding, dilation 1, one group, a bias, TW_FLOAT32. `struct_size` is
/// sizeof(tw_conv3d_options).
///
/// Threads: any.
@c(tw_conv3d_options_init)
public func tw_conv3d_options_init(
  _ options: UnsafeMutablePointer<tw_conv3d_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, conv3dDefaults) }
}

/// Filters sliding over volumes [N, C, D, H, W] or [C, D, H, W], with parameters "weight" [out_channels, in_channels /
/// groups, kernel depth, kernel height, kernel width] and, unless the options say otherwise, "bias" [out_channels].
/// `kernel_size` has three entries; `options` may be NULL for the defaults. Both parameters start as those of
/// tw_conv2d_create.
///
/// Threads: any. `out`: new reference.
@c(tw_conv3d_create)
public func tw_conv3d_create(
  _ in_channels: Int64, _ out_channels: Int64, _ kernel_size: UnsafePointer<Int64>?,
  _ options: UnsafePointer<tw_conv3d_options>?, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let kernel = try asTriple(pointer(kernel_size, "kernel_size")) ?? []
    let options = try complete(options, conv3dDefaults)
    guard options.output_padding == (0, 0, 0) else {
      throw ThalwegError(
        .invalidArgument, "tw_conv3d_create: output_padding is for transposed convolutions; leave it at 0")
    }
    return try ThalwegNN.Conv3d(
      Int(in_channels), Int(out_channels), kernel: kernel, stride: asDims(options.stride),
      padding: options.same_padding != 0 ? .same : .zeros(asDims(options.padding)),
      dilation: asDims(options.dilation), groups: Int(options.groups), bias: options.bias != 0,
      paddingMode: asPadMode(options.padding_mode), dtype: asDType(options.dtype))
  }
}

/// Filters that each voxel adds to a window of a larger volume, with parameters "weight" [in_channels, out_channels /
/// groups, kernel depth, kernel height, kernel width] and, unless the options say otherwise, "bias" [out_channels].
/// `kernel_size` has three entries; `options` may be NULL for the defaults. Both parameters start as those of
/// tw_conv_transpose2d_create.
///
/// Threads: any. `out`: new reference.
@c(tw_conv_transpose3d_create)
public func tw_conv_transpose3d_create(
  _ in_channels: Int64, _ out_channels: Int64, _ kernel_size: UnsafePointer<Int64>?,
  _ options: UnsafePointer<tw_conv3d_options>?, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let kernel = try asTriple(pointer(kernel_size, "kernel_size")) ?? []
    let options = try complete(options, conv3dDefaults)
    try checkTransposed(options.same_padding, options.padding_mode)
    return try ThalwegNN.ConvTranspose3d(
      Int(in_channels), Int(out_channels), kernel: kernel, stride: asDims(options.stride),
      padding: asDims(options.padding), outputPadding: asDims(options.output_padding),
      groups: Int(options.groups), bias: options.bias != 0, dilation: asDims(options.dilation),
      dtype: asDType(options.dtype))
  }
}

private func checkTransposed(
  _ same: Int32, _ mode: Int32, _ function: StaticString = #function
) throws(ThalwegError) {
  if same == 0, mode == TW_PAD_CONSTANT { return }
  throw ThalwegError(
    .invalidArgument,
    "\(bareName(function)): the padding of a transposed convolution is what is taken off: numbers, without mode or 'same'"
  )
}

/// What stands in the padding.
private func asPadMode(_ value: Int32, _ function: StaticString = #function) throws(ThalwegError) -> PadMode {
  guard let mode = PadMode(rawValue: value) else {
    throw ThalwegError(
      .invalidArgument,
      "\(bareName(function)): padding_mode \(value) does not exist; TW_PAD_CONSTANT (0) to TW_PAD_CIRCULAR (3) do"
    )
  }
  return mode
}

/// In training, sets elements to 0 with probability `p` and divides the others by 1 - p; does nothing in evaluation.
/// Random numbers come from the default generator.
///
/// Threads: any. `out`: new reference.
@c(tw_dropout_create)
public func tw_dropout_create(_ p: Double, _ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in try ThalwegNN.Dropout(p) }
}

func asDims(_ pair: (Int64, Int64)) -> Dims { [Int(pair.0), Int(pair.1)] }

func asDims(_ triple: (Int64, Int64, Int64)) -> Dims { [Int(triple.0), Int(triple.1), Int(triple.2)] }
