public import ThalwegCore

/// The rate times a factor that goes from `startFactor` to `endFactor` in `iterations` epochs: a warm-up (Goyal et al. 2017,
/// "Accurate, large minibatch SGD", section 2.2) or a decay.
public final class LinearLR: Schedule {
  private let startFactor: Double
  private let endFactor: Double
  private let iterations: Int

  /// - Throws: `.invalidArgument` for a start factor outside (0, 1], an end factor outside [0, 1], less than one
  ///   iteration; what `Schedule` refuses.
  public init(
    _ optimizer: Optimizer, startFactor: Double = 1.0 / 3, endFactor: Double = 1, iterations: Int = 5,
    lastEpoch: Int = -1
  ) throws(ThalwegError) {
    (self.startFactor, self.endFactor, self.iterations) = (startFactor, endFactor, iterations)
    try super.init(optimizer, "LinearLR", lastEpoch: lastEpoch)
    guard startFactor > 0, startFactor <= 1 else {
      throw wrong("start_factor is \(startFactor); it must be above 0 and at most 1")
    }
    try check(endFactor, "end_factor", atLeast: 0, atMost: 1)
    try check(Double(iterations), "total_iters", atLeast: 1)
    try begin()
  }

  override func rate(_ group: Int, now: Double) -> Double {
    if lastEpoch == 0 { return now * startFactor }
    if isInitial || lastEpoch > iterations { return now }
    let change = endFactor - startFactor
    return now * (1 + change / (Double(iterations) * startFactor + Double(lastEpoch - 1) * change))
  }

  override func firstRate(_ group: Int) -> Double? { baseRates[group] * startFactor }
}
