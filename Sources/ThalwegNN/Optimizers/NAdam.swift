import CKernels
import Glibc
public import ThalwegCore

/// Adam with Nesterov's momentum. Dozat 2016, "Incorporating Nesterov momentum into Adam", with its schedule of the
/// momentum.
///
/// With gradient g (negated to maximize), parameter p, moments m and v, both 0 at first, step t = 1, 2, ...:
///
///     g = g + weightDecay p                   (decoupled: p = p - learningRate weightDecay p instead)
///     mu(t) = beta1 (1 - 0.5 · 0.96^(t momentumDecay)),   M(t) = mu(1) ... mu(t)
///     m = beta1 m + (1 - beta1) g
///     v = beta2 v + (1 - beta2) g²
///     p = p - learningRate (mu(t+1) m / (1 - M(t+1)) + (1 - mu(t)) g / (1 - M(t))) / (√(v / (1 - beta2^t)) + epsilon)
///
/// PyTorch keeps M in float32, this in float64.
public final class NAdam: Optimizer {
  private enum Key: Int { case lr, beta1, beta2, eps, weightDecay, momentumDecay, decoupled, maximize }

  private var update = FusedUpdate<tk_adam_scalars>()

  /// - Throws: `.invalidArgument` for values that are negative or not finite and betas outside [0, 1); what `Optimizer`
  ///   refuses.
  public init(
    _ parameters: [Tensor], learningRate: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8, weightDecay: Double = 0, momentumDecay: Double = 4e-3,
    decoupledWeightDecay: Bool = false, maximize: Bool = false
  ) throws(ThalwegError) {
    try super.init(
      parameters, name: "NAdam",
      [
        .number("lr"), .share("beta1"), .share("beta2"), .number("eps"), .number("weight_decay"),
        .number("momentum_decay"), .flag("decoupled_weight_decay"), .flag("maximize"),
      ],
      [
        learningRate, betas.0, betas.1, epsilon, weightDecay, momentumDecay, decoupledWeightDecay ? 1 : 0,
        maximize ? 1 : 0,
      ])
  }

  override var numberNames: [StaticString] { ["step", "mu_product"] }

  override func stateNames(_ group: Group) -> (StaticString, StaticString, StaticString) {
    ("exp_avg", "exp_avg_sq", "")
  }

  override func advance() throws(ThalwegError) {
    try gather(&update) { group, state in
      let (rate, decay, t) = (group[Key.lr], group[Key.weightDecay], Double(state.step))
      let (beta1, beta2) = (group[Key.beta1], group[Key.beta2])
      let decoupled = group.isSet(Key.decoupled)
      func mu(_ t: Double) -> Double { beta1 * (1 - 0.5 * pow(0.96, t * group[Key.momentumDecay])) }
      state.product *= mu(t)
      return tk_adam_scalars(
        beta1: beta1, beta2: beta2, decay: decoupled ? 0 : decay, shrink: decoupled ? 1 - rate * decay : 1,
        root: 1 / (1 - pow(beta2, t)).squareRoot(), epsilon: group[Key.eps],
        moment_rate: rate * mu(t + 1) / (1 - state.product * mu(t + 1)),
        gradient_rate: rate * (1 - mu(t)) / (1 - state.product), maximize: group.isSet(Key.maximize) ? 1 : 0)
    }
    update.runAdam("NAdam")
    commit()
  }
}
