import CKernels
import Glibc
public import ThalwegCore

/// Adam: steps scaled by running moments of the gradient. Kingma & Ba 2015, "Adam: a method for stochastic
/// optimization", algorithm 1, as PyTorch computes it.
///
/// With gradient g (negated to maximize), parameter p, moments m and v, both 0 at first, step t = 1, 2, ...:
///
///     g = g + weightDecay p                   (decoupled: p = p - learningRate weightDecay p instead)
///     m = beta1 m + (1 - beta1) g
///     v = beta2 v + (1 - beta2) g²
///     p = p - learningRate m / (1 - beta1^t) / (√(v / (1 - beta2^t)) + epsilon)
///
/// Decoupled weight decay makes it AdamW (Loshchilov & Hutter 2019, "Decoupled weight decay regularization"; there the
/// decay is scaled by the schedule alone, in PyTorch and here by the learning rate). AMSGrad uses the largest v so far
/// (Reddi et al. 2018, "On the convergence of Adam and beyond"), as in PyTorch before its bias is corrected.
public final class Adam: Optimizer {
  private enum Key: Int { case lr, beta1, beta2, eps, weightDecay, amsgrad, maximize, decoupled }

  private var update = FusedUpdate<tk_adam_scalars>()

  /// - Throws: `.invalidArgument` for values that are negative or not finite and betas outside [0, 1); what `Optimizer`
  ///   refuses.
  public init(
    _ parameters: [Tensor], learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8, weightDecay: Double = 0, amsgrad: Bool = false, maximize: Bool = false,
    decoupledWeightDecay: Bool = false
  ) throws(ThalwegError) {
    try super.init(
      parameters, name: decoupledWeightDecay ? "AdamW" : "Adam",
      [
        .number("lr"), .share("beta1"), .share("beta2"), .number("eps"), .number("weight_decay"),
        .flag("amsgrad"), .flag("maximize"), .flag("decoupled_weight_decay"),
      ],
      [
        learningRate, betas.0, betas.1, epsilon, weightDecay, amsgrad ? 1 : 0, maximize ? 1 : 0,
        decoupledWeightDecay ? 1 : 0,
      ])
  }

  override func stateNames(_ group: Group) -> (StaticString, StaticString, StaticString) {
    ("exp_avg", "exp_avg_sq", group.isSet(Key.amsgrad) ? "max_exp_avg_sq" : "")
  }

  override func advance() throws(ThalwegError) {
    try gather(&update) { group, state in
      let (rate, decay) = (group[Key.lr], group[Key.weightDecay])
      let (beta1, beta2) = (group[Key.beta1], group[Key.beta2])
      let decoupled = group.isSet(Key.decoupled)
      return tk_adam_scalars(
        beta1: beta1, beta2: beta2, decay: decoupled ? 0 : decay, shrink: decoupled ? 1 - rate * decay : 1,
        root: 1 / (1 - pow(beta2, Double(state.step))).squareRoot(), epsilon: group[Key.eps],
        moment_rate: rate / (1 - pow(beta1, Double(state.step))), gradient_rate: 0,
        maximize: group.isSet(Key.maximize) ? 1 : 0)
    }
    update.runAdam(name)
    commit()
  }
}

extension FusedUpdate<tk_adam_scalars> {
  /// Runs the kernel that Adam, NAdam and RAdam share.
  mutating func runAdam(_ name: StaticString) {
    run(name) { entry, first, count in
      let kernel = entry.isDouble ? kernels.pointee.f64.optimisers.adam : kernels.pointee.f32.optimisers.adam
      let at = entry.addresses(first)
      withUnsafePointer(to: entry.scalars) {
        kernel?(Int64(count), at.values, at.gradient, at.state.0, at.state.1, at.state.2, $0)
      }
    }
  }
}
