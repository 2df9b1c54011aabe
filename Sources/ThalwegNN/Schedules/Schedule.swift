public import ThalwegCore

/// Changes an optimiser's learning rate from epoch to epoch, or from step to step: whatever `step` is called after.
///
/// Rules are PyTorch's, which compute a rate from the one before, so that several schedules of one optimiser multiply, and
/// what the user sets meanwhile counts on. A schedule sets the rate of epoch 0 when it is made. One that is to go on after
/// epoch n is made with `lastEpoch` n, for an optimiser that has had a schedule; or gets the state of the other.
public class Schedule: Object {
  public let optimizer: Optimizer
  let name: StaticString
  public internal(set) var lastEpoch: Int
  /// Each group's rate at the beginning.
  final var baseRates: [Double] = []
  /// Each group's rate as this schedule left it.
  public internal(set) final var lastRates: [Double] = []
  /// Whether the rates of the first epoch are being set.
  final var isInitial = false
  /// Names of states that the C interface has handed out.
  package final let names = NamePool()

  /// A subclass that is complete calls `begin`.
  /// - Throws: `.invalidArgument` for a last epoch below -1, or one that is not -1 where a group never had a schedule.
  init(_ optimizer: Optimizer, _ name: StaticString, lastEpoch: Int) throws(ThalwegError) {
    self.optimizer = optimizer
    self.name = name
    self.lastEpoch = lastEpoch
    super.init()
    guard lastEpoch >= -1, lastEpoch < Int(Int32.max) else {
      throw wrong("last_epoch is \(lastEpoch); it must be at least -1")
    }
    for (i, group) in optimizer.groups.enumerated() where group.initialLearningRate == nil {
      guard lastEpoch == -1 else {
        throw wrong(
          "with last_epoch \(lastEpoch), but parameter group \(i) has no initial_lr: it never had a schedule")
      }
      optimizer.groups[i].initialLearningRate = group.learningRate
    }
    baseRates = optimizer.groups.map { $0.initialLearningRate ?? $0.learningRate }
    lastRates = optimizer.groups.map(\.learningRate)
  }

  final func begin() throws(ThalwegError) {
    isInitial = true
    defer { isInitial = false }
    try advance()
  }

  /// Goes on to the next epoch.
  /// - Throws: `.invalidArgument` if the optimiser's groups are not those it was made with; what a callback throws. Then
  ///   nothing has changed.
  public final func step() throws(ThalwegError) {
    func run() throws(ThalwegError) { try advance() }
    if Recording.isActive { try Recording.note(throwing: run) } else { try run() }
  }

  /// What `step` does.
  func advance() throws(ThalwegError) { try advance(to: lastEpoch + 1) }

  /// As `step`, told what the schedule watches: for `ReduceLROnPlateau`.
  public func step(metric: Double) throws(ThalwegError) {
    throw wrong("it watches no metric; call step without one")
  }

  /// Goes to an epoch, which may be a fraction: for `CosineAnnealingWarmRestarts`.
  public func step(to epoch: Double) throws(ThalwegError) {
    throw wrong("it goes on from epoch to epoch; call step without one")
  }

  final func advance(to epoch: Int) throws(ThalwegError) {
    try checkGroups()
    let before = lastEpoch
    lastEpoch = epoch
    do throws(ThalwegError) {
      var rates: [Double] = []
      for i in optimizer.groups.indices { rates.append(try rate(i, now: optimizer.groups[i].learningRate)) }
      set(rates)
    } catch {
      lastEpoch = before
      throw error
    }
  }

  /// Begins again at epoch 0, whatever the rates are: when `SequentialLR` comes to this schedule.
  func restart() throws(ThalwegError) {
    try checkGroups()
    lastEpoch = 0
    var rates: [Double] = []
    for i in optimizer.groups.indices {
      if let first = firstRate(i) {
        rates.append(first)
      } else {
        rates.append(try rate(i, now: optimizer.groups[i].learningRate))
      }
    }
    set(rates)
  }

  /// Takes back the first step: what `SequentialLR` has done to schedules that it begins itself.
  func undo() { lastEpoch -= 1 }

  final func set(_ rates: [Double]) {
    for (i, rate) in rates.enumerated() { optimizer.groups[i].values[0] = rate }
    lastRates = rates
  }

  final func checkGroups() throws(ThalwegError) {
    guard optimizer.groups.count == baseRates.count else {
      throw wrong(
        "it was made for \(baseRates.count) parameter groups, and the optimizer has \(optimizer.groups.count) now"
      )
    }
  }

  // MARK: - What a schedule is

  /// The rate of a group at `lastEpoch`, from the one before.
  func rate(_ group: Int, now: Double) throws(ThalwegError) -> Double { now }

  /// The rate at epoch 0 in closed form; nil where there is none.
  func firstRate(_ group: Int) -> Double? { nil }

  /// All that changes, by PyTorch's names.
  public func state() -> [(name: String, value: Double)] {
    var result = [(name: "last_epoch", value: Double(lastEpoch))]
    for (i, rate) in baseRates.enumerated() { result.append(("base_lrs.\(i)", rate)) }
    for (i, rate) in lastRates.enumerated() { result.append(("_last_lr.\(i)", rate)) }
    return result
  }

  /// Sets what `state` gave; the optimiser's rates are part of its own state.
  /// - Throws: `.invalidArgument` for a name that this schedule has not or an epoch that is none.
  public func loadState(_ values: [(name: String, value: Double)]) throws(ThalwegError) {
    for (name, value) in values where !load(name, value) {
      throw wrong("its state has no \(name), or none that can be \(value)")
    }
  }

  /// Sets one value of the state; false if there is none of the name.
  func load(_ name: String, _ value: Double) -> Bool {
    if name == "last_epoch" {
      guard let epoch = Int(exactly: value) else { return false }
      lastEpoch = epoch
      return true
    }
    let parts = name.split(separator: ".")
    guard parts.count == 2, let i = Int(parts[1]) else { return false }
    if parts[0] == "base_lrs", baseRates.indices.contains(i) {
      baseRates[i] = value
    } else if parts[0] == "_last_lr", lastRates.indices.contains(i) {
      lastRates[i] = value
    } else {
      return false
    }
    return true
  }

  final func wrong(_ what: String) -> ThalwegError { ThalwegError(.invalidArgument, "\(name): \(what)") }

  final func check(
    _ value: Double, _ what: String, atLeast least: Double, atMost most: Double = .greatestFiniteMagnitude
  )
    throws(ThalwegError)
  {
    if value >= least, value <= most { return }
    let upper = most == .greatestFiniteMagnitude ? "finite" : "at most \(most)"
    throw wrong("\(what) is \(value); it must be at least \(least) and \(upper)")
  }

  /// One value a group, of which one may stand for all.
  final func spread(_ values: [Double], _ what: String) throws(ThalwegError) -> [Double] {
    let count = optimizer.groups.count
    for value in values { try check(value, what, atLeast: -.greatestFiniteMagnitude) }
    if values.count == count { return values }
    if values.count == 1 { return Array(repeating: values[0], count: count) }
    throw wrong("there are \(values.count) values of \(what) for \(count) parameter groups")
  }
}
