public import ThalwegCore

/// The base rate times a function of epoch and group.
public final class LambdaLR: Schedule {
  public typealias Factor = (_ epoch: Int, _ group: Int) throws(ThalwegError) -> Double

  private let factor: Factor

  /// - Throws: what `factor` throws, and what `Schedule` refuses.
  public init(_ optimizer: Optimizer, lastEpoch: Int = -1, factor: @escaping Factor) throws(ThalwegError) {
    self.factor = factor
    try super.init(optimizer, "LambdaLR", lastEpoch: lastEpoch)
    try begin()
  }

  override func rate(_ group: Int, now: Double) throws(ThalwegError) -> Double {
    baseRates[group] * (try factor(lastEpoch, group))
  }
}
