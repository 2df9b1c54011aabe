public import ThalwegCore

/// Each channel of each sample with mean 0 and variance 1, times `weight`, plus `bias`; in evaluation by the running
/// statistics, if they are tracked (Ulyanov et al. 2016, "Instance normalization").
/// Shape: [N, C, ...], or [C, ...] for one sample; the same.
public class InstanceNorm: RunningNorm {
  /// - Throws: `.invalidArgument` for numbers out of range, `.dtype` unless float, `.outOfMemory`.
  public convenience init(
    _ channels: Int, epsilon: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = false,
    tracksStatistics: Bool = false, dtype: DType = .float32
  ) throws(ThalwegError) {
    try self.init(
      withoutTensors: channels, epsilon: epsilon, momentum: momentum, affine: affine,
      tracksStatistics: tracksStatistics)
    try makeTensors(dtype)
  }

  public override final func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try Self.require(input, rank: Self.ranks)
    if input.rank == Self.ranks.lowerBound { return try normalize(input.unsqueeze(0)).squeeze([0]) }
    return try normalize(input)
  }

  private func normalize(_ batch: Tensor) throws(ThalwegError) -> Tensor {
    try batch.instanceNorm(
      buffer("running_mean"), buffer("running_var"), parameter("weight"), parameter("bias"),
      usesInputStatistics: isTraining || !tracksStatistics, momentum: momentum ?? 0, epsilon: epsilon)
  }
}

/// `InstanceNorm` of sequences [N, C, L] or [C, L].
public final class InstanceNorm1d: InstanceNorm {
  package override class var ranks: ClosedRange<Int> { 2...3 }
}

/// `InstanceNorm` of images [N, C, H, W] or [C, H, W].
public final class InstanceNorm2d: InstanceNorm {
  package override class var ranks: ClosedRange<Int> { 3...4 }
}

/// `InstanceNorm` of volumes [N, C, D, H, W] or [C, D, H, W].
public final class InstanceNorm3d: InstanceNorm {
  package override class var ranks: ClosedRange<Int> { 4...5 }
}
