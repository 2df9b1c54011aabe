public import ThalwegCore

/// The largest element of each window of images.
/// Shape: [N, C, H, W] to [N, C, H', W'], or both without N;
/// H' = ⌊(H + 2 padding - dilation (kernel height - 1) - 1) / stride⌋ + 1, with ⌈⌉ for `ceilMode`.
public final class MaxPool2d: PoolingLayer {
  public let dilation: Dims

  /// - Parameters:
  ///   - kernel: one number, or one for height and one for width; as well `stride`, `padding` and `dilation`.
  ///   - stride: nothing stands for the kernel.
  /// - Throws: `.invalidArgument` for numbers out of range.
  public init(
    _ kernel: Dims, stride: Dims = [], padding: Dims = [0], dilation: Dims = [1], ceilMode: Bool = false
  ) throws(ThalwegError) {
    _ = try windowPair(dilation, "dilation", atLeast: 1, isLine: Self.isLine, in: "MaxPool2d")
    self.dilation = dilation
    try super.init(kernel, stride, padding, ceilMode, in: "MaxPool2d")
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.maxPool2d(
      kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }
}

extension MaxPool2d: DescribedLayer {
  package var options: LayerOptions { LayerOptions(windowOptions + [("dilation", .ints(Array(dilation)))]) }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try MaxPool2d(
      options.dims("kernel_size", 1...2), stride: options.dims("stride", 1...2),
      padding: options.dims("padding", 1...2), dilation: options.dims("dilation", 1...2),
      ceilMode: options.bool("ceil_mode"))
  }
}
