public import ThalwegCore

/// What the layers with a sliding window share. Numbers are one, or one for each direction: height and width, or depth,
/// height and width.
public class PoolingLayer: Module {
  public let kernel: Dims
  public let stride: Dims
  public let padding: Dims
  public let ceilMode: Bool

  /// Of the input [N, C, ...], behind the channels.
  package class var directions: Int { 1 }

  /// - Parameter stride: nothing stands for the kernel.
  init(
    window kernel: Dims, _ stride: Dims, _ padding: Dims, _ ceilMode: Bool
  ) throws(ThalwegError) {
    self.kernel = kernel
    self.stride = stride.isEmpty ? kernel : stride
    (self.padding, self.ceilMode) = (padding, ceilMode)
    super.init()
    _ = try Self.numbers(kernel, "kernel_size", atLeast: 1)
    _ = try Self.numbers(self.stride, "stride", atLeast: 1)
    _ = try Self.numbers(padding, "padding", atLeast: 0)
  }

  static func numbers(
    _ value: Dims, _ name: StaticString, atLeast least: Int
  ) throws(ThalwegError) -> Dims {
    try windowNumbers(value, name, atLeast: least, directions: directions, in: "\(self)")
  }

  /// As a model file has them.
  final var windowOptions: [(name: String, value: LayerOption)] {
    [
      ("kernel_size", .ints(Array(kernel))), ("stride", .ints(Array(stride))),
      ("padding", .ints(Array(padding))), ("ceil_mode", .bool(ceilMode)),
    ]
  }

  /// A number a direction, or one for all, from a model file.
  static func window(_ options: LayerOptions, _ name: String) throws(ThalwegError) -> Dims {
    try options.dims(name, 1...directions)
  }
}
