public import ThalwegCore

/// The rate times `factor` until epoch `iterations`.
public final class ConstantLR: Schedule {
  private let factor: Double
  private let iterations: Int

  /// - Throws: `.invalidArgument` for a factor outside [0, 1]; what `Schedule` refuses.
  public init(
    _ optimizer: Optimizer, factor: Double = 1.0 / 3, iterations: Int = 5, lastEpoch: Int = -1
  ) throws(ThalwegError) {
    (self.factor, self.iterations) = (factor, iterations)
    try super.init(optimizer, "ConstantLR", lastEpoch: lastEpoch)
    try check(factor, "factor", atLeast: 0, atMost: 1)
    try begin()
  }

  override func rate(_ group: Int, now: Double) -> Double {
    if lastEpoch == 0 { return now * factor }
    if lastEpoch != iterations { return now }
    // PyTorch divides by 0 here; what 0 has wiped out is known still.
    return factor == 0 ? baseRates[group] : now * (1 / factor)
  }

  override func firstRate(_ group: Int) -> Double? { baseRates[group] * (iterations <= 0 ? 1 : factor) }
}
