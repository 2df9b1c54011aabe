public import ThalwegCore

/// The largest element of each window.
/// Shape: [N, C, H, W] to [N, C, H', W'], or both without N;
/// H' = ⌊(H + 2 padding - dilation (kernel height - 1) - 1) / stride⌋ + 1, with ⌈⌉ for `ceilMode`.
public final class MaxPool2d: Module {
  /// Height and width, or one number for both.
  public let kernel: Dims
  public let stride: Dims
  public let padding: Dims
  public let dilation: Dims
  public let ceilMode: Bool

  /// - Parameter stride: nothing stands for the kernel.
  /// - Throws: `.invalidArgument` for numbers out of range.
  public init(
    _ kernel: Dims, stride: Dims = [], padding: Dims = [0], dilation: Dims = [1], ceilMode: Bool = false
  ) throws(ThalwegError) {
    let stride = stride.isEmpty ? kernel : stride
    _ = try windowPair(kernel, "kernel_size", atLeast: 1, in: "MaxPool2d")
    _ = try windowPair(stride, "stride", atLeast: 1, in: "MaxPool2d")
    _ = try windowPair(padding, "padding", atLeast: 0, in: "MaxPool2d")
    _ = try windowPair(dilation, "dilation", atLeast: 1, in: "MaxPool2d")
    (self.kernel, self.stride, self.padding, self.dilation) = (kernel, stride, padding, dilation)
    self.ceilMode = ceilMode
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.maxPool2d(kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }
}

extension MaxPool2d: DescribedLayer {
  package var options: LayerOptions {
    [
      "kernel_size": .ints(Array(kernel)), "stride": .ints(Array(stride)), "padding": .ints(Array(padding)),
      "dilation": .ints(Array(dilation)), "ceil_mode": .bool(ceilMode),
    ]
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try MaxPool2d(
      options.dims("kernel_size", 1...2), stride: options.dims("stride", 1...2),
      padding: options.dims("padding", 1...2), dilation: options.dims("dilation", 1...2),
      ceilMode: options.bool("ceil_mode"))
  }
}
