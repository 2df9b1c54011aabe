public import ThalwegCore

/// The rate times gamma every epoch.
public final class ExponentialLR: Schedule {
  private let gamma: Double

  /// - Throws: `.invalidArgument` for a gamma that is not finite; what `Schedule` refuses.
  public init(_ optimizer: Optimizer, gamma: Double, lastEpoch: Int = -1) throws(ThalwegError) {
    self.gamma = gamma
    try super.init(optimizer, "ExponentialLR", lastEpoch: lastEpoch)
    try check(gamma, "gamma", atLeast: -.greatestFiniteMagnitude)
    try begin()
  }

  override func rate(_ group: Int, now: Double) -> Double { isInitial ? now : now * gamma }

  override func firstRate(_ group: Int) -> Double? { baseRates[group] }
}
