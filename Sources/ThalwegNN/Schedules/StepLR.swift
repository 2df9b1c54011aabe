public import ThalwegCore

/// The rate times gamma every `stepSize` epochs.
public final class StepLR: Schedule {
  private let stepSize: Int
  private let gamma: Double

  /// - Throws: `.invalidArgument` for a step size below 1 or a gamma that is not finite; what `Schedule` refuses.
  public init(
    _ optimizer: Optimizer, stepSize: Int, gamma: Double = 0.1, lastEpoch: Int = -1
  ) throws(ThalwegError) {
    (self.stepSize, self.gamma) = (stepSize, gamma)
    try super.init(optimizer, "StepLR", lastEpoch: lastEpoch)
    try check(Double(stepSize), "step_size", atLeast: 1)
    try check(gamma, "gamma", atLeast: -.greatestFiniteMagnitude)
    try begin()
  }

  override func rate(_ group: Int, now: Double) -> Double {
    lastEpoch == 0 || lastEpoch % stepSize != 0 ? now : now * gamma
  }

  override func firstRate(_ group: Int) -> Double? { baseRates[group] }
}
