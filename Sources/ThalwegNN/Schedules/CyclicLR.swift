import Glibc
public import ThalwegCore

/// The rate goes up and down between two limits. Smith 2017, "Cyclical learning rates for training neural networks".
public final class CyclicLR: Schedule {
  /// How the height of a cycle changes: not at all, halved every cycle, times gamma every step.
  public enum Mode: Int32, Sendable {
    case triangular, triangular2, exponential
  }

  public struct Options {
    /// Limits, for all groups or one each.
    public var base: [Double]
    public var most: [Double]
    public var stepsUp = 2000
    /// nil: as many as up.
    public var stepsDown: Int?
    public var mode = Mode.triangular
    public var gamma = 1.0
    public var cyclesMomentum = true
    public var baseMomentum = [0.8]
    public var mostMomentum = [0.9]
    public var lastEpoch = -1

    public init(base: [Double], most: [Double]) { (self.base, self.most) = (base, most) }
  }

  private let options: Options
  private var most: [Double] = []
  private var momentum: MomentumCycle?

  /// - Throws: `.invalidArgument` for less than one step up or down, limits that are neither one nor as many as groups, and
  ///   an optimiser without a momentum to cycle; what `Schedule` refuses.
  public init(_ optimizer: Optimizer, _ options: Options) throws(ThalwegError) {
    self.options = options
    try super.init(optimizer, "CyclicLR", lastEpoch: options.lastEpoch)
    try check(Double(options.stepsUp), "step_size_up", atLeast: 1)
    try check(Double(options.stepsDown ?? 1), "step_size_down", atLeast: 1)
    try check(options.gamma, "gamma", atLeast: -.greatestFiniteMagnitude)
    let base = try spread(options.base, "base_lr")
    most = try spread(options.most, "max_lr")
    if options.cyclesMomentum {
      momentum = try MomentumCycle(self, base: options.baseMomentum, most: options.mostMomentum)
    }
    for (i, rate) in base.enumerated() where options.lastEpoch == -1 {
      optimizer.groups[i].values[0] = rate
      optimizer.groups[i].initialLearningRate = rate
    }
    baseRates = base
    try begin()
  }

  override func rate(_ group: Int, now: Double) -> Double {
    let up = Double(options.stepsUp), total = up + Double(options.stepsDown ?? options.stepsUp)
    let cycle = (1 + Double(lastEpoch) / total).rounded(.down)
    let x = 1 + Double(lastEpoch) / total - cycle
    let share = x <= up / total ? x / (up / total) : (x - 1) / (up / total - 1)
    let height =
      switch options.mode {
      case .triangular: 1.0
      case .triangular2: 1 / pow(2, cycle - 1)
      case .exponential: pow(options.gamma, Double(lastEpoch))
      }
    if let momentum {
      let drop = (momentum.most[group] - momentum.base[group]) * share * height
      momentum.set(optimizer, group: group, momentum.most[group] - drop)
    }
    return baseRates[group] + (most[group] - baseRates[group]) * share * height
  }
}
