// Operations of layers: gates, dropout of channels, other sizes.
public import CThalweg
import ThalwegCore

/// a sigmoid(b), a and b the halves of the input along `dim`; floats.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_glu)
public func tw_tensor_glu(
  _ input: tw_tensor_t?, _ dim: Int64, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(input, "input").glu(Int(dim)) }
}

/// x where x > 0, else weight x; `weight` has one element, or one for each channel of x [N, C, ...].
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_prelu)
public func tw_tensor_prelu(
  _ input: tw_tensor_t?, _ weight: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").prelu(asTensor(weight, "weight"))
  }
}

/// x where x > 0, else a x: with `training` 1 an a for each element, uniform in [low, high), from `generator`, which may be
/// NULL for the default one; with 0 their mean.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_rrelu)
public func tw_tensor_rrelu(
  _ input: tw_tensor_t?, _ low: Double, _ high: Double, _ training: Int32, _ generator: tw_generator_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").rrelu(
      lower: low, upper: high, training: training != 0, generator: asGenerator(generator))
  }
}

/// Sets whole channels of [N, C, ...] to 0 with probability `p` and divides the others by 1 - p; nothing unless `training`
/// is 1. `generator` may be NULL for the default one.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_feature_dropout)
public func tw_tensor_feature_dropout(
  _ input: tw_tensor_t?, _ p: Double, _ training: Int32, _ generator: tw_generator_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").featureDropout(p, training: training != 0, generator: asGenerator(generator))
  }
}

/// Sets elements, or with `whole_channels` 1 channels of [N, C, ...], to the negative limit of SELU with probability `p`,
/// then scales and shifts so that mean 0 and variance 1 stay; nothing unless `training` is 1. `generator` may be NULL.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_alpha_dropout)
public func tw_tensor_alpha_dropout(
  _ input: tw_tensor_t?, _ p: Double, _ training: Int32, _ whole_channels: Int32,
  _ generator: tw_generator_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").alphaDropout(
      p, training: training != 0, wholeChannels: whole_channels != 0, generator: asGenerator(generator))
  }
}

/// The sum over i and j of a_i weight_kij b_j, plus bias_k, for a [..., I], b [..., J] and weight [K, I, J]. `bias` [K] may
/// be NULL.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_bilinear)
public func tw_tensor_bilinear(
  _ input1: tw_tensor_t?, _ input2: tw_tensor_t?, _ weight: tw_tensor_t?, _ bias: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input1, "input1").bilinear(
      asTensor(input2, "input2"), asTensor(weight, "weight"), asOptionalTensor(bias, "bias"))
  }
}

/// x [N, C, ...] with other sizes behind the channels: those of `size`, one a dimension or one for all, or, if `rank` is 0,
/// the scales times as large. Of the scales those that are not 0 count, in order: one for all dimensions, or one for each.
/// `interpolation` is TW_INTERPOLATE_...; with `align_corners` 1 first and last elements, rather than edges, fall on each
/// other.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_interpolate)
public func tw_tensor_interpolate(
  _ input: tw_tensor_t?, _ size: UnsafePointer<Int64>?, _ rank: UInt, _ scale_depth: Double,
  _ scale_height: Double, _ scale_width: Double, _ interpolation: Int32, _ align_corners: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").resized(
      to: asDims(size, rank, "size"), scales: [scale_depth, scale_height, scale_width].filter { $0 != 0 },
      mode: InterpolationMode(asInterpolation(interpolation)), alignsCorners: align_corners != 0)
  }
}

/// [..., C r^2, H, W] to [..., C, H r, W r]: each pixel's r^2 channels as a square of pixels.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_pixel_shuffle)
public func tw_tensor_pixel_shuffle(
  _ input: tw_tensor_t?, _ upscale_factor: Int64, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").pixelShuffle(Int(upscale_factor))
  }
}

/// [..., C, H r, W r] to [..., C r^2, H, W]: undoes tw_tensor_pixel_shuffle.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_pixel_unshuffle)
public func tw_tensor_pixel_unshuffle(
  _ input: tw_tensor_t?, _ downscale_factor: Int64, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").pixelUnshuffle(Int(downscale_factor))
  }
}

/// The channels of `groups` groups of [N, C, ...], taken in turn.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_channel_shuffle)
public func tw_tensor_channel_shuffle(
  _ input: tw_tensor_t?, _ groups: Int64, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(input, "input").channelShuffle(Int(groups)) }
}

/// PyTorch's word for TW_INTERPOLATE_...
func asInterpolation(_ value: Int32, _ function: StaticString = #function) throws(ThalwegError) -> String {
  guard InterpolationMode.words.indices.contains(Int(value)) else {
    throw ThalwegError(
      .invalidArgument,
      "\(bareName(function)): mode \(value) does not exist; TW_INTERPOLATE_NEAREST (0) to _AREA (6) do")
  }
  return InterpolationMode.words[Int(value)]
}
