public import ThalwegCore

/// The average of each window.
/// Shape: [N, C, ...] to the same with other sizes behind the channels, or both without N; each size L becomes
/// ⌊(L + 2 padding - kernel) / stride⌋ + 1, with ⌈⌉ for `ceilMode`.
public class AvgPoolLayer: PoolingLayer {
  /// Whether places in the padding count, as zeros.
  public let countsPadding: Bool
  /// What the sums are divided by, instead of their counts; none of sequences.
  public let divisor: Int?

  package required init(
    kernel: Dims, _ stride: Dims, _ padding: Dims, _ ceilMode: Bool, countsPadding: Bool, divisor: Int?
  ) throws(ThalwegError) {
    (self.countsPadding, self.divisor) = (countsPadding, divisor)
    try super.init(window: kernel, stride, padding, ceilMode)
    try Self.require(divisor != 0, "divisor_override is 0; leave it out or give another number")
  }

  public override final func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    switch Self.directions {
    case 1:
      try input.avgPool1d(
        kernel, stride: stride, padding: padding, ceilMode: ceilMode, countsPadding: countsPadding)
    case 2:
      try input.avgPool2d(
        kernel, stride: stride, padding: padding, ceilMode: ceilMode, countsPadding: countsPadding,
        divisor: divisor)
    default:
      try input.avgPool3d(
        kernel, stride: stride, padding: padding, ceilMode: ceilMode, countsPadding: countsPadding,
        divisor: divisor)
    }
  }
}

extension AvgPoolLayer: DescribedLayer {
  /// A divisor of 0 stands for none.
  package var options: LayerOptions {
    var pairs = windowOptions + [("count_include_pad", .bool(countsPadding))]
    if Self.directions > 1 { pairs.append(("divisor_override", .int(divisor ?? 0))) }
    return LayerOptions(pairs)
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    let divisor = directions > 1 ? try options.int("divisor_override") : 0
    return try Self(
      kernel: window(options, "kernel_size"), window(options, "stride"), window(options, "padding"),
      options.bool("ceil_mode"), countsPadding: options.bool("count_include_pad"),
      divisor: divisor == 0 ? nil : divisor)
  }
}

/// `AvgPoolLayer` of sequences [N, C, L].
public final class AvgPool1d: AvgPoolLayer {
  /// - Parameters:
  ///   - kernel: one number; as well `stride` and `padding`.
  ///   - stride: nothing stands for the kernel.
  /// - Throws: `.invalidArgument` for numbers out of range.
  public convenience init(
    _ kernel: Dims, stride: Dims = [], padding: Dims = [0], ceilMode: Bool = false,
    countsPadding: Bool = true
  ) throws(ThalwegError) {
    try self.init(
      kernel: kernel, stride, padding, ceilMode, countsPadding: countsPadding, divisor: nil)
  }
}

/// `AvgPoolLayer` of images [N, C, H, W].
public final class AvgPool2d: AvgPoolLayer {
  package override class var directions: Int { 2 }

  /// - Parameters:
  ///   - kernel: one number, or one for height and one for width; as well `stride` and `padding`.
  ///   - stride: nothing stands for the kernel.
  /// - Throws: `.invalidArgument` for numbers out of range.
  public convenience init(
    _ kernel: Dims, stride: Dims = [], padding: Dims = [0], ceilMode: Bool = false,
    countsPadding: Bool = true, divisor: Int? = nil
  ) throws(ThalwegError) {
    try self.init(
      kernel: kernel, stride, padding, ceilMode, countsPadding: countsPadding, divisor: divisor)
  }
}

/// `AvgPoolLayer` of volumes [N, C, D, H, W].
public final class AvgPool3d: AvgPoolLayer {
  package override class var directions: Int { 3 }

  /// - Parameters:
  ///   - kernel: one number, or one for depth, one for height and one for width; as well `stride` and `padding`.
  ///   - stride: nothing stands for the kernel.
  /// - Throws: `.invalidArgument` for numbers out of range.
  public convenience init(
    _ kernel: Dims, stride: Dims = [], padding: Dims = [0], ceilMode: Bool = false,
    countsPadding: Bool = true, divisor: Int? = nil
  ) throws(ThalwegError) {
    try self.init(
      kernel: kernel, stride, padding, ceilMode, countsPadding: countsPadding, divisor: divisor)
  }
}
