public import ThalwegCore

/// Each channel with mean 0 and variance 1 over the batch, times `weight`, plus `bias`; in evaluation by the running
/// statistics, if they are tracked (Ioffe & Szegedy 2015, "Batch normalization").
/// Shape: [N, C, ...], the same.
public class BatchNorm: RunningNorm {
  /// - Parameter momentum: nil for running statistics that are means over all batches.
  /// - Throws: `.invalidArgument` for numbers out of range, `.dtype` unless float, `.outOfMemory`.
  public convenience init(
    _ channels: Int, epsilon: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true,
    tracksStatistics: Bool = true, dtype: DType = .float32
  ) throws(ThalwegError) {
    try self.init(
      withoutTensors: channels, epsilon: epsilon, momentum: momentum, affine: affine,
      tracksStatistics: tracksStatistics)
    try makeTensors(dtype)
  }

  public override final func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try Self.require(input, rank: Self.ranks)
    let (mean, variance) = (buffer("running_mean"), buffer("running_var"))
    let usesBatch = isTraining || (mean == nil && variance == nil)
    let follows = isTraining && tracksStatistics
    return try input.batchNorm(
      usesBatch && !follows ? nil : mean, usesBatch && !follows ? nil : variance, parameter("weight"),
      parameter("bias"), training: usesBatch, momentum: follows ? countBatch() : 0, epsilon: epsilon)
  }

  private let foldedLock = SpinLock()
  private var lastFolded: FoldedWeight?

  /// The parameters of a layer with this one behind it, whose input has so many dimensions. Nil where there are no running
  /// statistics to go by, or it does not fit.
  final func folded(
    into weight: Tensor, _ bias: Tensor?, rank: Int
  ) throws(ThalwegError) -> FoldedWeight? {
    guard !isTraining, Self.ranks.contains(rank), channels == weight.shape[0],
      let mean = buffer("running_mean"), let variance = buffer("running_var"),
      mean.dtype == weight.dtype, variance.dtype == weight.dtype
    else { return nil }
    let (gamma, beta) = (parameter("weight"), parameter("bias"))
    foldedLock.lock()
    let last = lastFolded
    foldedLock.unlock()
    if !Recording.isActive, let last, last.isOf(weight, mean, variance, bias, gamma, beta) { return last }
    let folded = try FoldedWeight(
      weight, bias, mean: mean, variance: variance, scale: gamma, shift: beta, epsilon: epsilon)
    if Recording.isActive { return folded }
    foldedLock.lock()
    let old = lastFolded
    lastFolded = folded
    foldedLock.unlock()
    withExtendedLifetime(old) {}
    return folded
  }

  /// Counts one more batch, but once if a checkpointed function computes it again. Returns how far the running statistics
  /// move to its own.
  private func countBatch() throws(ThalwegError) -> Double {
    guard let count = buffer("num_batches_tracked"), !CheckpointRun.isReplaying else { return momentum ?? 0 }
    if let momentum, Recording.isActive {
      try noGrad { () throws(ThalwegError) in try count.copy(from: count + 1) }
      return momentum
    }
    let batches = Double(try count.itemInt64()) + 1
    try noGrad { () throws(ThalwegError) in try count.fill(batches) }
    return momentum ?? 1 / batches
  }
}

/// `BatchNorm` of [N, C] or sequences [N, C, L].
public final class BatchNorm1d: BatchNorm {
  package override class var ranks: ClosedRange<Int> { 2...3 }
}

/// `BatchNorm` of images [N, C, H, W].
public final class BatchNorm2d: BatchNorm {
  package override class var ranks: ClosedRange<Int> { 4...4 }
}

/// `BatchNorm` of volumes [N, C, D, H, W].
public final class BatchNorm3d: BatchNorm {
  package override class var ranks: ClosedRange<Int> { 5...5 }
}
