public import ThalwegCore

/// Changes parameters along their gradients. A subclass names its hyperparameters and the tensors that it keeps of a
/// parameter, and overrides `advance`.
///
/// Parameters come in groups with values of their own for each hyperparameter, all of which can change between steps.
/// Gradients accumulate until they are cleared: a step for every n-th batch is the step of one batch n times as large,
/// if each loss was divided by n.
///
/// One thread at a time may use an optimiser.
public class Optimizer: Object {
  /// Parameters that are updated with the same hyperparameters.
  public struct Group {
    public let parameters: [Tensor]
    /// In the order of the optimiser's hyperparameters.
    var values: [Double]
    /// The learning rate that a schedule began with; nil if there was none.
    public internal(set) var initialLearningRate: Double?

    /// Every optimiser's first hyperparameter.
    public var learningRate: Double { values[0] }

    subscript<Name: RawRepresentable>(_ name: Name) -> Double where Name.RawValue == Int {
      values[name.rawValue]
    }
    func isSet<Name: RawRepresentable>(_ name: Name) -> Bool where Name.RawValue == Int {
      values[name.rawValue] != 0
    }
  }

  /// What is remembered of one parameter; nothing before its first step.
  struct State {
    /// Steps of the parameter, 1 in its first.
    var step = 0
    /// NAdam's product of all mu so far.
    var product = 1.0
    var tensors: (Tensor?, Tensor?, Tensor?) = (nil, nil, nil)
    /// Whether the first tensor was made for this step.
    var isFresh = false
  }

  public let name: StaticString
  public let hyperparameters: [Hyperparameter]
  public internal(set) var groups: [Group] = []
  /// What a new group has where it does not say otherwise.
  private let defaults: [Double]
  /// Of all parameters, group by group.
  final var states: [State] = []
  /// States after the step that is prepared, and their parameters' numbers.
  private final var pending: [(place: Int, state: State)] = []
  /// Whether the `fit` that runs with this optimizer is to end.
  final let fitIsCancelled = Flag()
  /// Names of states that the C interface has handed out.
  package final let names = NamePool()

  /// - Parameter name: what errors call the optimiser.
  /// - Throws: `.invalidArgument` for values out of their hyperparameters' range, no parameters, or one that is given
  ///   twice or expanded; `.dtype` unless float; `.autograd` for a parameter that is no leaf.
  init(
    _ parameters: [Tensor], name: StaticString, _ hyperparameters: [Hyperparameter], _ values: [Double]
  ) throws(ThalwegError) {
    self.name = name
    self.hyperparameters = hyperparameters
    defaults = values
    super.init()
    try append(parameters, values)
  }

  /// Updates every parameter that has a gradient, in place and unrecorded. On an error no parameter has changed.
  public final func step() throws(ThalwegError) {
    func run() throws(ThalwegError) { try advance() }
    if Recording.isActive { try Recording.note(throwing: run) } else { try run() }
  }

  /// What `step` does.
  func advance() throws(ThalwegError) {
    throw ThalwegError(
      .invalidArgument, "step: a plain optimizer changes nothing; a subclass must override advance")
  }

  /// Computes the loss and its gradients with `closure`, which records, then steps.
  /// - Returns: the loss.
  @discardableResult
  public func step(_ closure: () throws(ThalwegError) -> Double) throws(ThalwegError) -> Double {
    let loss = try GradMode.with(true, closure)
    try step()
    return loss
  }

  /// Clears the gradient of every parameter.
  /// - Parameter setToNone: false fills with zeros what gradients there are: their parameters go on taking part in steps.
  public final func zeroGrad(setToNone: Bool = true) {
    for group in groups {
      for parameter in group.parameters {
        if !setToNone, let gradient = parameter.grad, gradient.isLeaf {
          gradient.write(0)
          gradient.storage.didChange(by: "zero_grad")
        } else {
          parameter.exchangeGradient(nil)
        }
      }
    }
  }

  // MARK: - Groups

  /// Adds parameters with values of their own; what is not given is as the optimiser was made.
  /// - Throws: as the initialiser; `.invalidArgument` also for a name that is no hyperparameter's.
  public func addGroup(
    _ parameters: [Tensor], _ values: [(name: String, value: Double)] = []
  ) throws(ThalwegError) {
    var all = defaults
    for (name, value) in values { all[try index(of: name)] = value }
    try append(parameters, all)
  }

