public import ThalwegCore

/// The rate times `factor` when a metric has not become better for more than `patience` epochs.
public final class ReduceLROnPlateau: Schedule {
  public struct Options {
    /// Whether a larger metric is better.
    public var isMaximum = false
    public var factor = 0.1
    public var patience = 10
    /// By how much a metric must be better than the best: as a share of it, or absolute.
    public var threshold = 1e-4
    public var isAbsolute = false
    /// Epochs after a reduction in which nothing counts.
    public var cooldown = 0
    /// The least rate, for all groups or one each.
    public var least = [0.0]
    /// A smaller change of the rate is not made.
    public var epsilon = 1e-8

    public init() {}
  }

  private let options: Options
  private var best: Double
  private var badEpochs = 0.0
  private var cooldown = 0.0

  /// - Throws: `.invalidArgument` for a factor of 1 or more, values that are not finite, and least rates that are neither
  ///   one nor as many as groups; what `Schedule` refuses.
  public init(_ optimizer: Optimizer, _ options: Options = Options()) throws(ThalwegError) {
    self.options = options
    best = options.isMaximum ? -.infinity : .infinity
    try super.init(optimizer, "ReduceLROnPlateau", lastEpoch: -1)
    guard options.factor < 1, options.factor >= 0 else {
      throw wrong("factor is \(options.factor); it must be at least 0 and below 1")
    }
    try check(options.threshold, "threshold", atLeast: -.greatestFiniteMagnitude)
    try check(options.epsilon, "eps", atLeast: -.greatestFiniteMagnitude)
    _ = try spread(options.least, "min_lr")
    lastEpoch = 0
  }

  override func advance() throws(ThalwegError) {
    throw wrong("step needs the metric that it watches")
  }

  public override func step(metric: Double) throws(ThalwegError) {
    try Recording.forbid("step")
    let least = try spread(options.least, "min_lr")
    lastEpoch += 1
    if isBetter(metric) {
      best = metric
      badEpochs = 0
    } else {
      badEpochs += 1
    }
    if cooldown > 0 {
      cooldown -= 1
      badEpochs = 0
    }
    if badEpochs > Double(options.patience) {
      for (i, group) in optimizer.groups.enumerated() {
        let reduced = max(group.learningRate * options.factor, least[i])
        if group.learningRate - reduced > options.epsilon { optimizer.groups[i].values[0] = reduced }
      }
      cooldown = Double(options.cooldown)
      badEpochs = 0
    }
    lastRates = optimizer.groups.map(\.learningRate)
  }

  private func isBetter(_ metric: Double) -> Bool {
    let margin = options.threshold
    switch (options.isMaximum, options.isAbsolute) {
    case (false, false): return metric < best * (1 - margin)
    case (false, true): return metric < best - margin
    case (true, false): return metric > best * (margin + 1)
    case (true, true): return metric > best + margin
    }
  }

  public override func state() -> [(name: String, value: Double)] {
    super.state() + [("best", best), ("num_bad_epochs", badEpochs), ("cooldown_counter", cooldown)]
  }

  override func load(_ name: String, _ value: Double) -> Bool {
    switch name {
    case "best": best = value
    case "num_bad_epochs": badEpochs = value
    case "cooldown_counter": cooldown = value
    default: return super.load(name, value)
    }
    return true
  }
}
