import Glibc
import Testing
import ThalwegCore

@testable import ThalwegNN

@Suite struct ScheduleTests {
  typealias Make = @Sendable (Optimizer) throws -> Schedule

  private static func options<O>(_ options: O, _ change: (inout O) -> Void) -> O {
    var options = options
    change(&options)
    return options
  }

  /// As in Tests/Golden/schedules.py.
  static let variants: [(name: String, make: Make)] = [
    ("step", { try StepLR($0, stepSize: 7, gamma: 0.6) }),
    ("multistep", { try MultiStepLR($0, milestones: [3, 10, 10, 41], gamma: 0.5) }),
    ("constant", { try ConstantLR($0, factor: 0.25, iterations: 9) }),
    ("linear", { try LinearLR($0, startFactor: 0.2, endFactor: 0.9, iterations: 23) }),
    ("linear-decay", { try LinearLR($0, startFactor: 1, endFactor: 0, iterations: 31) }),
    ("exponential", { try ExponentialLR($0, gamma: 0.93) }),
    ("polynomial", { try PolynomialLR($0, iterations: 47, power: 1.7) }),
    ("cosine", { try CosineAnnealingLR($0, period: 13, least: 0.003) }),
    ("restarts", { try CosineAnnealingWarmRestarts($0, firstPeriod: 7, growth: 2, least: 0.002) }),
    ("restarts-equal", { try CosineAnnealingWarmRestarts($0, firstPeriod: 9) }),
    (
      "lambda",
      { try LambdaLR($0) { (epoch, _) throws(ThalwegError) in 1 / (1 + 0.3 * Double(epoch)) } }
    ),
    (
      "multiplicative",
      { try MultiplicativeLR($0) { (epoch, _) throws(ThalwegError) in 1 - 1 / (2 + Double(epoch)) } }
    ),
    (
      "cyclic",
      {
        try CyclicLR(
          $0, options(CyclicLR.Options(base: [0.01], most: [0.2])) { ($0.stepsUp, $0.stepsDown) = (6, 11) })
      }
    ),
    (
      "cyclic2",
      {
        try CyclicLR(
          $0,
          options(CyclicLR.Options(base: [0.01], most: [0.2])) {
            ($0.stepsUp, $0.mode, $0.cyclesMomentum) = (5, .triangular2, false)
          })
      }
    ),
    (
      "cyclic-exp",
      {
        try CyclicLR(
          $0,
          options(CyclicLR.Options(base: [0.01], most: [0.2])) {
            ($0.stepsUp, $0.mode, $0.gamma, $0.baseMomentum) = (5, .exponential, 0.97, [0.6])
          })
      }
    ),
    ("onecycle", { try OneCycleLR($0, OneCycleLR.Options(most: [0.5], steps: 61)) }),
    (
      "onecycle-linear",
      {
        try OneCycleLR(
          $0,
          options(OneCycleLR.Options(most: [0.5], steps: 61)) {
            ($0.isLinear, $0.hasThreePhases) = (true, true)
          })
      }
    ),
    (
      "plateau",
      {
        try ReduceLROnPlateau(
          $0,
          options(ReduceLROnPlateau.Options()) {
            ($0.factor, $0.patience, $0.cooldown, $0.least) = (0.5, 2, 3, [1e-3])
          })
      }
    ),
    (
      "plateau-abs",
      {
        try ReduceLROnPlateau(
          $0,
          options(ReduceLROnPlateau.Options()) {
            ($0.isMaximum, $0.factor, $0.patience, $0.threshold) = (true, 0.7, 4, 0.01)
            ($0.isAbsolute, $0.epsilon) = (true, 1e-3)
          })
      }
    ),
    ("swa", { try SWALR($0, rate: [0.02], epochs: 13) }),
    ("swa-linear", { try SWALR($0, rate: [0.3], epochs: 7, isLinear: true) }),
    ("swa-at-once", { try SWALR($0, rate: [0.02], epochs: 0) }),
    (
      "sequential",
      {
        try SequentialLR(
          $0,
          [
            LinearLR($0, startFactor: 0.1, endFactor: 1, iterations: 5), CosineAnnealingLR($0, period: 20),
            ExponentialLR($0, gamma: 0.8),
          ], milestones: [5, 30])
      }
    ),
    (
      "chained",
      {
        try ChainedScheduler(
          $0, [ConstantLR($0, factor: 0.1, iterations: 4), ExponentialLR($0, gamma: 0.9)])
      }
    ),
  ]

  private func optimizer() throws -> Optimizer {
    try SGD([leaf([0], [1])], learningRate: 0.1, momentum: 0.9)
  }

  private func go(_ schedule: Schedule, _ epoch: Int) throws {
    if schedule is ReduceLROnPlateau {
      try schedule.step(metric: 1 / Double(1 + min(epoch, 12)) + 0.02 * sin(1.7 * Double(epoch)))
    } else {
      try schedule.step()
    }
  }

  @Test func asPyTorch() throws {
    let lines = try golden("schedules.txt")
    for (name, make) in Self.variants {
      let optimizer = try optimizer()
      let schedule = try make(optimizer)
      let expected = lines.filter { $0[0] == name }
      #expect(!expected.isEmpty, "\(name)")
      for epoch in 0...60 {
        for line in expected {
          let wanted = try #require(Double(line[epoch + 2]))
          let got = try optimizer.value("\(line[1])", group: 0)
          // A rate is computed from the one before: 60 roundings of a few bits each.
          #expect(abs(got - wanted) <= 1e-13 * max(abs(wanted), 1e-2), "\(name), \(line[1]), epoch \(epoch)")
        }
        #expect(schedule.lastRates == [optimizer.learningRate], "\(name)")
        if epoch < 60 { try go(schedule, epoch) }
      }
      #expect(schedule.lastEpoch == 60, "\(name)")
    }
  }

