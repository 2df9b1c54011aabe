public import ThalwegCore

/// Filters that each element adds to a window of a longer sequence, a larger image or volume: `weight` [in, out / groups,
/// kernel...] and `bias` [out].
/// Shape: [N, in, ...] to [N, out, ...], or both without N; each size L behind the channels becomes
/// (L - 1) stride - 2 padding + dilation (kernel - 1) + output padding + 1.
public class ConvTransposeLayer: ConvolutionLayer {
  package override class var isTransposed: Bool { true }

  /// - Parameters:
  ///   - kernel: one number, or one for each direction; as well `stride`, `padding`, `outputPadding` and `dilation`.
  ///   - padding: what is taken off on all sides.
  ///   - outputPadding: what is added behind; smaller than stride or dilation.
  /// - Throws: `.invalidArgument` for numbers out of range, or groups that do not divide the channels; `.dtype` unless
  ///   float; `.outOfMemory`.
  public convenience init(
    _ inputChannels: Int, _ outputChannels: Int, kernel: Dims, stride: Dims = [1], padding: Dims = [0],
    outputPadding: Dims = [0], groups: Int = 1, bias: Bool = true, dilation: Dims = [1],
    dtype: DType = .float32, generator: Generator = .default
  ) throws(ThalwegError) {
    try self.init(
      withoutParameters: inputChannels, outputChannels, kernel: kernel, stride: stride,
      padding: .zeros(padding), outputPadding: outputPadding, dilation: dilation, groups: groups)
    try makeParameters(bias: bias, dtype, generator)
  }

  public override final func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    let (weight, bias) = (try requiredParameter("weight"), parameter("bias"))
    let off = Dims(padding.prefix(Self.directions))
    switch Self.directions {
    case 1:
      return try input.convTranspose1d(
        weight, bias, stride: stride, padding: off, outputPadding: outputPadding, groups: groups,
        dilation: dilation)
    case 2:
      return try input.convTranspose2d(
        weight, bias, stride: stride, padding: off, outputPadding: outputPadding, groups: groups,
        dilation: dilation)
    default:
      return try input.convTranspose3d(
        weight, bias, stride: stride, padding: off, outputPadding: outputPadding, groups: groups,
        dilation: dilation)
    }
  }
}

/// `ConvTransposeLayer` of sequences [N, in, L].
public final class ConvTranspose1d: ConvTransposeLayer {
  package override class var directions: Int { 1 }
}

/// `ConvTransposeLayer` of images [N, in, H, W].
public final class ConvTranspose2d: ConvTransposeLayer {}

/// `ConvTransposeLayer` of volumes [N, in, D, H, W].
public final class ConvTranspose3d: ConvTransposeLayer {
  package override class var directions: Int { 3 }
}
