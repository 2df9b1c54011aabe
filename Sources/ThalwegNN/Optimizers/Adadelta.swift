import CKernels
public import ThalwegCore

/// Steps whose size follows those before. Zeiler 2012, "ADADELTA: an adaptive learning rate method", algorithm 1, with
/// PyTorch's learning rate (the paper's is 1).
///
/// With gradient g (negated to maximize), parameter p, running means of squares v and u, both 0 at first:
///
///     g = g + weightDecay p
///     v = rho v + (1 - rho) g²
///     d = √(u + epsilon) / √(v + epsilon) g
///     u = rho u + (1 - rho) d²
///     p = p - learningRate d
public final class Adadelta: Optimizer {
  private enum Key: Int { case lr, rho, eps, weightDecay, maximize }

  private var update = FusedUpdate<tk_adadelta_scalars>()

  /// - Throws: `.invalidArgument` for values out of range; what `Optimizer` refuses.
  public init(
    _ parameters: [Tensor], learningRate: Double = 1, rho: Double = 0.9, epsilon: Double = 1e-6,
    weightDecay: Double = 0,
    maximize: Bool = false
  ) throws(ThalwegError) {
    try super.init(
      parameters, name: "Adadelta",
      [.number("lr"), .closedShare("rho"), .number("eps"), .number("weight_decay"), .flag("maximize")],
      [learningRate, rho, epsilon, weightDecay, maximize ? 1 : 0])
  }

  override func stateNames(_ group: Group) -> (StaticString, StaticString, StaticString) {
    ("square_avg", "acc_delta", "")
  }

  override func advance() throws(ThalwegError) {
    try gather(&update) { group, state in
      tk_adadelta_scalars(
        rate: group[Key.lr], decay: group[Key.weightDecay], rho: group[Key.rho], epsilon: group[Key.eps],
        maximize: group.isSet(Key.maximize) ? 1 : 0)
    }
    update.run("Adadelta") { entry, first, count in
      let kernel =
        entry.isDouble ? kernels.pointee.f64.optimisers.adadelta : kernels.pointee.f32.optimisers.adadelta
      let at = entry.addresses(first)
      withUnsafePointer(to: entry.scalars) {
        kernel?(Int64(count), at.values, at.gradient, at.state.0, at.state.1, $0)
      }
    }
    commit()
  }
}
