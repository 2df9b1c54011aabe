// Layers that change shapes, draw random numbers or look rows up, and containers.
public import CThalweg
import ThalwegCore
import ThalwegNN

/// y = x.
///
/// Threads: any. `out`: new reference.
@c(tw_identity_create)
public func tw_identity_create(_ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { ThalwegNN.Identity() }
}

/// The parameters "weight" [out_features, in1_features, in2_features] and, if `bias` is 1, "bias" [out_features] of
/// tw_tensor_bilinear, which computes with them: a module's forward has one input. Both start uniform in
/// +-1/sqrt(in1_features), from the default generator.
///
/// Threads: any. `out`: new reference.
@c(tw_bilinear_create)
public func tw_bilinear_create(
  _ in1_features: Int64, _ in2_features: Int64, _ out_features: Int64, _ bias: Int32, _ dtype: Int32,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    try ThalwegNN.Bilinear(
      Int(in1_features), Int(in2_features), Int(out_features), bias: bias != 0, dtype: asDType(dtype))
  }
}

private var embeddingDefaults: tw_embedding_options {
  tw_embedding_options(
    struct_size: MemoryLayout<tw_embedding_options>.size, padding_idx: -1, max_norm: 0, norm_type: 2,
    scale_grad_by_freq: 0, dtype: Int32(TW_FLOAT32))
}

/// Fills the options with their defaults: no padding row, no largest norm, TW_FLOAT32. `struct_size` is
/// sizeof(tw_embedding_options).
///
/// Threads: any.
@c(tw_embedding_options_init)
public func tw_embedding_options_init(
  _ options: UnsafeMutablePointer<tw_embedding_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, embeddingDefaults) }
}

/// A row of the parameter "weight" [num_embeddings, embedding_dim] for each index of its input, int64 or int32. It starts
/// normal with deviation 1, from the default generator. `options` may be NULL for the defaults.
///
/// Threads: any; with max_norm one at a time per module. `out`: new reference.
@c(tw_embedding_create)
public func tw_embedding_create(
  _ num_embeddings: Int64, _ embedding_dim: Int64, _ options: UnsafePointer<tw_embedding_options>?,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let options = try complete(options, embeddingDefaults)
    return try ThalwegNN.Embedding(
      Int(num_embeddings), Int(embedding_dim),
      paddingIndex: options.padding_idx < 0 ? nil : Int(options.padding_idx),
      maxNorm: options.max_norm > 0 ? options.max_norm : nil, normType: options.norm_type,
      scalesByFrequency: options.scale_grad_by_freq != 0, dtype: asDType(options.dtype))
  }
}

/// In training, sets whole channels of [N, C, L] or [C, L] to 0 with probability `p` and divides the others by 1 - p.
///
/// Threads: any. `out`: new reference.
@c(tw_dropout1d_create)
public func tw_dropout1d_create(_ p: Double, _ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in try ThalwegNN.Dropout1d(p) }
}

/// The same for images [N, C, H, W]; [N, C, L] is taken too.
///
/// Threads: any. `out`: new reference.
@c(tw_dropout2d_create)
public func tw_dropout2d_create(_ p: Double, _ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in try ThalwegNN.Dropout2d(p) }
}

/// The same for volumes [N, C, D, H, W] or [C, D, H, W].
///
/// Threads: any. `out`: new reference.
@c(tw_dropout3d_create)
public func tw_dropout3d_create(_ p: Double, _ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in try ThalwegNN.Dropout3d(p) }
}

/// In training, sets elements to the negative limit of SELU with probability `p`, then scales and shifts so that
/// mean 0 and variance 1 stay.
///
/// Threads: any. `out`: new reference.
@c(tw_alpha_dropout_create)
public func tw_alpha_dropout_create(_ p: Double, _ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in try ThalwegNN.AlphaDropout(p) }
}

/// The same with whole channels of [N, C, ...].
///
/// Threads: any. `out`: new reference.
@c(tw_feature_alpha_dropout_create)
public func tw_feature_alpha_dropout_create(_ p: Double, _ out: UnsafeMutablePointer<tw_module_t?>?)
  -> tw_status
{
  makeModule(out) { () throws(ThalwegError) in try ThalwegNN.FeatureAlphaDropout(p) }
}

/// Splits the dimension `dim` into those of `sizes`, one of which may be -1 for what is left.
///
/// Threads: any. `out`: new reference.
@c(tw_unflatten_create)
public func tw_unflatten_create(
  _ dim: Int64, _ sizes: UnsafePointer<Int64>?, _ rank: UInt, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    ThalwegNN.Unflatten(Int(dim), try asDims(sizes, rank, "sizes"))
  }
}

