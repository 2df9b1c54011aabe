import ThalwegCore
import ThalwegNN

/// What an optimiser is in Keras: its class, its options, and what it keeps of each variable.
///
/// Keras puts epsilon elsewhere than PyTorch and this library: of Adam before v is corrected for its beginning, of RMSprop,
/// Adagrad and Adadelta into the root. Where gradients are much larger than epsilon the steps are the same.
struct KerasRule {
  /// A tensor that is kept of each variable.
  struct Slot {
    let ours: String
    /// What Keras's is of ours: it counts the learning rate in where this says so.
    var factor = 1.0
  }

  /// Keras's names of this rule, the first of which is written.
  let classNames: [String]
  /// Keras's options and our hyperparameters.
  private let options: [(keras: String, ours: String)]
  /// In Keras's order: the slots of one list stand beside each other, variable by variable.
  let slots: [[Slot]]
  let keepsStep: Bool
  /// What a variable without a step has.
  let initial: Double

  /// The rule with the optimiser's present values.
  /// Errors: `.invalidArgument` for one that Keras does not have, or not so.
  init(_ optimizer: Optimizer, _ function: String) throws(ThalwegError) {
    let name = "\(optimizer.name)"
    func value(_ name: String) throws(ThalwegError) -> Double { try optimizer.value(name, group: 0) }
    let rate = optimizer.learningRate
    let betas: [(keras: String, ours: String)] = [("beta_1", "beta1"), ("beta_2", "beta2")]
    let epsilon: [(keras: String, ours: String)] = [("epsilon", "eps")]
    var (start, keepsStep) = (0.0, true)
    switch name {
    case "Adam", "AdamW":
      let isDecoupled = try value("decoupled_weight_decay") != 0
      classNames = isDecoupled ? ["AdamW", "Adam"] : ["Adam", "AdamW"]
      options = betas + epsilon + [("amsgrad", "amsgrad")]
      let maxima = try value("amsgrad") == 0 ? [] : [[Slot(ours: "max_exp_avg_sq")]]
      slots = [[Slot(ours: "exp_avg"), Slot(ours: "exp_avg_sq")]] + maxima
    case "SGD":
      classNames = ["SGD"]
      options = [("momentum", "momentum"), ("nesterov", "nesterov")]
      slots = try value("momentum") == 0 ? [] : [[Slot(ours: "momentum_buffer", factor: -rate)]]
      keepsStep = false
    case "RMSprop":
      classNames = ["RMSprop"]
      options = [("rho", "alpha"), ("momentum", "momentum"), ("centered", "centered")] + epsilon
      let momentum = try value("momentum") == 0 ? [] : [[Slot(ours: "momentum_buffer", factor: rate)]]
      let mean = try value("centered") == 0 ? [] : [[Slot(ours: "grad_avg")]]
      slots = [[Slot(ours: "square_avg")]] + momentum + mean
    case "Adagrad":
      classNames = ["Adagrad"]
      options = [("initial_accumulator_value", "initial_accumulator_value")] + epsilon
      slots = [[Slot(ours: "sum")]]
      start = try value("initial_accumulator_value")
    case "Adadelta":
      (classNames, options) = (["Adadelta"], [("rho", "rho")] + epsilon)
      slots = [[Slot(ours: "square_avg"), Slot(ours: "acc_delta")]]
    case "Adamax":
      (classNames, options) = (["Adamax"], betas + epsilon)
      slots = [[Slot(ours: "exp_avg"), Slot(ours: "exp_inf")]]
    case "Lion":
      (classNames, options, slots) = (["Lion"], betas, [[Slot(ours: "exp_avg")]])
    default:
      throw ThalwegError(.invalidArgument, "\(function): the optimiser \(name) has no equal in Keras")
    }
    (initial, self.keepsStep) = (start, keepsStep)
  }

  // MARK: - Configurations

