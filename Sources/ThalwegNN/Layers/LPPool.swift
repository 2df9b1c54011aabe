public import ThalwegCore

/// (Σ x^p)^(1/p) over each window: the sum for p = 1, near the largest for large p.
/// Shape: as the average poolings without padding.
public class LPPoolLayer: PoolingLayer {
  public let normType: Double

  package required init(
    norm: Double, kernel: Dims, _ stride: Dims, _ ceilMode: Bool
  ) throws(ThalwegError) {
    normType = norm
    try super.init(window: kernel, stride, [0], ceilMode)
  }

  /// - Parameters:
  ///   - normType: p.
  ///   - kernel: one number, or one for each direction; as well `stride`.
  ///   - stride: nothing stands for the kernel.
  /// - Throws: `.invalidArgument` for numbers out of range.
  public convenience init(
    _ normType: Double, _ kernel: Dims, stride: Dims = [], ceilMode: Bool = false
  ) throws(ThalwegError) {
    try self.init(norm: normType, kernel: kernel, stride, ceilMode)
  }

  public override final func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    let kernel = try Self.numbers(kernel, "kernel_size", atLeast: 1)
    return try input.lpPool(normType, kernel, stride: stride, ceilMode: ceilMode)
  }
}

extension LPPoolLayer: DescribedLayer {
  package var options: LayerOptions {
    [
      "norm_type": .double(normType), "kernel_size": .ints(Array(kernel)), "stride": .ints(Array(stride)),
      "ceil_mode": .bool(ceilMode),
    ]
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try Self(
      norm: options.double("norm_type"), kernel: window(options, "kernel_size"), window(options, "stride"),
      options.bool("ceil_mode"))
  }
}

/// `LPPoolLayer` of sequences [N, C, L].
public final class LPPool1d: LPPoolLayer {}

/// `LPPoolLayer` of images [N, C, H, W].
public final class LPPool2d: LPPoolLayer {
  package override class var directions: Int { 2 }
}

/// `LPPoolLayer` of volumes [N, C, D, H, W].
public final class LPPool3d: LPPoolLayer {
  package override class var directions: Int { 3 }
}
