package import CKernels

/// silu(x) = x s with s = sigmoid(x), elementwise, also known as swish. Elfwing et al. 2017, "Sigmoid-weighted linear
/// units for neural network function approximation in reinforcement learning".
/// Derivative: g s (1 + x (1 - s)).
package enum SiLU: ParametricActivation {
  package static let name: StaticString = "silu"
  package static func kernel(_ activations: tk_activations) -> tk_activation { activations.silu }

  package static func derivative(
    _ g: Tensor, _ x: Tensor, _ p: Double, _ q: Double
  ) throws(ThalwegError) -> Tensor {
    let s = try x.sigmoid()
    return try g * (s * (1 + x * (1 - s)))
  }
}

extension Tensor {
  public func silu() throws(ThalwegError) -> Tensor { try SiLU.apply(self) }

  /// mish(x) = x tanh(softplus(x)). Misra 2019.
  public func mish() throws(ThalwegError) -> Tensor { try self * softplus().tanh() }
}
