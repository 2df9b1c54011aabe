public import ThalwegCore

/// The rate times a function of epoch and group, every epoch but the first.
public final class MultiplicativeLR: Schedule {
  private let factor: LambdaLR.Factor

  /// - Throws: what `factor` throws, and what `Schedule` refuses.
  public init(
    _ optimizer: Optimizer, lastEpoch: Int = -1, factor: @escaping LambdaLR.Factor
  ) throws(ThalwegError) {
    self.factor = factor
    try super.init(optimizer, "MultiplicativeLR", lastEpoch: lastEpoch)
    try begin()
  }

  override func rate(_ group: Int, now: Double) throws(ThalwegError) -> Double {
    isInitial ? now : now * (try factor(lastEpoch, group))
  }
}
