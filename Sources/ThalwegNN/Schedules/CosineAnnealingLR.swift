import Glibc
public import ThalwegCore

/// Half a cosine wave from the base rate to the least one in `period` epochs, and back. Loshchilov & Hutter 2017, "SGDR:
/// stochastic gradient descent with warm restarts", without its restarts.
public final class CosineAnnealingLR: Schedule {
  private let period: Int
  private let least: Double

  /// - Parameters:
  ///   - period: PyTorch's T_max.
  ///   - least: its eta_min.
  /// - Throws: `.invalidArgument` for a period below 1 or a least rate that is not finite; what `Schedule` refuses.
  public init(
    _ optimizer: Optimizer, period: Int, least: Double = 0, lastEpoch: Int = -1
  ) throws(ThalwegError) {
    (self.period, self.least) = (period, least)
    try super.init(optimizer, "CosineAnnealingLR", lastEpoch: lastEpoch)
    try check(Double(period), "T_max", atLeast: 1, atMost: Double(Int32.max))
    try check(least, "eta_min", atLeast: -.greatestFiniteMagnitude)
    try begin()
  }

  override func rate(_ group: Int, now: Double) -> Double {
    if isInitial { return now }
    let t = Double(period)
    if (lastEpoch - 1 - period) % (2 * period) == 0 {
      return now + (baseRates[group] - least) * (1 - cos(.pi / t)) / 2
    }
    return (1 + cos(.pi * Double(lastEpoch) / t)) / (1 + cos(.pi * Double(lastEpoch - 1) / t)) * (now - least)
      + least
  }

  override func firstRate(_ group: Int) -> Double? { least + (baseRates[group] - least) * (1 + cos(0)) / 2 }
}
