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
/// Dampening 0 is the heavy ball (Polyak 1964), dampening = momentum the exponential average of gradients, whose first
/// value PyTorch does not dampen either. Nesterov's form from Sutskever et al. 2013, "On the importance of
/// initialization and momentum in deep learning", which scales v by the learning rate; PyTorch and this do not.
public final class SGD: Optimizer {
  private enum Key: Int { case lr, momentum, dampening, weightDecay, nesterov, maximize }

  private var update = FusedUpdate<tk_sgd_scalars>()

  /// - Throws: `.invalidArgument` for values that are negative or not finite, and for `nesterov` without momentum or with
  ///   dampening; what `Optimizer` refuses.
  public init(
    _ parameters: [Tensor], learningRate: Double = 1e-3, momentum: Double = 0, dampening: Double = 0,
    weightDecay: Double = 0, nesterov: Bool = false, maximize: Bool = false
  ) throws(ThalwegError) {
    try super.init(
      parameters, name: "SGD",
      [
        .number("lr"), .number("momentum"), .any("dampening"), .number("weight_decay"), .flag("nesterov"),
        .flag("maximize"),
      ], [learningRate, momentum, dampening, weightDecay, nesterov ? 1 : 0, maximize ? 1 : 0])
  }

  override func check(_ values: [Double]) throws(ThalwegError) {
    try super.check(values)
    let (momentum, dampening) = (values[Key.momentum.rawValue], values[Key.dampening.rawValue])
    guard values[Key.nesterov.rawValue] == 0 || (momentum > 0 && dampening == 0) else {
      throw ThalwegError(
        .invalidArgument,
        "SGD: nesterov needs a momentum above 0 and dampening 0; they are \(momentum) and \(dampening)")
    }
  }

  override var numberNames: [StaticString] { [] }

  override func stateNames(_ group: Group) -> (StaticString, StaticString, StaticString) {
    (group.isSet(Key.momentum) ? "momentum_buffer" : "", "", "")
  }

  override func advance() throws(ThalwegError) {
    try gather(&update) { group, state in
      tk_sgd_scalars(
        learning_rate: group[Key.lr], momentum: group[Key.momentum], dampening: group[Key.dampening],
        weight_decay: group[Key.weightDecay], nesterov: group.isSet(Key.nesterov) ? 1 : 0,
        maximize: group.isSet(Key.maximize) ? 1 : 0, first_step: state.isFresh ? 1 : 0)
    }
    update.run("SGD") { entry, first, count in
      let kernel = entry.isDouble ? kernels.pointee.f64.optimisers.sgd : kernels.pointee.f32.optimisers.sgd
      let at = entry.addresses(first)
      withUnsafePointer(to: entry.scalars) { kernel?(Int64(count), at.values, at.gradient, at.state.0, $0) }
    }
    commit()
  }
}
