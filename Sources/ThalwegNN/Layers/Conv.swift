public import ThalwegCore

/// Filters sliding over sequences, images or volumes: `weight` [out, in / groups, kernel...] and `bias` [out].
/// Shape: [N, in, ...] to [N, out, ...], or both without N; each size L behind the channels becomes
/// ⌊(L + padding before and behind - dilation (kernel - 1) - 1) / stride⌋ + 1.
public class ConvLayer: ConvolutionLayer {
  /// - Parameters:
  ///   - kernel: one number, or one for each direction; as well `stride` and `dilation`.
  ///   - paddingMode: what stands in the padding; constants are zeros.
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

  public override final func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    let (weight, bias) = (try requiredParameter("weight"), parameter("bias"))
    let (x, room) = try padded(input)
    switch Self.directions {
    case 1:
      return try x.conv1d(weight, bias, stride: stride, padding: room, dilation: dilation, groups: groups)
    case 2:
      return try x.conv2d(weight, bias, stride: stride, padding: room, dilation: dilation, groups: groups)
    default:
      return try x.conv3d(weight, bias, stride: stride, padding: room, dilation: dilation, groups: groups)
    }
  }
}

/// `ConvLayer` of sequences [N, in, L].
public final class Conv1d: ConvLayer {
  package override class var directions: Int { 1 }
}

/// `ConvLayer` of images [N, in, H, W].
public final class Conv2d: ConvLayer {}

/// `ConvLayer` of volumes [N, in, D, H, W].
public final class Conv3d: ConvLayer {
  package override class var directions: Int { 3 }
}