/// Puts room around the last `directions` (1 to 3) dimensions: sequences, images or volumes. `pads` has what goes before and
/// after the last dimension, then the last but one, and so on, or one number for all. `pad_mode` is TW_PAD_..., `value` what
/// stands there for TW_PAD_CONSTANT.
///
/// Threads: any. `out`: new reference.
@c(tw_padding_create)
public func tw_padding_create(
  _ directions: Int64, _ pads: UnsafePointer<Int64>?, _ pad_count: UInt, _ pad_mode: Int32, _ value: Double,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let sides = try asInts(pads, pad_count, "pads")
    switch (PadMode(rawValue: pad_mode), directions) {
    case (.constant, 1): return try value == 0 ? ZeroPad1d(sides) : ConstantPad1d(sides, value)
    case (.constant, 2): return try value == 0 ? ZeroPad2d(sides) : ConstantPad2d(sides, value)
    case (.constant, 3): return try value == 0 ? ZeroPad3d(sides) : ConstantPad3d(sides, value)
    case (.reflect, 1): return try ReflectionPad1d(sides)
    case (.reflect, 2): return try ReflectionPad2d(sides)
    case (.reflect, 3): return try ReflectionPad3d(sides)
    case (.replicate, 1): return try ReplicationPad1d(sides)
    case (.replicate, 2): return try ReplicationPad2d(sides)
    case (.replicate, 3): return try ReplicationPad3d(sides)
    case (.circular, 1): return try CircularPad1d(sides)
    case (.circular, 2): return try CircularPad2d(sides)
    case (.circular, 3): return try CircularPad3d(sides)
    default:
      throw ThalwegError(
        .invalidArgument,
        "tw_padding_create: mode \(pad_mode) in \(directions) directions; TW_PAD_... in 1 to 3 directions are there"
      )
    }
  }
}

/// Another size behind the channels of [N, C, ...]: see tw_tensor_interpolate, whose arguments are the same.
///
/// Threads: any. `out`: new reference.
@c(tw_upsample_create)
public func tw_upsample_create(
  _ size: UnsafePointer<Int64>?, _ rank: UInt, _ scale_depth: Double, _ scale_height: Double,
  _ scale_width: Double, _ interpolation: Int32, _ align_corners: Int32,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    try ThalwegNN.Upsample(
      asDims(size, rank, "size"), scales: [scale_depth, scale_height, scale_width].filter { $0 != 0 },
      mode: asInterpolation(interpolation), alignsCorners: align_corners != 0)
  }
}

/// Each pixel's upscale_factor^2 channels as a square of pixels: [..., C r^2, H, W] to [..., C, H r, W r].
///
/// Threads: any. `out`: new reference.
@c(tw_pixel_shuffle_create)
public func tw_pixel_shuffle_create(
  _ upscale_factor: Int64, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { ThalwegNN.PixelShuffle(Int(upscale_factor)) }
}

/// Undoes that: [..., C, H r, W r] to [..., C r^2, H, W].
///
/// Threads: any. `out`: new reference.
@c(tw_pixel_unshuffle_create)
public func tw_pixel_unshuffle_create(
  _ downscale_factor: Int64, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { ThalwegNN.PixelUnshuffle(Int(downscale_factor)) }
}

/// The channels of `groups` groups of [N, C, ...], taken in turn.
///
/// Threads: any. `out`: new reference.
@c(tw_channel_shuffle_create)
public func tw_channel_shuffle_create(
  _ groups: Int64, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { ThalwegNN.ChannelShuffle(Int(groups)) }
}

/// y = branch(x) + shortcut(x); `shortcut`, such as a projection where the branch changes the shape, may be NULL for x
/// itself. The children are named "branch" and "shortcut". The handles stay the caller's; the modules are shared.
///
/// Threads: any. `out`: new reference.
@c(tw_residual_create)
public func tw_residual_create(
  _ branch: tw_module_t?, _ shortcut: tw_module_t?, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    try ThalwegNN.Residual(
      asModule(branch, "branch"), shortcut: shortcut == nil ? nil : asModule(shortcut, "shortcut"))
  }
}

/// Modules by place, named "0", "1", ..., for a module that calls them itself. `children` may be NULL if `count` is 0.
///
/// Threads: any. `out`: new reference.
@c(tw_module_list_create)
public func tw_module_list_create(
  _ children: UnsafePointer<tw_module_t?>?, _ count: UInt, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let count = try length(count, "children")
    let modules = try ThalwegNN.ModuleList()
    if count == 0 { return modules }
    let children = try pointer(children, "children")
    for i in 0..<count { try modules.append(asModule(children[i], "children")) }
    return modules
  }
}

/// An empty container of modules by name, for a module that calls them itself: see tw_module_register_module.
///
/// Threads: any. `out`: new reference.
@c(tw_module_dict_create)
public func tw_module_dict_create(_ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in try ThalwegNN.ModuleDict() }
}
