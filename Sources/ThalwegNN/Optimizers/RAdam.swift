import CKernels
import Glibc
public import ThalwegCore

/// Adam whose step is rectified while its estimate of v rests on few gradients. Liu et al. 2020, "On the variance of the
/// adaptive learning rate and beyond", algorithm 2.
///
/// With gradient g (negated to maximize), parameter p, moments m and v as Adam's, step t = 1, 2, ...:
///
///     rho = 2 / (1 - beta2) - 1,   rho(t) = rho - 2 t beta2^t / (1 - beta2^t)
///     r = √((rho(t) - 4) (rho(t) - 2) rho / ((rho - 4) (rho - 2) rho(t)))
///     p = p - learningRate m / (1 - beta1^t) · (rho(t) > 5 ? r √(1 - beta2^t) / (√v + epsilon) : 1)
///
/// The paper's threshold is 4, PyTorch's and this one's 5.
public final class RAdam: Optimizer {
  private enum Key: Int { case lr, beta1, beta2, eps, weightDecay, decoupled, maximize }

  private var update = FusedUpdate<tk_adam_scalars>()

  /// - Throws: `.invalidArgument` for values that are negative or not finite and betas outside [0, 1); what `Optimizer`
  ///   refuses.
  public init(
    _ parameters: [Tensor], learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8, weightDecay: Double = 0, decoupledWeightDecay: Bool = false,
    maximize: Bool = false
  ) throws(ThalwegError) {
    try super.init(
      parameters, name: "RAdam",
      [
        .number("lr"), .share("beta1"), .share("beta2"), .number("eps"), .number("weight_decay"),
        .flag("decoupled_weight_decay"), .flag("maximize"),
      ],
      [
        learningRate, betas.0, betas.1, epsilon, weightDecay, decoupledWeightDecay ? 1 : 0, maximize ? 1 : 0,
      ])
  }

  override func stateNames(_ group: Group) -> (StaticString, StaticString, StaticString) {
    ("exp_avg", "exp_avg_sq", "")
  }

  override func advance() throws(ThalwegError) {
    try gather(&update) { group, state in
      let (rate, decay, t) = (group[Key.lr], group[Key.weightDecay], Double(state.step))
      let (beta1, beta2) = (group[Key.beta1], group[Key.beta2])
      let decoupled = group.isSet(Key.decoupled)
      let rest = 1 - pow(beta2, t)
      let limit = 2 / (1 - beta2) - 1
      let length = limit - 2 * t * pow(beta2, t) / rest
      var scalars = tk_adam_scalars(
        beta1: beta1, beta2: beta2, decay: decoupled ? 0 : decay, shrink: decoupled ? 1 - rate * decay : 1,
        root: 1, epsilon: group[Key.eps], moment_rate: rate / (1 - pow(beta1, t)), gradient_rate: 0,
        maximize: group.isSet(Key.maximize) ? 1 : 0)
      if length > 5 {
        scalars.moment_rate *=
          rest.squareRoot()
          * ((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length)).squareRoot()
      } else {
        (scalars.root, scalars.epsilon) = (0, 1)  // a denominator of 1
      }
      return scalars
    }
    update.runAdam("RAdam")
    commit()
  }
}
