import ThalwegCore

/// The momentum that goes down as the rate goes up: `momentum`, or Adam's `beta1`.
struct MomentumCycle {
  let base: [Double]
  let most: [Double]
  private let place: Int

  /// - Throws: `.invalidArgument` if the optimiser has no momentum, for values outside [0, 1), and for ones that are neither
  ///   one nor as many as groups.
  init(_ schedule: Schedule, base: [Double], most: [Double]) throws(ThalwegError) {
    let optimizer = schedule.optimizer
    guard let place = optimizer.place(of: "beta1") ?? optimizer.place(of: "momentum") else {
      throw schedule.wrong("\(optimizer.name) has no momentum to cycle; switch cycle_momentum off")
    }
    self.place = place
    self.base = try schedule.spread(base, "base_momentum")
    self.most = try schedule.spread(most, "max_momentum")
    for value in self.base + self.most where !(value >= 0 && value < 1) {
      throw schedule.wrong("a momentum is \(value); it must be at least 0 and below 1")
    }
  }

  func set(_ optimizer: Optimizer, group: Int, _ value: Double) {
    optimizer.groups[group].values[place] = value
  }
}
