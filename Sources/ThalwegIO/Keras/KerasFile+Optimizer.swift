import ThalwegCore
import ThalwegNN

/// What an optimiser remembers, as Keras keeps it: the steps, the learning rate, then tensors of each variable.
extension KerasFile {
  fileprivate typealias Variable = (part: KerasPlan.Part, weight: KerasWeight, own: [Tensor], places: [Int])

  /// Makes `optimizer`, of the model's parameters, what the file's was.
  static func loadOptimizer(
    _ optimizer: Optimizer, _ module: Module, _ path: String, _ function: String
  ) throws(ThalwegError) {
    let variables = try variables(optimizer, module, function)
    try open(path, function) { file, json throws(ThalwegError) in
      let before = optimizer.groups.indices.map { optimizer.values(ofGroup: $0) }
      do throws(ThalwegError) {
        try load(optimizer, variables, file, json)
      } catch {
        for (group, values) in before.enumerated() { try optimizer.setValues(values, ofGroup: group) }
        throw file.session.error(error.code, "'\(path)': \(error.message)")
      }
    }
  }

  private static func load(
    _ optimizer: Optimizer, _ variables: [Variable], _ file: HDF5File, _ json: JSONValue?
  ) throws(ThalwegError) {
    let function = file.session.function
    func set(_ values: [(name: String, value: Double)]) throws(ThalwegError) {
      for group in optimizer.groups.indices {
        for (name, value) in values { try optimizer.setValue(name, group: group, value) }
      }
    }
    if let json { try set(KerasRule(optimizer, function).values(json)) }
    let (names, isGrouped) = try optimizerDatasets(file)
    // The values decide what is kept, and the learning rate is a part of some.
    var rule = try KerasRule(optimizer, function)
    let perVariable = rule.slots.reduce(0) { $0 + $1.count }
    let first = names.count - perVariable * variables.count
    guard first == 1 || first == 2 else {
      throw ThalwegError(
        .format,
        "the file's optimiser has \(names.count) tensors; for \(variables.count) variables it must be \(perVariable * variables.count) and 1 or 2"
      )
    }
    func number(_ name: String) throws(ThalwegError) -> Double {
      let dataset = try HDF5Dataset(name, in: file)
      guard dataset.shape.reduce(1, { $0 &* $1 }) == 1 else {
        throw ThalwegError(.format, "\(name) is no number")
      }
      return try dataset.readTensor().item()
    }
    let steps = try number(names[0])
    guard steps >= 0, steps < 0x1p53 else {
      throw ThalwegError(.format, "the optimiser has made \(steps) steps")
    }
    if let schedule = json?["config"]?["learning_rate"], schedule.object != nil {
      try set([("lr", KerasSchedule.rate(schedule, step: steps))])
      rule = try KerasRule(optimizer, function)
    } else if first == 2 {
      try set([("lr", number(names[1]))])
      rule = try KerasRule(optimizer, function)
    }
    var state: [(name: String, tensor: Tensor)] = []
    var next = first
    for slots in isGrouped ? rule.slots.flatMap({ $0.map { [$0] } }) : rule.slots {
      for variable in variables {
        for slot in slots {
          let tensors = try read(names[next], variable, slot, file)
          for (place, tensor) in zip(variable.places, tensors) {
            state.append(("\(place).\(slot.ours)", tensor))
          }
          next += 1
        }
      }
    }
    if rule.keepsStep {
      for place in variables.flatMap({ $0.places }) {
        state.append(("\(place).step", try Tensor.scalar(steps, dtype: .int64)))
      }
    }
    try optimizer.loadState(rule.keepsStep && steps == 0 ? [] : state)
  }

  private static func read(
    _ name: String, _ variable: Variable, _ slot: KerasRule.Slot, _ file: HDF5File
  ) throws(ThalwegError) -> [Tensor] {
    let dataset = try HDF5Dataset(name, in: file)
    let wanted = Array(try variable.weight.keras(variable.own).shape)
    guard dataset.element.dtype.isFloat, dataset.shape == wanted else {
      throw ThalwegError(
        .format,
        "the optimiser's tensor \(name) is \(dataset.element.dtype) \(dataset.shape); for the \(variable.weight.name) of '\(variable.part.path)' it must be floats \(wanted)"
      )
    }
    let tensor = try dataset.readTensor()
    return try noGrad { () throws(ThalwegError) in
      let scaled = slot.factor == 1 || slot.factor == 0 ? tensor : try tensor / slot.factor
      return try variable.weight.ours(scaled)
    }
  }

  /// The data sets, in order, and whether each kind stands for itself, as the first versions of TensorFlow's Keras have it.
  private static func optimizerDatasets(_ file: HDF5File) throws(ThalwegError) -> ([String], Bool) {
    if let members = try file.members("/optimizer/vars") {
      return (members.indices.map { "/optimizer/vars/\($0)" }, false)
    }
    let group = "/optimizer_weights"
    guard let object = try file.object(group) else {
      throw ThalwegError(.format, "the file has no optimiser")
    }
    let names = try file.splitStrings("weight_names", of: object.id, file.label("group", group))
    let isGrouped = names.contains { name in
      ["/m:0", "/v:0", "/rms:0", "/momentum:0", "/accumulator:0"].contains { name.hasSuffix($0) }
    }
    return (names.map { "\(group)/\($0)" }, isGrouped)
  }

