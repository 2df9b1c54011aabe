import CKernels
public import ThalwegCore

/// Steps of one size along the sign of a momentum. Chen et al. 2023, "Symbolic discovery of optimization algorithms",
/// algorithm 2. PyTorch has none; names and defaults are the authors'.
///
/// With gradient g (negated to maximize), parameter p, momentum m, 0 at first:
///
///     p = p - learningRate weightDecay p - learningRate sign(beta1 m + (1 - beta1) g)
///     m = beta2 m + (1 - beta2) g
public final class Lion: Optimizer {
  private enum Key: Int { case lr, beta1, beta2, weightDecay, maximize }

  private var update = FusedUpdate<tk_lion_scalars>()

  /// - Throws: `.invalidArgument` for values out of range; what `Optimizer` refuses.
  public init(
    _ parameters: [Tensor], learningRate: Double = 1e-4, betas: (Double, Double) = (0.9, 0.99),
    weightDecay: Double = 0,
    maximize: Bool = false
  ) throws(ThalwegError) {
    try super.init(
      parameters, name: "Lion",
      [.number("lr"), .share("beta1"), .share("beta2"), .number("weight_decay"), .flag("maximize")],
      [learningRate, betas.0, betas.1, weightDecay, maximize ? 1 : 0])
  }

  override func stateNames(_ group: Group) -> (StaticString, StaticString, StaticString) {
    ("exp_avg", "", "")
  }

  override func advance() throws(ThalwegError) {
    try gather(&update) { group, state in
      tk_lion_scalars(
        rate: group[Key.lr], shrink: 1 - group[Key.lr] * group[Key.weightDecay], beta1: group[Key.beta1],
        beta2: group[Key.beta2], maximize: group.isSet(Key.maximize) ? 1 : 0)
    }
    update.run("Lion") { entry, first, count in
      let kernel = entry.isDouble ? kernels.pointee.f64.optimisers.lion : kernels.pointee.f32.optimisers.lion
      let at = entry.addresses(first)
      withUnsafePointer(to: entry.scalars) { kernel?(Int64(count), at.values, at.gradient, at.state.0, $0) }
    }
    commit()
  }
}
