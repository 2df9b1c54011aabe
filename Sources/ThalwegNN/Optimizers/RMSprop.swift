import CKernels
public import ThalwegCore

/// Steps divided by the root of the gradients' running mean square. Tieleman & Hinton 2012, "Lecture 6.5: RMSprop";
/// centred as in Graves 2013, "Generating sequences with recurrent neural networks".
///
/// With gradient g (negated to maximize), parameter p, running means v of squares and a of gradients, velocity u, all 0 at
/// first:
///
///     g = g + weightDecay p
///     v = alpha v + (1 - alpha) g²
///     a = alpha a + (1 - alpha) g                              (centred only; else a counts as 0)
///     u = momentum u + g / (√(v - a²) + epsilon)               (Graves and TensorFlow have epsilon under the root)
///     p = p - learningRate u
public final class RMSprop: Optimizer {
  private enum Key: Int { case lr, alpha, eps, weightDecay, momentum, centered, maximize }

  private var update = FusedUpdate<tk_rmsprop_scalars>()

  /// - Throws: `.invalidArgument` for values out of range; what `Optimizer` refuses.
  public init(
    _ parameters: [Tensor], learningRate: Double = 1e-2, alpha: Double = 0.99, epsilon: Double = 1e-8,
    weightDecay: Double = 0,
    momentum: Double = 0, centered: Bool = false, maximize: Bool = false
  ) throws(ThalwegError) {
    try super.init(
      parameters, name: "RMSprop",
      [
        .number("lr"), .number("alpha"), .number("eps"), .number("weight_decay"), .number("momentum"),
        .flag("centered"), .flag("maximize"),
      ], [learningRate, alpha, epsilon, weightDecay, momentum, centered ? 1 : 0, maximize ? 1 : 0])
  }

  override func stateNames(_ group: Group) -> (StaticString, StaticString, StaticString) {
    (
      "square_avg", group.isSet(Key.centered) ? "grad_avg" : "",
      group.isSet(Key.momentum) ? "momentum_buffer" : ""
    )
  }

  override func advance() throws(ThalwegError) {
    try gather(&update) { group, state in
      tk_rmsprop_scalars(
        rate: group[Key.lr], decay: group[Key.weightDecay], alpha: group[Key.alpha],
        momentum: group[Key.momentum], epsilon: group[Key.eps], maximize: group.isSet(Key.maximize) ? 1 : 0)
    }
    update.run("RMSprop") { entry, first, count in
      let kernel =
        entry.isDouble ? kernels.pointee.f64.optimisers.rmsprop : kernels.pointee.f32.optimisers.rmsprop
      let at = entry.addresses(first)
      withUnsafePointer(to: entry.scalars) {
        kernel?(Int64(count), at.values, at.gradient, at.state.0, at.state.1, at.state.2, $0)
      }
    }
    commit()
  }
}
