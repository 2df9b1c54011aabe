public import ThalwegCore

/// Schedules side by side: each step is one of all of them, in their order.
public final class ChainedScheduler: Schedule {
  private let schedules: [Schedule]

  /// - Throws: `.invalidArgument` for no schedules, ones of different optimisers and a `ReduceLROnPlateau` among them.
  public init(_ optimizer: Optimizer, _ schedules: [Schedule]) throws(ThalwegError) {
    self.schedules = schedules
    try super.init(optimizer, "ChainedScheduler", lastEpoch: -1)
    try checkParts(schedules, of: optimizer)
    lastEpoch = 0
    lastRates = optimizer.groups.map(\.learningRate)
  }

  override func advance() throws(ThalwegError) {
    for schedule in schedules { try schedule.step() }
    lastEpoch += 1
    lastRates = optimizer.groups.map(\.learningRate)
  }

  override func undo() { for schedule in schedules { schedule.undo() } }

  public override func state() -> [(name: String, value: Double)] { super.state() + states(of: schedules) }

  override func load(_ name: String, _ value: Double) -> Bool {
    load(name, value, into: schedules) ?? super.load(name, value)
  }
}
