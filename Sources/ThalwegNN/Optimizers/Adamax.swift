import CKernels
import Glibc
public import ThalwegCore

/// Adam with the largest gradient instead of the mean of squares. Kingma & Ba 2015, section 7.1, algorithm 2.
///
/// With gradient g (negated to maximize), parameter p, moment m and largest u, both 0 at first, step t = 1, 2, ...:
///
///     g = g + weightDecay p
///     m = beta1 m + (1 - beta1) g
///     u = max(beta2 u, |g| + epsilon)         (the paper has no epsilon; PyTorch has, and so has this)
///     p = p - learningRate m / (1 - beta1^t) / u
public final class Adamax: Optimizer {
  private enum Key: Int { case lr, beta1, beta2, eps, weightDecay, maximize }

  private var update = FusedUpdate<tk_adamax_scalars>()

  /// - Throws: `.invalidArgument` for values out of range; what `Optimizer` refuses.
  public init(
    _ parameters: [Tensor], learningRate: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8,
    weightDecay: Double = 0, maximize: Bool = false
  ) throws(ThalwegError) {
    try super.init(
      parameters, name: "Adamax",
      [
        .number("lr"), .share("beta1"), .share("beta2"), .number("eps"), .number("weight_decay"),
        .flag("maximize"),
      ], [learningRate, betas.0, betas.1, epsilon, weightDecay, maximize ? 1 : 0])
  }

  override func stateNames(_ group: Group) -> (StaticString, StaticString, StaticString) {
    ("exp_avg", "exp_inf", "")
  }

  override func advance() throws(ThalwegError) {
    try gather(&update) { group, state in
      tk_adamax_scalars(
        rate: group[Key.lr] / (1 - pow(group[Key.beta1], Double(state.step))), decay: group[Key.weightDecay],
        beta1: group[Key.beta1], beta2: group[Key.beta2], epsilon: group[Key.eps],
        maximize: group.isSet(Key.maximize) ? 1 : 0)
    }
    update.run("Adamax") { entry, first, count in
      let kernel =
        entry.isDouble ? kernels.pointee.f64.optimisers.adamax : kernels.pointee.f32.optimisers.adamax
      let at = entry.addresses(first)
      withUnsafePointer(to: entry.scalars) {
        kernel?(Int64(count), at.values, at.gradient, at.state.0, at.state.1, $0)
      }
    }
    commit()
  }
}
