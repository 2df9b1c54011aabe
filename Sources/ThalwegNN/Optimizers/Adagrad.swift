import CKernels
public import ThalwegCore

/// Steps divided by the root of all squared gradients so far. Duchi et al. 2011, "Adaptive subgradient methods for online
/// learning and stochastic optimization".
///
/// With gradient g (negated to maximize), parameter p, sum s, at first `initialAccumulatorValue`, step t = 1, 2, ...:
///
///     g = g + weightDecay p
///     s = s + g²
///     p = p - learningRate / (1 + (t - 1) learningRateDecay) g / (√s + epsilon)
///
/// PyTorch makes the sums as it makes the optimiser, this at a parameter's first step.
public final class Adagrad: Optimizer {
  private enum Key: Int { case lr, lrDecay, weightDecay, initial, eps, maximize }

  private var update = FusedUpdate<tk_adagrad_scalars>()

  /// - Throws: `.invalidArgument` for values out of range; what `Optimizer` refuses.
  public init(
    _ parameters: [Tensor], learningRate: Double = 1e-2, learningRateDecay: Double = 0,
    weightDecay: Double = 0,
    initialAccumulatorValue: Double = 0, epsilon: Double = 1e-10, maximize: Bool = false
  ) throws(ThalwegError) {
    try super.init(
      parameters, name: "Adagrad",
      [
        .number("lr"), .number("lr_decay"), .number("weight_decay"), .number("initial_accumulator_value"),
        .number("eps"), .flag("maximize"),
      ], [learningRate, learningRateDecay, weightDecay, initialAccumulatorValue, epsilon, maximize ? 1 : 0])
  }

  override func stateNames(_ group: Group) -> (StaticString, StaticString, StaticString) {
    ("sum", "", "")
  }

  override func initialValue(_ group: Group) -> Double { group[Key.initial] }

  override func advance() throws(ThalwegError) {
    try gather(&update) { group, state in
      tk_adagrad_scalars(
        rate: group[Key.lr] / (1 + Double(state.step - 1) * group[Key.lrDecay]),
        decay: group[Key.weightDecay],
        epsilon: group[Key.eps], maximize: group.isSet(Key.maximize) ? 1 : 0)
    }
    update.run("Adagrad") { entry, first, count in
      let kernel =
        entry.isDouble ? kernels.pointee.f64.optimisers.adagrad : kernels.pointee.f32.optimisers.adagrad
      let at = entry.addresses(first)
      withUnsafePointer(to: entry.scalars) { kernel?(Int64(count), at.values, at.gradient, at.state.0, $0) }
    }
    commit()
  }
}