  private func append(_ parameters: [Tensor], _ values: [Double]) throws(ThalwegError) {
    try check(values)
    try check(parameters)
    groups.append(Group(parameters: parameters, values: values))
    states.append(contentsOf: repeatElement(State(), count: parameters.count))
  }

  /// A group's value of a hyperparameter; "initial_lr" is one where there was a schedule.
  /// - Throws: `.invalidArgument` for a group or name that does not exist.
  public final func value(_ name: String, group: Int) throws(ThalwegError) -> Double {
    let group = try checked(group)
    if name == "initial_lr", let rate = groups[group].initialLearningRate { return rate }
    return groups[group].values[try index(of: name)]
  }

  /// Changes a group's value of a hyperparameter.
  /// - Throws: `.invalidArgument` for a group or name that does not exist and a value out of range.
  public final func setValue(_ name: String, group: Int, _ value: Double) throws(ThalwegError) {
    try Recording.forbid("set_value")
    let group = try checked(group)
    if name == "initial_lr" {
      try hyperparameters[0].check(value, of: self.name)
      groups[group].initialLearningRate = value
      return
    }
    let place = try index(of: name)
    var values = groups[group].values
    values[place] = value
    try check(values)
    groups[group].values[place] = value
  }

  /// A group's values by name, "initial_lr" among them where there was a schedule.
  package final func values(ofGroup group: Int) -> [(name: String, value: Double)] {
    guard groups.indices.contains(group) else { return [] }
    var result = zip(hyperparameters, groups[group].values).map { (name: "\($0.name)", value: $1) }
    if let rate = groups[group].initialLearningRate { result.append(("initial_lr", rate)) }
    return result
  }

  /// Sets what `values(ofGroup:)` gave.
  /// - Throws: as `setValue`; then nothing has changed.
  package final func setValues(
    _ given: [(name: String, value: Double)], ofGroup group: Int
  ) throws(ThalwegError) {
    let group = try checked(group)
    var values = groups[group].values
    var initial: Double?
    for (name, value) in given {
      if name == "initial_lr" { initial = value } else { values[try index(of: name)] = value }
    }
    if let initial { try hyperparameters[0].check(initial, of: self.name) }
    try check(values)
    groups[group].values = values
    groups[group].initialLearningRate = initial
  }

  private func checked(_ group: Int) throws(ThalwegError) -> Int {
    if groups.indices.contains(group) { return group }
    throw ThalwegError(
      .invalidArgument, "\(name): there is no parameter group \(group); there are \(groups.count)")
  }

  /// A hyperparameter's place; nil if the optimiser has none of this name.
  final func place(of name: StaticString) -> Int? {
    hyperparameters.firstIndex { "\($0.name)" == "\(name)" }
  }

  private func index(of name: String) throws(ThalwegError) -> Int {
    if let place = hyperparameters.firstIndex(where: { "\($0.name)" == name }) { return place }
    throw ThalwegError(
      .invalidArgument,
      "\(self.name): there is no hyperparameter \(name); \(hyperparameters.map { "\($0.name)" }.joined(separator: ", ")) are"
    )
  }

  /// Checks a group's values. A subclass adds what holds between them.
  func check(_ values: [Double]) throws(ThalwegError) {
    for (option, value) in zip(hyperparameters, values) { try option.check(value, of: name) }
  }

  private func check(_ parameters: [Tensor]) throws(ThalwegError) {
    guard !parameters.isEmpty else {
      throw ThalwegError(.invalidArgument, "\(name): no parameters were given; there is nothing to optimise")
    }
    var places: [ObjectIdentifier: Int] = [:]
    for parameter in groups.lazy.flatMap(\.parameters) {
      places[ObjectIdentifier(parameter)] = places.count
    }
    for (i, parameter) in parameters.enumerated() {
      guard parameter.dtype.isFloat else {
        throw ThalwegError(
          .dtype, "\(name): parameter \(i) is \(parameter.dtype); only float32 and float64 can be optimised")
      }
      guard parameter.isLeaf else {
        throw ThalwegError(
          .autograd,
          "\(name): parameter \(i) is the result of a recorded operation; only leaves can be optimised, detach() it"
        )
      }
      let place = states.count + i
      if let first = places.updateValue(place, forKey: ObjectIdentifier(parameter)) {
        throw ThalwegError(.invalidArgument, "\(name): parameters \(first) and \(place) are the same tensor")
      }
      try noGrad { () throws(ThalwegError) in try parameter.checkWritable(by: name) }
    }
  }

