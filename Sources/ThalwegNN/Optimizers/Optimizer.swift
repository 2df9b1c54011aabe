public import ThalwegCore

/// Changes parameters along their gradients. A subclass overrides `step` and `stateTensors`.
///
/// One thread at a time may use an optimiser.
open class Optimizer: Object {
  /// Parameters that are updated with the same learning rate.
  public struct Group {
    public let parameters: [Tensor]
    public internal(set) var learningRate: Double
  }

  public internal(set) var groups: [Group]
  /// Whether the `fit` that runs with this optimizer is to end.
  final let fitIsCancelled = Flag()

  /// - Parameter name: what errors call the optimiser.
  /// - Throws: `.invalidArgument` for a learning rate that is negative or not finite, no parameters, or one that is given
  ///   twice or expanded; `.dtype` unless float; `.autograd` for a parameter that is no leaf.
  public init(
    _ parameters: [Tensor], learningRate: Double, name: StaticString
  ) throws(ThalwegError) {
    try Optimizer.check(learningRate, "\(name): the learning rate", atLeast: 0)
    try Optimizer.check(parameters, name)
    groups = [Group(parameters: parameters, learningRate: learningRate)]
    super.init()
  }

  /// Updates every parameter that has a gradient, in place and unrecorded. On an error no parameter has changed.
  open func step() throws(ThalwegError) {
    throw ThalwegError(
      .invalidArgument, "step: a plain optimizer changes nothing; a subclass must override step")
  }

  /// What the optimiser remembers between steps, by name: the parameter's number, a dot, PyTorch's name of the entry.
  /// - Throws: `.outOfMemory`.
  open func stateTensors() throws(ThalwegError) -> [(name: String, tensor: Tensor)] { [] }

  /// Clears the gradient of every parameter.
  public final func zeroGrad() {
    for group in groups {
      for parameter in group.parameters { parameter.exchangeGradient(nil) }
    }
  }

  /// The learning rate of the first group.
  public final var learningRate: Double { groups.first?.learningRate ?? 0 }

  /// Sets the learning rate of all groups.
  /// - Throws: `.invalidArgument` if it is negative or not finite.
  public final func setLearningRate(_ value: Double) throws(ThalwegError) {
    try Optimizer.check(value, "set_lr: the learning rate", atLeast: 0)
    for i in groups.indices { groups[i].learningRate = value }
  }

  // MARK: - Ending fit

  /// Ends the `fit` that runs with this optimizer, within a layer's time; without one it does nothing. Any thread may
  /// call it.
  public final func cancelFit() { fitIsCancelled.value = true }

  // MARK: - Checks

  /// - Parameter what: the function's and the value's name, for the error.
  static func check(
    _ value: Double, _ what: @autoclosure () -> String, atLeast least: Double, below limit: Double = .infinity
  ) throws(ThalwegError) {
    guard value >= least, value < limit else {
      let upper = limit == .infinity ? "finite" : "below \(limit)"
      throw ThalwegError(.invalidArgument, "\(what()) is \(value); it must be at least \(least) and \(upper)")
    }
  }

  private static func check(_ parameters: [Tensor], _ name: StaticString) throws(ThalwegError) {
    guard !parameters.isEmpty else {
      throw ThalwegError(.invalidArgument, "\(name): no parameters were given; there is nothing to optimise")
    }
    var places: [ObjectIdentifier: Int] = [:]
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
      if let first = places.updateValue(i, forKey: ObjectIdentifier(parameter)) {
        throw ThalwegError(.invalidArgument, "\(name): parameters \(first) and \(i) are the same tensor")
      }
      try noGrad { () throws(ThalwegError) in try parameter.checkWritable(by: name) }
    }
  }
}
