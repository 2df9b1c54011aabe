import Glibc
public import ThalwegCore

/// The rate goes up and down between two limits. Smith 2017, "Cyclical learning rates for training neural networks".
public final class CyclicLR: Schedule {
  /// How the height of a cycle changes: not at all, halved every cycle, times gamma every step.
  public enum Mode: Int32, Sendable {
    case triangular, triangular2, exponential
  }

  /// The height of a cycle: of its number, from 1, or of the number of steps.
  public typealias Scale = (_ place: Double) throws(ThalwegError) -> Double

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
  private var scale: Scale?
  private var scalesSteps = false

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

  /// Takes `scale` for the height of a cycle instead of the mode, from the present step on.
  /// - Parameter ofSteps: whether it is given the number of steps rather than the cycle's.
  /// - Throws: what `scale` throws; then nothing is changed.
  public func setScale(ofSteps: Bool, _ scale: @escaping Scale) throws(ThalwegError) {
    let before = (self.scale, scalesSteps)
    (self.scale, scalesSteps) = (scale, ofSteps)
    do throws(ThalwegError) {
      try advance(to: lastEpoch)
    } catch {
      (self.scale, scalesSteps) = before
      throw error
    }
  }

  override func rate(_ group: Int, now: Double) throws(ThalwegError) -> Double {
    let up = Double(options.stepsUp), total = up + Double(options.stepsDown ?? options.stepsUp)
    let cycle = (1 + Double(lastEpoch) / total).rounded(.down)
    let x = 1 + Double(lastEpoch) / total - cycle
    let share = x <= up / total ? x / (up / total) : (x - 1) / (up / total - 1)
    let height = try height(cycle)
    if let momentum {
      let drop = (momentum.most[group] - momentum.base[group]) * share * height
      momentum.set(optimizer, group: group, momentum.most[group] - drop)
    }
    return baseRates[group] + (most[group] - baseRates[group]) * share * height
  }

  private func height(_ cycle: Double) throws(ThalwegError) -> Double {
    if let scale { return try scale(scalesSteps ? Double(lastEpoch) : cycle) }
    switch options.mode {
    case .triangular: return 1
    case .triangular2: return 1 / pow(2, cycle - 1)
    case .exponential: return pow(options.gamma, Double(lastEpoch))
    }
  }
}
