public import ThalwegCore

/// The largest element of each window.
/// Shape: [N, C, ...] to the same with other sizes behind the channels, or both without N; each size L becomes
/// ⌊(L + 2 padding - dilation (kernel - 1) - 1) / stride⌋ + 1, with ⌈⌉ for `ceilMode`.
public class MaxPoolLayer: PoolingLayer {
  public let dilation: Dims

  package required init(
    kernel: Dims, _ stride: Dims, _ padding: Dims, dilation: Dims, _ ceilMode: Bool
  ) throws(ThalwegError) {
    self.dilation = dilation
    try super.init(window: kernel, stride, padding, ceilMode)
    _ = try Self.numbers(dilation, "dilation", atLeast: 1)
  }

  /// - Parameters:
  ///   - kernel: one number, or one for each direction; as well `stride`, `padding` and `dilation`.
  ///   - stride: nothing stands for the kernel.
  /// - Throws: `.invalidArgument` for numbers out of range.
  public convenience init(
    _ kernel: Dims, stride: Dims = [], padding: Dims = [0], dilation: Dims = [1], ceilMode: Bool = false
  ) throws(ThalwegError) {
    try self.init(kernel: kernel, stride, padding, dilation: dilation, ceilMode)
  }

  public override final func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    switch Self.directions {
    case 1:
      try input.maxPool1d(kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    case 2:
      try input.maxPool2d(kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    default:
      try input.maxPool3d(kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }
  }
}

extension MaxPoolLayer: DescribedLayer {
  package var options: LayerOptions { LayerOptions(windowOptions + [("dilation", .ints(Array(dilation)))]) }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try Self(
      kernel: window(options, "kernel_size"), window(options, "stride"), window(options, "padding"),
      dilation: window(options, "dilation"), options.bool("ceil_mode"))
  }
}

/// `MaxPoolLayer` of sequences [N, C, L].
public final class MaxPool1d: MaxPoolLayer {}

/// `MaxPoolLayer` of images [N, C, H, W].
public final class MaxPool2d: MaxPoolLayer {
  package override class var directions: Int { 2 }
}

/// `MaxPoolLayer` of volumes [N, C, D, H, W].
public final class MaxPool3d: MaxPoolLayer {
  package override class var directions: Int { 3 }
}
