public import ThalwegCore

/// Filters sliding over images: `weight` [out, in / groups, kernel height, kernel width] and `bias` [out].
/// Shape: [N, in, H, W] to [N, out, H', W'], or both without N;
/// H' = ⌊(H + padding before and behind - dilation (kernel height - 1) - 1) / stride⌋ + 1.
public final class Conv2d: ConvolutionLayer {
  /// - Parameter kernel: one number, or one for height and one for width; as well `stride` and `dilation`.
  /// - Throws: `.invalidArgument` for numbers out of range, groups that do not divide the channels, or `same` with a
  ///   stride; `.dtype` unless float; `.outOfMemory`.
  public convenience init(
    _ inputChannels: Int, _ outputChannels: Int, kernel: Dims, stride: Dims = [1], padding: Padding = .valid,
    dilation: Dims = [1], groups: Int = 1, bias: Bool = true, paddingMode: PadMode = .constant,
    dtype: DType = .float32, generator: Generator = .default
  ) throws(ThalwegError) {
    try self.init(
      withoutParameters: inputChannels, outputChannels, kernel: kernel, stride: stride, padding: padding,
      outputPadding: [0], dilation: dilation, groups: groups, paddingMode: paddingMode)
    try makeParameters(bias: bias, dtype, generator)
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    let (x, room) = try padded(input)
    return try x.conv2d(
      requiredParameter("weight"), parameter("bias"), stride: stride, padding: room, dilation: dilation,
      groups: groups)
  }
}
