public import ThalwegCore

/// The rate times gamma at each milestone; twice where one is given twice.
public final class MultiStepLR: Schedule {
  private let milestones: [Int]
  private let gamma: Double

  /// - Throws: `.invalidArgument` for a gamma that is not finite; what `Schedule` refuses.
  public init(
    _ optimizer: Optimizer, milestones: [Int], gamma: Double = 0.1, lastEpoch: Int = -1
  ) throws(ThalwegError) {
    (self.milestones, self.gamma) = (milestones, gamma)
    try super.init(optimizer, "MultiStepLR", lastEpoch: lastEpoch)
    try check(gamma, "gamma", atLeast: -.greatestFiniteMagnitude)
    try begin()
  }

  override func rate(_ group: Int, now: Double) -> Double { now * factor { $0 == lastEpoch } }

  override func firstRate(_ group: Int) -> Double? { baseRates[group] * factor { $0 <= 0 } }

  private func factor(_ counts: (Int) -> Bool) -> Double {
    milestones.reduce(1) { factor, milestone in counts(milestone) ? factor * gamma : factor }
  }
}
