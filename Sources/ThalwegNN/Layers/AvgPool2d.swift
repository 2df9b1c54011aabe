public import ThalwegCore

/// The average of each window of images.
/// Shape: [N, C, H, W] to [N, C, H', W'], or both without N;
/// H' = ⌊(H + 2 padding - kernel height) / stride⌋ + 1, with ⌈⌉ for `ceilMode`.
public final class AvgPool2d: PoolingLayer {
  /// Whether places in the padding count, as zeros.
  public let countsPadding: Bool
  /// What the sums are divided by, instead of their counts.
  public let divisor: Int?

  /// - Parameters:
  ///   - kernel: one number, or one for height and one for width; as well `stride` and `padding`.
  ///   - stride: nothing stands for the kernel.
  /// - Throws: `.invalidArgument` for numbers out of range.
  public init(
    _ kernel: Dims, stride: Dims = [], padding: Dims = [0], ceilMode: Bool = false,
    countsPadding: Bool = true, divisor: Int? = nil
  ) throws(ThalwegError) {
    guard divisor != 0 else {
      throw ThalwegError(
        .invalidArgument, "AvgPool2d: divisor_override is 0; leave it out or give another number")
    }
    (self.countsPadding, self.divisor) = (countsPadding, divisor)
    try super.init(kernel, stride, padding, ceilMode, in: "AvgPool2d")
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
    LayerOptions(
      windowOptions + [("count_include_pad", .bool(countsPadding)), ("divisor_override", .int(divisor ?? 0))])
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    let divisor = try options.int("divisor_override")
    return try AvgPool2d(
      options.dims("kernel_size", 1...2), stride: options.dims("stride", 1...2),
      padding: options.dims("padding", 1...2), ceilMode: options.bool("ceil_mode"),
      countsPadding: options.bool("count_include_pad"),
      divisor: divisor == 0 ? nil : divisor)
  }
}
