import Glibc
import ThalwegCore
import ThalwegNN

/// Keras's schedules of the learning rate (keras/src/optimizers/schedules/learning_rate_schedule.py), as far as the rate
/// that they have come to.
enum KerasSchedule {
  /// The rate of step `step`, which is not negative.
  /// Errors: `.format` for a schedule that is not Keras's own, or options that are none.
  static func rate(_ json: JSONValue, step: Double) throws(ThalwegError) -> Double {
    guard let name = json["class_name"]?.string, let config = json["config"] else {
      throw ThalwegError(.format, "the optimiser's learning rate is neither a number nor a schedule")
    }
    func number(_ option: String, _ standard: Double? = nil) throws(ThalwegError) -> Double {
      let found = config[option] ?? .null
      guard let value = found.double ?? (found == .null ? standard : nil), value.isFinite else {
        throw ThalwegError(.format, "the schedule \(name.prefix(64)) has no \(option)")
      }
      return value
    }
    let passed: Double
    switch name {
    case "ExponentialDecay", "InverseTimeDecay":
      passed = try step / number("decay_steps")
      let whole = config["staircase"]?.bool == true ? passed.rounded(.down) : passed
      let (first, decay) = (try number("initial_learning_rate"), try number("decay_rate"))
      return try checked(name == "ExponentialDecay" ? first * pow(decay, whole) : first / (1 + decay * whole))
    case "PolynomialDecay":
      let (steps, end) = (try number("decay_steps"), try number("end_learning_rate", 0.0001))
      let turns = config["cycle"]?.bool == true ? max(1, (step / steps).rounded(.up)) : 1
      let left = 1 - min(step, steps * turns) / (steps * turns)
      return try checked(
        (number("initial_learning_rate") - end) * pow(left, number("power", 1)) + end)
    case "PiecewiseConstantDecay":
      let bounds = (config["boundaries"]?.array ?? []).compactMap(\.double)
      let values = (config["values"]?.array ?? []).compactMap(\.double)
      let place = bounds.firstIndex { step <= $0 } ?? bounds.count
      guard place < values.count else { break }
      return try checked(values[place])
    case "CosineDecay":
      var (first, done) = (try number("initial_learning_rate"), step)
      if let target = config["warmup_target"]?.double {
        let warmup = try number("warmup_steps", 0)
        if step < warmup { return try checked(first + (target - first) * step / warmup) }
        (first, done) = (target, step - warmup)
      }
      let steps = try number("decay_steps")
      return try checked(first * cosine(min(done, steps) / steps, try number("alpha", 0)))
    case "CosineDecayRestarts":
      let (growth, alpha) = (try number("t_mul", 2), try number("alpha", 0))
      var done = try step / number("first_decay_steps")
      var turn = done.rounded(.down)
      if growth == 1 {
        done -= turn
      } else {
        turn = (log(1 - done * (1 - growth)) / log(growth)).rounded(.down)
        let scale = pow(growth, turn)
        done = (done - (1 - scale) / (1 - growth)) / scale
      }
      let height = try pow(number("m_mul", 1), turn)
      return try checked(number("initial_learning_rate") * cosine(done, alpha, height))
    default: break
    }
    throw ThalwegError(.format, "the learning rate's schedule \(name.prefix(64)) is not supported")
  }

  private static func cosine(_ done: Double, _ alpha: Double, _ height: Double = 1) -> Double {
    (1 - alpha) * 0.5 * height * (1 + cos(.pi * done)) + alpha
  }

  private static func checked(_ rate: Double) throws(ThalwegError) -> Double {
    guard rate.isFinite else { throw ThalwegError(.format, "the learning rate's schedule gives no number") }
    return rate
  }
}
