public import ThalwegCore

/// The average of each window.
/// Shape: [N, C, H, W] to [N, C, H', W'], or both without N; H' = ⌊(H + 2 padding - kernel height) / stride⌋ + 1, with
/// ⌈⌉ for `ceilMode`.
public final class AvgPool2d: Module {
  /// Height and width, or one number for both.
  public let kernel: Dims
  public let stride: Dims
  public let padding: Dims
  public let ceilMode: Bool
  /// Whether places in the padding count, as zeros.
  public let countsPadding: Bool
  /// What the sums are divided by, instead of their counts.
  public let divisor: Int?

  /// - Parameter stride: nothing stands for the kernel.
  /// - Throws: `.invalidArgument` for numbers out of range.
  public init(
    _ kernel: Dims, stride: Dims = [], padding: Dims = [0], ceilMode: Bool = false,
    countsPadding: Bool = true, divisor: Int? = nil
  ) throws(ThalwegError) {
    let stride = stride.isEmpty ? kernel : stride
    _ = try windowPair(kernel, "kernel_size", atLeast: 1, in: "AvgPool2d")
    _ = try windowPair(stride, "stride", atLeast: 1, in: "AvgPool2d")
    _ = try windowPair(padding, "padding", atLeast: 0, in: "AvgPool2d")
    guard divisor != 0 else {
      throw ThalwegError(
        .invalidArgument, "AvgPool2d: divisor_override is 0; leave it out or give another number")
    }
    (self.kernel, self.stride, self.padding) = (kernel, stride, padding)
    (self.ceilMode, self.countsPadding, self.divisor) = (ceilMode, countsPadding, divisor)
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.avgPool2d(
      kernel, stride: stride, padding: padding, ceilMode: ceilMode, countsPadding: countsPadding,
      divisor: divisor)
  }
}

extension AvgPool2d: DescribedLayer {
  /// A divisor of 0 stands for none.
  package var options: LayerOptions {
    [
      "kernel_size": .ints(Array(kernel)), "stride": .ints(Array(stride)), "padding": .ints(Array(padding)),
      "ceil_mode": .bool(ceilMode), "count_include_pad": .bool(countsPadding),
      "divisor_override": .int(divisor ?? 0),
    ]
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    let divisor = try options.int("divisor_override")
    return try AvgPool2d(
      options.dims("kernel_size", 1...2), stride: options.dims("stride", 1...2),
      padding: options.dims("padding", 1...2), ceilMode: options.bool("ceil_mode"),
      countsPadding: options.bool("count_include_pad"), divisor: divisor == 0 ? nil : divisor)
  }
}
