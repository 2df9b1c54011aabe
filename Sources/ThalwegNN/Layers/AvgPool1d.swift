public import ThalwegCore

/// The average of each window of sequences.
/// Shape: [N, C, L] to [N, C, L'], or both without N;
/// L' = ⌊(L + 2 padding - kernel) / stride⌋ + 1, with ⌈⌉ for `ceilMode`.
public final class AvgPool1d: PoolingLayer {
  /// Whether places in the padding count, as zeros.
  public let countsPadding: Bool

  package override class var isLine: Bool { true }

  /// - Parameters:
  ///   - kernel: one number; as well `stride` and `padding`.
  ///   - stride: nothing stands for the kernel.
  /// - Throws: `.invalidArgument` for numbers out of range.
  public init(
    _ kernel: Dims, stride: Dims = [], padding: Dims = [0], ceilMode: Bool = false,
    countsPadding: Bool = true
  ) throws(ThalwegError) {
    self.countsPadding = countsPadding
    try super.init(kernel, stride, padding, ceilMode, in: "AvgPool1d")
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.avgPool1d(
      kernel, stride: stride, padding: padding, ceilMode: ceilMode, countsPadding: countsPadding)
  }
}

extension AvgPool1d: DescribedLayer {
  package var options: LayerOptions {
    LayerOptions(windowOptions + [("count_include_pad", .bool(countsPadding))])
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try AvgPool1d(
      options.dims("kernel_size", 1...1), stride: options.dims("stride", 1...1),
      padding: options.dims("padding", 1...1), ceilMode: options.bool("ceil_mode"),
      countsPadding: options.bool("count_include_pad"))
  }
}
