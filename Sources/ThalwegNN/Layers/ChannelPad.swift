public import ThalwegCore

/// Every `stride`-th pixel, with channels of zeros before and behind: a shortcut without parameters (option A of He et al.
/// 2016, "Deep residual learning for image recognition").
/// Shape: [N, in, H, W] to [N, out, ⌈H / stride⌉, ⌈W / stride⌉].
public final class ChannelPad: Module, DescribedLayer {
  public let inputChannels: Int
  public let outputChannels: Int
  public let stride: Int

  /// - Throws: `.invalidArgument` for numbers below 1, or fewer channels than there are.
  public init(_ inputChannels: Int, _ outputChannels: Int, stride: Int = 1) throws(ThalwegError) {
    (self.inputChannels, self.outputChannels, self.stride) = (inputChannels, outputChannels, stride)
    super.init()
    try Self.require(
      inputChannels >= 1 && outputChannels >= inputChannels && stride >= 1,
      "from \(inputChannels) to \(outputChannels) channels with stride \(stride); there must be at least as many, and 1"
    )
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try Self.require(input, rank: 4...4)
    let extra = outputChannels - inputChannels
    return try input.slice(2, 0, input.shape[2], step: stride).slice(3, 0, input.shape[3], step: stride)
      .pad([0, 0, 0, 0, extra / 2, extra - extra / 2])
  }

  package var options: LayerOptions {
    ["in_channels": .int(inputChannels), "out_channels": .int(outputChannels), "stride": .int(stride)]
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try ChannelPad(
      options.size("in_channels"), options.size("out_channels"), stride: options.size("stride"))
  }
}
