public import ThalwegCore

/// Schedules one after the other: the i-th until milestone i, then the next, which begins there. A warm-up and what comes
/// after it.
public final class SequentialLR: Schedule {
  private let schedules: [Schedule]
  private let milestones: [Int]

  /// - Throws: `.invalidArgument` for no schedules, ones of another optimiser, a `ReduceLROnPlateau` among them, and other
  ///   than one milestone between two; what `Schedule` refuses.
  public init(
    _ optimizer: Optimizer, _ schedules: [Schedule], milestones: [Int], lastEpoch: Int = -1
  ) throws(ThalwegError) {
    (self.schedules, self.milestones) = (schedules, milestones)
    try super.init(optimizer, "SequentialLR", lastEpoch: lastEpoch)
    try checkParts(schedules, of: optimizer)
    guard milestones.count == schedules.count - 1 else {
      throw wrong(
        "there are \(milestones.count) milestones for \(schedules.count) schedules; there must be one less of them"
      )
    }
    self.lastEpoch += 1
    // The parts have set their first rates when they were made.
    for (i, rate) in baseRates.enumerated() { optimizer.groups[i].values[0] = rate }
    undo()
    let first = schedules[milestones.count { $0 <= 0 }]
    try first.begin()
    lastRates = first.lastRates
  }

  override func advance() throws(ThalwegError) {
    let next = lastEpoch + 1
    let place = milestones.count { $0 <= next }
    if place > 0, milestones[place - 1] == next {
      try schedules[place].restart()
    } else {
      try schedules[place].step()
    }
    lastEpoch = next
    lastRates = schedules[place].lastRates
  }

  override func undo() { for schedule in schedules { schedule.undo() } }

  public override func state() -> [(name: String, value: Double)] { super.state() + states(of: schedules) }

  override func load(_ name: String, _ value: Double) -> Bool {
    load(name, value, into: schedules) ?? super.load(name, value)
  }
}

extension Schedule {
  final func checkParts(_ parts: [Schedule], of optimizer: Optimizer) throws(ThalwegError) {
    if parts.isEmpty { throw wrong("there are no schedules; at least one is needed") }
    for (i, part) in parts.enumerated() {
      if part.optimizer !== optimizer { throw wrong("schedule \(i) is of another optimizer") }
      if part is ReduceLROnPlateau {
        throw wrong("schedule \(i) is a ReduceLROnPlateau, which needs a metric at every step")
      }
    }
  }

  final func states(of parts: [Schedule]) -> [(name: String, value: Double)] {
    parts.enumerated().flatMap { i, part in part.state().map { ("_schedulers.\(i).\($0.name)", $0.value) } }
  }

  /// Sets a part's value; nil if the name is of no part's.
  final func load(_ name: String, _ value: Double, into parts: [Schedule]) -> Bool? {
    let words = name.split(separator: ".", maxSplits: 2)
    guard words.count == 3, words[0] == "_schedulers" else { return nil }
    guard let i = Int(words[1]), parts.indices.contains(i) else { return false }
    return parts[i].load(String(words[2]), value)
  }
}
