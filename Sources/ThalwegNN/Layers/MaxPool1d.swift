public import ThalwegCore

/// The largest element of each window of sequences.
/// Shape: [N, C, L] to [N, C, L'], or both without N;
/// L' = ⌊(L + 2 padding - dilation (kernel - 1) - 1) / stride⌋ + 1, with ⌈⌉ for `ceilMode`.
public final class MaxPool1d: PoolingLayer {
  public let dilation: Dims

  package override class var isLine: Bool { true }

  /// - Parameters:
  ///   - kernel: one number; as well `stride`, `padding` and `dilation`.
  ///   - stride: nothing stands for the kernel.
  /// - Throws: `.invalidArgument` for numbers out of range.
  public init(
    _ kernel: Dims, stride: Dims = [], padding: Dims = [0], dilation: Dims = [1], ceilMode: Bool = false
  ) throws(ThalwegError) {
    _ = try windowPair(dilation, "dilation", atLeast: 1, isLine: Self.isLine, in: "MaxPool1d")
    self.dilation = dilation
    try super.init(kernel, stride, padding, ceilMode, in: "MaxPool1d")
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.maxPool1d(
      kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }
}

extension MaxPool1d: DescribedLayer {
  package var options: LayerOptions { LayerOptions(windowOptions + [("dilation", .ints(Array(dilation)))]) }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try MaxPool1d(
      options.dims("kernel_size", 1...1), stride: options.dims("stride", 1...1),
      padding: options.dims("padding", 1...1), dilation: options.dims("dilation", 1...1),
      ceilMode: options.bool("ceil_mode"))
  }
}
