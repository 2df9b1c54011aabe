/// pixel_shuffle(x, r): [..., C r², H, W] to [..., C, H r, W r], each pixel's r² channels to a square (Shi et al. 2016,
/// "Real-time single image and video super-resolution"); pixel_unshuffle undoes it.
/// channel_shuffle(x, g): [N, C, ...] with the channels of g groups taken in turn (Zhang et al. 2018, "ShuffleNet").
/// Derivative: by way of their parts.
extension Tensor {
  /// - Throws: `.shape` unless the channels are divisible by the factor's square.
  public func pixelShuffle(_ factor: Int) throws(ThalwegError) -> Tensor {
    guard rank >= 3, factor >= 1, factor < 1 << 16, shape[rank - 3] % (factor * factor) == 0 else {
      throw ThalwegError(
        .shape, "pixel_shuffle: an input of \(shape) has no \(factor) x \(factor) channels for each pixel")
    }
    let (c, h, w) = (shape[rank - 3] / (factor * factor), shape[rank - 2], shape[rank - 1])
    let lead = Dims(shape.dropLast(3))
    let n = lead.product
    return try reshape([n, c, factor, factor, h, w]).permute([0, 1, 4, 2, 5, 3])
      .reshape(Dims(Array(lead) + [c, h * factor, w * factor]))
  }

  /// - Throws: `.shape` unless height and width are divisible by the factor.
  public func pixelUnshuffle(_ factor: Int) throws(ThalwegError) -> Tensor {
    guard rank >= 3, factor >= 1, factor < 1 << 16, shape[rank - 2] % factor == 0,
      shape[rank - 1] % factor == 0
    else {
      throw ThalwegError(
        .shape, "pixel_unshuffle: an input of \(shape) is not made of squares of \(factor) x \(factor) pixels"
      )
    }
    let (c, h, w) = (shape[rank - 3], shape[rank - 2] / factor, shape[rank - 1] / factor)
    let lead = Dims(shape.dropLast(3))
    let n = lead.product
    return try reshape([n, c, h, factor, w, factor]).permute([0, 1, 3, 5, 2, 4])
      .reshape(Dims(Array(lead) + [c * factor * factor, h, w]))
  }

  /// - Throws: `.shape` unless the groups divide the channels.
  public func channelShuffle(_ groups: Int) throws(ThalwegError) -> Tensor {
    guard rank >= 2, groups >= 1, shape[1] % groups == 0 else {
      throw ThalwegError(.shape, "channel_shuffle: an input of \(shape) has no \(groups) groups of channels")
    }
    let places = Dims(shape.dropFirst(2)).product
    return try reshape([shape[0], groups, shape[1] / groups, places]).transpose(1, 2).reshape(shape)
  }
}
