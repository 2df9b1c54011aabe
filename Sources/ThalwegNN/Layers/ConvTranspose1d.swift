public import ThalwegCore

/// Filters that each element adds to a window of a longer sequence: `weight` [in, out / groups, kernel] and `bias` [out].
/// Shape: [N, in, L] to [N, out, L'], or both without N;
/// L' = (L - 1) stride - 2 padding + dilation (kernel - 1) + output padding + 1.
public final class ConvTranspose1d: ConvolutionLayer {
  package override class var directions: Int { 1 }
  package override class var isTransposed: Bool { true }

  /// - Parameters:
  ///   - kernel: one number; as well `stride`, `padding`, `outputPadding` and `dilation`.
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

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.convTranspose1d(
      requiredParameter("weight"), parameter("bias"), stride: stride,
      padding: [padding[0]], outputPadding: outputPadding, groups: groups, dilation: dilation)
  }
}
