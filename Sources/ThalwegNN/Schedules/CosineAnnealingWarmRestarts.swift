import Glibc
public import ThalwegCore

/// Half a cosine wave from the base rate to the least one, again and again, each time `growth` times as long. Loshchilov &
/// Hutter 2017, "SGDR: stochastic gradient descent with warm restarts".
public final class CosineAnnealingWarmRestarts: Schedule {
  private let firstPeriod: Int
  private let growth: Int
  private let least: Double
  /// Epochs since the last restart, and until the next from there.
  private var place: Double
  private var period: Double

  /// - Parameters:
  ///   - firstPeriod: PyTorch's T_0.
  ///   - growth: its T_mult.
  ///   - least: its eta_min.
  /// - Throws: `.invalidArgument` for a period or growth below 1 or a least rate that is not finite; what `Schedule`
  ///   refuses.
  public init(
    _ optimizer: Optimizer, firstPeriod: Int, growth: Int = 1, least: Double = 0, lastEpoch: Int = -1
  ) throws(ThalwegError) {
    (self.firstPeriod, self.growth, self.least) = (firstPeriod, growth, least)
    (place, period) = (Double(lastEpoch), Double(firstPeriod))
    try super.init(optimizer, "CosineAnnealingWarmRestarts", lastEpoch: lastEpoch)
    try check(Double(firstPeriod), "T_0", atLeast: 1, atMost: Double(Int32.max))
    try check(Double(growth), "T_mult", atLeast: 1, atMost: Double(Int32.max))
    try check(least, "eta_min", atLeast: -.greatestFiniteMagnitude)
    try begin()
  }

  override func advance() throws(ThalwegError) {
    if lastEpoch < 0 { return try step(to: 0) }
    let before = (place, period)
    place += 1
    if place >= period {
      place = place.truncatingRemainder(dividingBy: period)
      period *= Double(growth)
    }
    do throws(ThalwegError) {
      try advance(to: lastEpoch + 1)
    } catch {
      (place, period) = before
      throw error
    }
  }

  /// - Throws: `.invalidArgument` for an epoch that is negative or beyond 2^31; what `step` throws.
  public override func step(to epoch: Double) throws(ThalwegError) {
    try Recording.forbid("step")
    try check(epoch, "the epoch", atLeast: 0, atMost: Double(Int32.max))
    try checkGroups()
    let first = Double(firstPeriod), growth = Double(growth)
    if epoch < first {
      (place, period) = (epoch, first)
    } else if growth == 1 {
      place = epoch.truncatingRemainder(dividingBy: first)
    } else {
      let restarts = (log(epoch / first * (growth - 1) + 1) / log(growth)).rounded(.down)
      place = epoch - first * (pow(growth, restarts) - 1) / (growth - 1)
      period = first * pow(growth, restarts)
    }
    try advance(to: Int(epoch.rounded(.down)))
  }

  override func rate(_ group: Int, now: Double) -> Double {
    least + (baseRates[group] - least) * (1 + cos(.pi * place / period)) / 2
  }

  public override func state() -> [(name: String, value: Double)] {
    super.state() + [("T_cur", place), ("T_i", period)]
  }

  override func load(_ name: String, _ value: Double) -> Bool {
    switch name {
    case "T_cur": place = value
    case "T_i": period = value
    default: return super.load(name, value)
    }
    return true
  }
}
