import Glibc
public import ThalwegCore

/// One rise of the rate and one fall, in a number of steps known before. Smith & Topin 2018, "Super-convergence: very fast
/// training of neural networks using large learning rates"; in two phases, as fast.ai does it, or in the paper's three.
public final class OneCycleLR: Schedule {
  public struct Options {
    /// The highest rate, for all groups or one each.
    public var most: [Double]
    public var steps: Int
    /// The share of the steps in which the rate rises.
    public var riseShare = 0.3
    /// Whether it goes along lines, not half cosine waves.
    public var isLinear = false
    public var cyclesMomentum = true
    public var baseMomentum = [0.85]
    public var mostMomentum = [0.95]
    /// The highest rate over the first; the first over the last.
    public var divisor = 25.0
    public var finalDivisor = 1e4
    public var hasThreePhases = false
    public var lastEpoch = -1

    public init(most: [Double], steps: Int) { (self.most, self.steps) = (most, steps) }
  }

  private let options: Options
  private var most: [Double] = []
  private var momentum: MomentumCycle?

  /// - Throws: `.invalidArgument` for less than one step, a share outside [0, 1], rates that are neither one nor as many as
  ///   groups, and an optimiser without a momentum to cycle; what `Schedule` refuses.
  public init(_ optimizer: Optimizer, _ options: Options) throws(ThalwegError) {
    self.options = options
    try super.init(optimizer, "OneCycleLR", lastEpoch: options.lastEpoch)
    try check(Double(options.steps), "total_steps", atLeast: 1)
    try check(options.riseShare, "pct_start", atLeast: 0, atMost: 1)
    try check(options.divisor, "div_factor", atLeast: .leastNonzeroMagnitude)
    try check(options.finalDivisor, "final_div_factor", atLeast: .leastNonzeroMagnitude)
    most = try spread(options.most, "max_lr")
    if options.cyclesMomentum {
      momentum = try MomentumCycle(self, base: options.baseMomentum, most: options.mostMomentum)
    }
    for i in most.indices where options.lastEpoch == -1 {
      baseRates[i] = most[i] / options.divisor
      optimizer.groups[i].initialLearningRate = baseRates[i]
    }
    try begin()
  }

  /// - Throws: `.invalidArgument` beyond the number of steps.
  override func rate(_ group: Int, now: Double) throws(ThalwegError) -> Double {
    guard lastEpoch <= options.steps else {
      throw wrong("step \(lastEpoch) is beyond the \(options.steps) steps that it was made for")
    }
    let (first, top) = (baseRates[group], most[group])
    let last = first / options.finalDivisor
    let (low, high) = (momentum?.base[group] ?? 0, momentum?.most[group] ?? 0)
    let rise = options.riseShare * Double(options.steps), end = Double(options.steps - 1)
    /// End, rates and momenta of each phase.
    let phases =
      options.hasThreePhases
      ? [
        (rise - 1, first, top, high, low), (2 * rise - 2, top, first, low, high),
        (end, first, last, high, high),
      ]
      : [(rise - 1, first, top, high, low), (end, top, last, low, high)]
    let now = Double(lastEpoch)
    var start = 0.0
    for (i, phase) in phases.enumerated() {
      if now > phase.0, i + 1 < phases.count {
        start = phase.0
        continue
      }
      // A phase without length is over as it begins; PyTorch divides by 0 there.
      let share = phase.0 == start ? 1 : (now - start) / (phase.0 - start)
      momentum?.set(optimizer, group: group, between(phase.3, phase.4, share))
      return between(phase.1, phase.2, share)
    }
    return last
  }

  private func between(_ start: Double, _ end: Double, _ share: Double) -> Double {
    options.isLinear ? (end - start) * share + start : end + (start - end) / 2 * (cos(.pi * share) + 1)
  }
}
