import ThalwegCore
import ThalwegNN

/// What of a checkpoint is no tensor, as JSON:
///
///     {"step":120,"epoch":3,"metadata":{"author":"me"},"fit":{},
///      "optimizer":{"name":"Adam","groups":[{"lr":0.001,...}],"state":["0.step","0.exp_avg",...]},
///      "schedules":[{"last_epoch":3,...}],"generators":[{"seed":"0","offset":"88"},...],
///      "loader":{"epoch":3,"samples":640,"seed":"7"}}
///
/// Seeds are strings, since JSON's numbers do not hold 64 bits; so are numbers that are not finite.
extension TrainingCheckpoint {
  func json(stateNames: [String]) -> JSONValue {
    var members = [
      JSONMember("step", .integer(step)), JSONMember("epoch", .integer(epoch)),
      JSONMember("metadata", .object(metadata.map { JSONMember($0.name, .string($0.value)) })),
      JSONMember("fit", JSONValue(named: fit.numbers)),
    ]
    if let bestScore { members.append(JSONMember("best_score", JSONValue(exact: bestScore))) }
    if let optimizer {
      let groups = optimizer.groups.indices.map { JSONValue(named: optimizer.values(ofGroup: $0)) }
      let parts = [
        JSONMember("name", .string("\(optimizer.name)")), JSONMember("groups", .array(groups)),
        JSONMember("state", .array(stateNames.map { .string($0) })),
      ]
      members.append(JSONMember("optimizer", .object(parts)))
    }
    members.append(JSONMember("schedules", .array(schedules.map { JSONValue(named: $0.state()) })))
    let streams = ([Generator.default] + generators).map { generator in
      let state = generator.state
      return JSONValue.object([
        JSONMember("seed", .string("\(state.seed)")), JSONMember("offset", .string("\(state.offset)")),
      ])
    }
    members.append(JSONMember("generators", .array(streams)))
    if let loader, let place = loader.place {
      let parts = [
        JSONMember("epoch", .integer(place.epoch)), JSONMember("samples", .integer(place.samples)),
        JSONMember("seed", .string("\(loader.seed)")),
      ]
      members.append(JSONMember("loader", .object(parts)))
    }
    return .object(members)
  }
}

extension JSONValue {
  /// A number that comes back bit for bit (of NaN: that it is one).
  init(exact value: Double) {
    self = value.isFinite ? .number(value) : .string("\(value)")
  }

  /// What `init(exact:)` was given.
  var exactNumber: Double? {
    switch self {
    case .number(let value): value
    case .integer(let value): Double(value)
    case .string("nan"): .nan
    case .string("inf"): .infinity
    case .string("-inf"): -.infinity
    default: nil
    }
  }

  init(named numbers: [(name: String, value: Double)]) {
    self = .object(numbers.map { JSONMember($0.name, JSONValue(exact: $0.value)) })
  }

  /// An object's members as named numbers; nil for anything else.
  var namedNumbers: [(name: String, value: Double)]? {
    guard let members = object else { return nil }
    var result: [(name: String, value: Double)] = []
    for member in members {
      guard let value = member.value.exactNumber else { return nil }
      result.append((member.name, value))
    }
    return result
  }
}