  @Test func stateGoesOnToTheBit() throws {
    for (name, make) in Self.variants {
      let (first, second) = (try optimizer(), try optimizer())
      let (a, b) = (try make(first), try make(second))
      for epoch in 0..<17 { try go(a, epoch) }
      try b.loadState(a.state())
      for option in first.hyperparameters {
        try second.setValue("\(option.name)", group: 0, first.value("\(option.name)", group: 0))
      }
      for epoch in 17..<60 {
        try go(a, epoch)
        try go(b, epoch)
        #expect(first.learningRate == second.learningRate, "\(name), epoch \(epoch + 1)")
        #expect(try first.value("momentum", group: 0) == second.value("momentum", group: 0), "\(name)")
      }
      #expect(b.state().map(\.value) == a.state().map(\.value), "\(name)")
    }
  }

  @Test func groupsHaveRatesOfTheirOwn() throws {
    let optimizer = try optimizer()
    try optimizer.addGroup([leaf([1], [1])], [("lr", 0.5)])
    let schedule = try StepLR(optimizer, stepSize: 1, gamma: 0.5)
    try schedule.step()
    #expect(schedule.lastRates == [0.05, 0.25])
    // What the user sets counts on.
    try optimizer.setValue("lr", group: 1, 1)
    try schedule.step()
    #expect(schedule.lastRates == [0.025, 0.5])
    try optimizer.addGroup([leaf([1], [1])])
    #expect(failure { try schedule.step() }?.code == .invalidArgument)
    #expect(schedule.lastEpoch == 2)
  }

  @Test func restartsAtAFraction() throws {
    let optimizer = try optimizer()
    let schedule = try CosineAnnealingWarmRestarts(optimizer, firstPeriod: 4, growth: 2)
    try schedule.step(to: 5.5)
    // 1.5 epochs into a period of 8.
    #expect(abs(optimizer.learningRate - 0.05 * (1 + cos(.pi * 1.5 / 8))) < 1e-15)
    #expect(schedule.lastEpoch == 5)
    #expect(failure { try schedule.step(to: -1) }?.code == .invalidArgument)
    #expect(failure { try schedule.step(to: .nan) }?.code == .invalidArgument)
  }

  @Test func goesOnAfterAnEpoch() throws {
    let optimizer = try optimizer()
    #expect(failure { _ = try ExponentialLR(optimizer, gamma: 0.5, lastEpoch: 3) }?.code == .invalidArgument)
    let fresh = try self.optimizer()
    _ = try ExponentialLR(fresh, gamma: 0.5)
    let later = try StepLR(fresh, stepSize: 4, gamma: 0.5, lastEpoch: 2)
    #expect(later.lastEpoch == 3)
    try later.step()
    #expect(fresh.learningRate == 0.05)
  }

  @Test func errorsOfCallbacksChangeNothing() throws {
    let optimizer = try optimizer()
    let schedule = try LambdaLR(optimizer) { (epoch, _) throws(ThalwegError) in
      if epoch == 2 { throw ThalwegError(.cancelled, "enough") }
      return 0.5
    }
    try schedule.step()
    #expect(failure { try schedule.step() }?.message == "enough")
    #expect(schedule.lastEpoch == 1)
    #expect(optimizer.learningRate == 0.05)
  }

  @Test func refusesWhatMakesNoSense() throws {
    let (optimizer, other) = (try optimizer(), try optimizer())
    let plain = try Adagrad([leaf([0], [1])])
    let plateau = try ReduceLROnPlateau(optimizer)
    let bad: [() throws -> Void] = [
      { _ = try StepLR(optimizer, stepSize: 0) },
      { _ = try StepLR(optimizer, stepSize: 1, gamma: .nan) },
      { _ = try StepLR(optimizer, stepSize: 1, lastEpoch: -2) },
      { _ = try ConstantLR(optimizer, factor: 1.5) },
      { _ = try LinearLR(optimizer, startFactor: 0) },
      { _ = try LinearLR(optimizer, iterations: 0) },
      { _ = try PolynomialLR(optimizer, iterations: 0) },
      { _ = try CosineAnnealingLR(optimizer, period: 0) },
      { _ = try CosineAnnealingWarmRestarts(optimizer, firstPeriod: 0) },
      { _ = try CyclicLR(plain, CyclicLR.Options(base: [0.1], most: [0.2])) },
      { _ = try CyclicLR(optimizer, CyclicLR.Options(base: [0.1, 0.2], most: [0.2])) },
      { _ = try OneCycleLR(optimizer, OneCycleLR.Options(most: [0.1], steps: 0)) },
      { try plateau.step() },
      { try StepLR(optimizer, stepSize: 1).step(metric: 1) },
      { try StepLR(optimizer, stepSize: 1).step(to: 1) },
      { _ = try ChainedScheduler(optimizer, []) },
      { _ = try ChainedScheduler(optimizer, [plateau]) },
      { _ = try ChainedScheduler(optimizer, [ExponentialLR(other, gamma: 0.5)]) },
      { _ = try SequentialLR(optimizer, [ExponentialLR(optimizer, gamma: 0.5)], milestones: [3]) },
      { try ExponentialLR(optimizer, gamma: 0.5).loadState([("nonsense", 1)]) },
    ]
    for (i, body) in bad.enumerated() { #expect(failure(body)?.code == .invalidArgument, "case \(i)") }
    let short = try OneCycleLR(optimizer, OneCycleLR.Options(most: [0.1], steps: 2))
    try short.step()
    try short.step()
    #expect(failure { try short.step() }?.code == .invalidArgument)
  }
}