  // MARK: - The learning rate

  /// The learning rate of the first group.
  public final var learningRate: Double { groups.first?.learningRate ?? 0 }

  /// Sets the learning rate of all groups.
  /// - Throws: `.invalidArgument` if it is negative or not finite.
  public final func setLearningRate(_ value: Double) throws(ThalwegError) {
    try Recording.forbid("set_lr")
    try hyperparameters[0].check(value, of: name)
    for i in groups.indices { groups[i].values[0] = value }
  }

  // MARK: - A step of a subclass

  /// Names of the tensors that are kept of a parameter in this group, in the order of `State.tensors`: "" for none.
  func stateNames(_ group: Group) -> (StaticString, StaticString, StaticString) { ("", "", "") }

  /// Names of the numbers that are kept of a parameter.
  var numberNames: [StaticString] { ["step"] }

  /// What a new tensor of a state is filled with.
  func initialValue(_ group: Group) -> Double { 0 }

  /// Gathers the update of every parameter that has a gradient.
  /// - Parameter scalars: gets the state as after the step, and may change its numbers.
  final func gather<Scalars>(
    _ update: inout FusedUpdate<Scalars>, _ scalars: (Group, inout State) -> Scalars
  ) throws(ThalwegError) {
    update.clear()
    pending.removeAll(keepingCapacity: true)
    var place = 0
    for group in groups {
      let names = stateNames(group)
      for parameter in group.parameters {
        defer { place += 1 }
        guard let gradient = parameter.grad else { continue }
        var state = states[place]
        state.isFresh = state.tensors.0 == nil
        let initial = initialValue(group)
        let tensors = (
          try Self.ensure(&state.tensors.0, names.0, initial, parameter),
          try Self.ensure(&state.tensors.1, names.1, initial, parameter),
          try Self.ensure(&state.tensors.2, names.2, initial, parameter)
        )
        state.step += 1
        try update.add(parameter, gradient, state: tensors, scalars: scalars(group, &state))
        pending.append((place, state))
      }
    }
  }

  /// Keeps the states of the step that was gathered and has run.
  final func commit() {
    for (place, state) in pending { states[place] = state }
    pending.removeAll(keepingCapacity: true)
  }

  /// The tensor of a state, made if there is none yet; nil if it has no name, for then the rule has no use for it.
  private static func ensure(
    _ tensor: inout Tensor?, _ name: StaticString, _ initial: Double, _ parameter: Tensor
  ) throws(ThalwegError) -> Tensor? {
    if name.utf8CodeUnitCount == 0 { return nil }
    if tensor == nil { tensor = try Tensor.full(parameter.shape, initial, dtype: parameter.dtype) }
    return tensor
  }

  // MARK: - What is remembered

  /// What the optimiser remembers between steps, by name: the parameter's number, a dot, PyTorch's name of the entry;
  /// of the parameters that have taken part in a step. Numbers are copies, tensors the optimiser's own.
  /// - Throws: `.outOfMemory`.
  public func stateTensors() throws(ThalwegError) -> [(name: String, tensor: Tensor)] {
    try parameterStates()
  }

  /// Replaces all that is remembered by copies of what `stateTensors` gave: training goes on as it would have.
  /// - Throws: `.invalidArgument` for a name that is none of this optimiser's, `.shape` for a tensor of another shape
  ///   than its parameter's. Then nothing has changed.
  public func loadState(_ tensors: [(name: String, tensor: Tensor)]) throws(ThalwegError) {
    try loadParameterStates(tensors)
  }

  // MARK: - Ending fit

  /// Ends the `fit` that runs with this optimizer, within a layer's time; without one it does nothing. Any thread may
  /// call it.
  public final func cancelFit() { fitIsCancelled.value = true }
}
