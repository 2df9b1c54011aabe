public import ThalwegCore

/// Each pixel's factor² channels as a square of pixels.
/// Shape: [..., C factor², H, W] to [..., C, H factor, W factor].
public final class PixelShuffle: Module, DescribedLayer {
  public let factor: Int

  public init(_ factor: Int) {
    self.factor = factor
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.pixelShuffle(factor)
  }

  package var options: LayerOptions { ["upscale_factor": .int(factor)] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try PixelShuffle(options.size("upscale_factor"))
  }
}

/// Undoes `PixelShuffle`.
/// Shape: [..., C, H factor, W factor] to [..., C factor², H, W].
public final class PixelUnshuffle: Module, DescribedLayer {
  public let factor: Int

  public init(_ factor: Int) {
    self.factor = factor
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.pixelUnshuffle(factor)
  }

  package var options: LayerOptions { ["downscale_factor": .int(factor)] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try PixelUnshuffle(options.size("downscale_factor"))
  }
}

/// The channels of some groups, taken in turn.
/// Shape: [N, C, ...], the same.
public final class ChannelShuffle: Module, DescribedLayer {
  public let groups: Int

  public init(_ groups: Int) {
    self.groups = groups
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.channelShuffle(groups)
  }

  package var options: LayerOptions { ["groups": .int(groups)] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try ChannelShuffle(options.size("groups"))
  }
}
