import Glibc
public import ThalwegCore

/// The rate times (1 - epoch / iterations)^power, 0 in the end.
public final class PolynomialLR: Schedule {
  private let iterations: Int
  private let power: Double

  /// - Throws: `.invalidArgument` for less than one iteration or a power that is not finite; what `Schedule` refuses.
  public init(
    _ optimizer: Optimizer, iterations: Int = 5, power: Double = 1, lastEpoch: Int = -1
  ) throws(ThalwegError) {
    (self.iterations, self.power) = (iterations, power)
    try super.init(optimizer, "PolynomialLR", lastEpoch: lastEpoch)
    try check(Double(iterations), "total_iters", atLeast: 1)
    try check(power, "power", atLeast: -.greatestFiniteMagnitude)
    try begin()
  }

  override func rate(_ group: Int, now: Double) -> Double {
    if isInitial || lastEpoch > iterations { return now }
    let total = Double(iterations)
    return now * pow((1 - Double(lastEpoch) / total) / (1 - Double(lastEpoch - 1) / total), power)
  }

  override func firstRate(_ group: Int) -> Double? { baseRates[group] }
}