  /// Keras's description of the optimiser.
  /// Errors: `.invalidArgument` for values that Keras does not have.
  func config(_ optimizer: Optimizer, _ function: String) throws(ThalwegError) -> JSONValue {
    let values = optimizer.values(ofGroup: 0)
    for group in optimizer.groups.indices {
      guard
        optimizer.values(ofGroup: group).elementsEqual(
          values, by: { $0.name == $1.name && $0.value == $1.value })
      else {
        throw ThalwegError(
          .invalidArgument, "\(function): the optimiser's groups differ; in Keras there is one")
      }
    }
    let known = Set(options.map(\.ours) + ["lr", "initial_lr", "weight_decay", "decoupled_weight_decay"])
    for (name, value) in values where !known.contains(name) && value != 0 {
      throw ThalwegError(.invalidArgument, "\(function): the optimiser's \(name) is \(value); Keras has none")
    }
    let decay =
      try optimizer.hyperparameters.contains { "\($0.name)" == "weight_decay" }
      ? optimizer.value("weight_decay", group: 0) : 0
    guard decay == 0 || classNames[0] == "AdamW" || classNames[0] == "Lion" else {
      throw ThalwegError(
        .invalidArgument,
        "\(function): the optimiser's weight_decay is a part of the gradient; Keras's is none")
    }
    var members = [
      JSONMember("name", .string(classNames[0].lowercased())),
      JSONMember("learning_rate", .number(optimizer.learningRate)),
    ]
    if decay != 0 { members.append(JSONMember("weight_decay", .number(decay))) }
    for (keras, ours) in options {
      guard let place = optimizer.hyperparameters.firstIndex(where: { "\($0.name)" == ours }) else {
        continue
      }
      let value = try optimizer.value(ours, group: 0)
      let isFlag = optimizer.hyperparameters[place].isFlag
      members.append(JSONMember(keras, isFlag ? .bool(value != 0) : .number(value)))
    }
    return .object([
      JSONMember("module", .string("keras.optimizers")), JSONMember("class_name", .string(classNames[0])),
      JSONMember("config", .object(members)), JSONMember("registered_name", .null),
    ])
  }

  /// Our hyperparameters as a configuration has them.
  /// Errors: `.format` for another optimiser, or options that are not supported.
  func values(_ json: JSONValue) throws(ThalwegError) -> [(name: String, value: Double)] {
    let isName = json.string != nil
    guard let name = json.string ?? json["class_name"]?.string,
      let config = isName ? KerasRule.standard(name) : json["config"]?.object
    else { throw ThalwegError(.format, "the file does not describe its optimiser") }
    let plain = name.split(separator: ">").last.map(String.init) ?? name  // "Custom>Adam" of Keras 2
    guard classNames.contains(where: { $0 == plain || isName && $0.lowercased() == plain.lowercased() })
    else {
      throw ThalwegError(.format, "the file's optimiser is \(name.prefix(64)); this one is \(classNames[0])")
    }
    var result: [(name: String, value: Double)] = []
    for member in config {
      if let (_, ours) = options.first(where: { $0.keras == member.name }) {
        let value = member.value.double ?? member.value.bool.map { $0 ? 1 : 0 }
        guard let value else {
          throw ThalwegError(.format, "the optimiser's \(member.name) is \(member.value.text.prefix(64))")
        }
        result.append((ours, value))
      } else if ["learning_rate", "lr"].contains(member.name) {
        if let rate = member.value.double { result.append(("lr", rate)) }
      } else if member.name == "weight_decay" {
        let decay = member.value.double ?? 0
        guard decay == 0 || ["AdamW", "Adam", "Lion"].contains(classNames[0]) else {
          throw ThalwegError(.format, "the optimiser's weight_decay is \(decay), which is not supported")
        }
        result.append(("weight_decay", decay))
        if decay != 0, classNames[0] != "Lion" { result.append(("decoupled_weight_decay", 1)) }
      } else if [
        "clipnorm", "global_clipnorm", "clipvalue", "use_ema", "loss_scale_factor",
        "gradient_accumulation_steps", "decay",
      ].contains(member.name), member.value != .null, member.value != .bool(false), member.value.double != 0 {
        throw ThalwegError(
          .format, "the optimiser's \(member.name) is \(member.value.text.prefix(64)), which is not supported"
        )
      }
    }
    return result
  }

  /// The options that a name alone stands for, such as "adam".
  private static func standard(_ name: String) -> [JSONMember]? {
    let epsilon = ("epsilon", 1e-7)
    let betas = [("beta_1", 0.9), ("beta_2", 0.999), epsilon]
    let options: [(name: String, value: Double)]? =
      switch name.lowercased() {
      case "adam": betas + [("amsgrad", 0)]
      case "adamw": betas + [("amsgrad", 0), ("weight_decay", 0.004)]
      case "adamax": betas
      case "sgd": [("learning_rate", 0.01), ("momentum", 0), ("nesterov", 0)]
      case "rmsprop": [("rho", 0.9), ("momentum", 0), ("centered", 0), epsilon]
      case "adagrad": [("initial_accumulator_value", 0.1), epsilon]
      case "adadelta": [("rho", 0.95), epsilon]
      case "lion": [("beta_1", 0.9), ("beta_2", 0.99)]
      default: nil
      }
    guard let options else { return nil }
    let rate =
      options.contains { $0.name == "learning_rate" }
      ? [] : [("learning_rate", name.lowercased() == "lion" ? 0.0001 : 0.001)]
    return (rate + options).map { JSONMember($0.0, .number($0.1)) }
  }
}