  // MARK: - Writing

  /// What is to be written of an optimiser beside a model.
  struct OptimizerText {
    fileprivate let optimizer: Optimizer
    fileprivate let variables: [Variable]
    fileprivate let rule: KerasRule
    let config: JSONValue
  }

  static func text(
    _ optimizer: Optimizer, _ module: Module, _ function: String
  ) throws(ThalwegError) -> OptimizerText {
    let rule = try KerasRule(optimizer, function)
    return OptimizerText(
      optimizer: optimizer, variables: try variables(optimizer, module, function), rule: rule,
      config: try rule.config(optimizer, function))
  }

  /// Writes all tensors to `folder`; gives their names there.
  /// - Parameter hasRate: whether the learning rate is one of them, as in Keras 3.
  static func write(
    _ text: OptimizerText, to folder: String, hasRate: Bool = true, _ writer: HDF5Writer
  ) throws(ThalwegError) -> [String] {
    var known: [String: Tensor] = [:]
    var steps = 0.0
    for (name, tensor) in try text.optimizer.stateTensors() {
      known[name] = tensor
      if name.hasSuffix(".step") { steps = max(steps, try tensor.item()) }
    }
    var count = 0
    func write(_ tensor: Tensor) throws(ThalwegError) {
      let whole = try tensor.contiguous()
      try writer.write("\(folder)/\(count)", shape: Array(whole.shape), dtype: whole.dtype, whole.data)
      withExtendedLifetime(whole) {}
      count += 1
    }
    try write(Tensor.scalar(steps, dtype: .int64))
    if hasRate { try write(Tensor.scalar(text.optimizer.learningRate, dtype: .float32)) }
    for slots in text.rule.slots {
      for variable in text.variables {
        for slot in slots {
          var tensors: [Tensor] = []
          for (place, own) in zip(variable.places, variable.own) {
            if let tensor = known["\(place).\(slot.ours)"] {
              tensors.append(
                slot.factor == 1 ? tensor : try noGrad { () throws(ThalwegError) in try tensor * slot.factor }
              )
            } else {
              tensors.append(try Tensor.full(own.shape, text.rule.initial, dtype: own.dtype))
            }
          }
          try write(variable.weight.keras(tensors))
        }
      }
    }
    return (0..<count).map(String.init)
  }

  // MARK: - Both

  /// The variables that Keras trains, in its order, and our tensors' numbers in the optimiser.
  private static func variables(
    _ optimizer: Optimizer, _ module: Module, _ function: String
  ) throws(ThalwegError) -> [Variable] {
    guard module is Graph else {
      throw ThalwegError(
        .invalidArgument,
        "\(function): an optimiser goes with a model that load_keras made, not a \(module.typeName)")
    }
    var places: [ObjectIdentifier: Int] = [:]
    for parameter in optimizer.groups.flatMap(\.parameters) {
      places[ObjectIdentifier(parameter)] = places.count
    }
    var result: [Variable] = []
    for part in KerasPlan(module).parts where part.isTrainable {
      for weight in part.layer.kind.weights where weight.isTrained {
        let own = part.layer.tensors(weight) ?? []
        let found = own.compactMap { places.removeValue(forKey: ObjectIdentifier($0)) }
        guard found.count == weight.members.count else {
          throw ThalwegError(
            .invalidArgument,
            "\(function): the optimiser does not have the \(weight.name) of '\(part.path)', which Keras trains"
          )
        }
        result.append((part, weight, own, found))
      }
    }
    let rest = places.count
    if rest > 0 {
      let frozen = KerasPlan(module).parts.flatMap { part in
        part.isTrainable
          ? [] : part.layer.kind.weights.flatMap { part.layer.tensors($0) ?? [] }.map { ObjectIdentifier($0) }
      }
      guard places.keys.allSatisfy(Set(frozen).contains) else {
        throw ThalwegError(
          .invalidArgument, "\(function): \(rest) of the optimiser's parameters are none of the model's")
      }
    }
    return result
  }

  /// Runs `body` with a file of any form and what it says of its optimiser.
  private static func open(
    _ path: String, _ function: String, _ body: (HDF5File, JSONValue?) throws(ThalwegError) -> Void
  ) throws(ThalwegError) {
    if try isArchive(path, function) {
      let archive = try ZipReader(path: path, function)
      let text = try archive.read("config.json", atMost: JSONReader.maxBytes, function)
      let json = try JSONReader.read(text, allowsNonFinite: true)
      let bytes = try archive.read(weightsMember, atMost: largestWeights, function)
      return try inFile(bytes, path, function) { file throws(ThalwegError) in
        try body(file, json["compile_config"]?["optimizer"])
      }
    }
    try HDF5Session.run(function, reading: path) { session throws(ThalwegError) in
      let file = try HDF5File(path, session)
      var json: JSONValue?
      if let root = try file.object("/"),
        let text = try file.string("training_config", of: root.id, file.label("group", "/"))
      {
        json = try JSONReader.read(Array(text.utf8), allowsNonFinite: true)["optimizer_config"]
      }
      try body(file, json)
    }
  }
}
