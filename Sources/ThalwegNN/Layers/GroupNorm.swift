public import ThalwegCore

/// Each of some groups of neighbouring channels with mean 0 and variance 1 in each sample, times `weight` [C], plus `bias`
/// [C] (Wu & He 2018, "Group normalization").
/// Shape: [N, C, ...], the same.
public final class GroupNorm: Module, DescribedLayer {
  public let groups: Int
  public let channels: Int
  public let epsilon: Double
  /// Whether there are parameters.
  public let isAffine: Bool

  /// - Throws: `.invalidArgument` for sizes below 1 or groups that do not divide the channels, `.dtype` unless float,
  ///   `.outOfMemory`.
  public convenience init(
    _ groups: Int, _ channels: Int, epsilon: Double = 1e-5, affine: Bool = true, dtype: DType = .float32
  ) throws(ThalwegError) {
    try self.init(withoutParameters: groups, channels, epsilon, affine)
    try Self.checkFloat(dtype)
    if affine {
      try addParameter("weight", [channels], dtype, filled: 1)
      try addParameter("bias", [channels], dtype, filled: 0)
    }
  }

  private init(
    withoutParameters groups: Int, _ channels: Int, _ epsilon: Double, _ affine: Bool
  ) throws(ThalwegError) {
    (self.groups, self.channels, self.epsilon, isAffine) = (groups, channels, epsilon, affine)
    super.init()
    try Self.require(
      groups >= 1 && channels >= 1 && channels % max(groups, 1) == 0,
      "\(channels) channels in \(groups) groups; both must be at least 1, and groups divide the channels")
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    guard input.rank >= 2, input.shape[1] == channels else {
      throw ThalwegError(
        .shape, "GroupNorm: the input has shape \(input.shape); it must be [N, \(channels), ...]")
    }
    return try input.groupNorm(groups, parameter("weight"), parameter("bias"), epsilon: epsilon)
  }

  package var options: LayerOptions {
    [
      "num_groups": .int(groups), "num_channels": .int(channels), "eps": .double(epsilon),
      "affine": .bool(isAffine),
    ]
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try GroupNorm(
      withoutParameters: options.size("num_groups"), options.size("num_channels"), options.double("eps"),
      options.bool("affine"))
  }
}
