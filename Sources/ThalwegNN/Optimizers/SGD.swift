import CKernels
public import ThalwegCore

/// Stochastic gradient descent with momentum, as PyTorch defines it.
///
/// With gradient g (negated to maximize), parameter p, velocity v:
///
///     g = g + weightDecay p
///     v = momentum v + (1 - dampening) g      (the first time: v = g)
///     p = p - learningRate v                  (Nesterov: p - learningRate (g + momentum v); no momentum: g for v)
///
/// Polyak 1964; Nesterov's form from Sutskever et al. 2013, "On the importance of initialization and momentum in deep
/// learning".
public final class SGD: Optimizer {
  public let momentum: Double
  public let dampening: Double
  public let weightDecay: Double
  public let nesterov: Bool
  public let maximize: Bool

  /// The velocity of each parameter, made at its first gradient.
  private var velocities: [Tensor?]

  /// - Throws: `.invalidArgument` for values that are negative or not finite, and for `nesterov` without momentum or with
  ///   dampening; what `Optimizer` refuses.
  public init(
    _ parameters: [Tensor], learningRate: Double = 1e-3, momentum: Double = 0, dampening: Double = 0,
    weightDecay: Double = 0, nesterov: Bool = false, maximize: Bool = false
  ) throws(ThalwegError) {
    try Optimizer.check(momentum, "SGD: the momentum", atLeast: 0)
    try Optimizer.check(weightDecay, "SGD: the weight decay", atLeast: 0)
    guard dampening.isFinite else {
      throw ThalwegError(.invalidArgument, "SGD: the dampening is \(dampening); it must be finite")
    }
    guard !nesterov || (momentum > 0 && dampening == 0) else {
      throw ThalwegError(
        .invalidArgument,
        "SGD: nesterov needs a momentum above 0 and dampening 0; they are \(momentum) and \(dampening)")
    }
    self.momentum = momentum
    self.dampening = dampening
    self.weightDecay = weightDecay
    self.nesterov = nesterov
    self.maximize = maximize
    velocities = Array(repeating: nil, count: parameters.count)
    try super.init(parameters, learningRate: learningRate, name: "SGD")
  }

  public override func step() throws(ThalwegError) {
    var update = FusedUpdate<tk_sgd_scalars>()
    var fresh: [(place: Int, velocity: Tensor)] = []
    var place = 0
    for group in groups {
      for parameter in group.parameters {
        defer { place += 1 }
        guard let gradient = parameter.grad else { continue }
        var velocity = velocities[place]
        let isFirst = velocity == nil
        if momentum != 0, isFirst {
          let new = try Tensor.make(parameter.shape, parameter.dtype, for: "SGD")
          fresh.append((place, new))
          velocity = new
        }
        let scalars = tk_sgd_scalars(
          learning_rate: group.learningRate, momentum: momentum, dampening: dampening,
          weight_decay: weightDecay, nesterov: nesterov ? 1 : 0, maximize: maximize ? 1 : 0,
          first_step: isFirst ? 1 : 0)
        try update.add(parameter, gradient, state: (velocity, nil, nil), scalars)
      }
    }
    update.run("SGD") { entry, first, count in
      let kernel =
        entry.values.dtype == .float64
        ? kernels.pointee.f64.optimisers.sgd : kernels.pointee.f32.optimisers.sgd
      let at = entry.addresses(first)
      withUnsafePointer(to: entry.scalars) { kernel?(Int64(count), at.values, at.gradient, at.state.0, $0) }
    }
    for (place, velocity) in fresh { velocities[place] = velocity }
  }

  /// "0.momentum_buffer" and so on, of the parameters that have had a gradient; none without momentum.
  public override func stateTensors() throws(ThalwegError) -> [(name: String, tensor: Tensor)] {
    var result: [(name: String, tensor: Tensor)] = []
    for (place, velocity) in velocities.enumerated() {
      if let velocity { result.append(("\(place).momentum_buffer", velocity)) }
    }
    return result
  }
}
