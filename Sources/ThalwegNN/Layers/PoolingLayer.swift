public import ThalwegCore

/// What the layers with a sliding window share. Numbers are one, or for images one for height and one for width.
public class PoolingLayer: Module {
  public let kernel: Dims
  public let stride: Dims
  public let padding: Dims
  public let ceilMode: Bool

  /// Whether it is for sequences [N, C, L] rather than images [N, C, H, W].
  package class var isLine: Bool { false }

  /// - Parameter stride: nothing stands for the kernel.
  init(
    _ kernel: Dims, _ stride: Dims, _ padding: Dims, _ ceilMode: Bool, in name: StaticString
  ) throws(ThalwegError) {
    let (stride, isLine) = (stride.isEmpty ? kernel : stride, Self.isLine)
    _ = try windowPair(kernel, "kernel_size", atLeast: 1, isLine: isLine, in: name)
    _ = try windowPair(stride, "stride", atLeast: 1, isLine: isLine, in: name)
    _ = try windowPair(padding, "padding", atLeast: 0, isLine: isLine, in: name)
    (self.kernel, self.stride, self.padding, self.ceilMode) = (kernel, stride, padding, ceilMode)
    super.init()
  }

  /// As a model file has them.
  final var windowOptions: [(name: String, value: LayerOption)] {
    [
      ("kernel_size", .ints(Array(kernel))), ("stride", .ints(Array(stride))),
      ("padding", .ints(Array(padding))), ("ceil_mode", .bool(ceilMode)),
    ]
  }
}
