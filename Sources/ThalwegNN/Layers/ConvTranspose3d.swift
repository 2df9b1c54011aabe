public import ThalwegCore

/// Filters that each voxel adds to a window of a larger volume: `weight` [in, out / groups, kernel depth, kernel height,
/// kernel width]
/// and `bias` [out].
/// Shape: [N, in, D, H, W] to [N, out, D', H', W'], or both without N;
/// H' = (H - 1) stride - 2 padding + dilation (kernel height - 1) + output padding + 1.
public final class ConvTranspose3d: ConvolutionLayer {
  package override class var directions: Int { 3 }
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

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.convTranspose3d(
      requiredParameter("weight"), parameter("bias"), stride: stride,
      padding: [padding[0], padding[1], padding[2]], outputPadding: outputPadding, groups: groups,
      dilation: dilation)
  }
}
