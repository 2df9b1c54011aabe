package import CKernels

/// elu(x) = q x above 0, else q p (e^x - 1), elementwise; p is alpha, q a scale. Clevert et al. 2015, "Fast and accurate
/// deep network learning by exponential linear units (ELUs)".
/// Derivative: q g above 0, else q p e^x g.
package enum ELU: ParametricActivation {
  package static let name: StaticString = "elu"
  package static func kernel(_ activations: tk_activations) -> tk_activation { activations.elu }

  package static func derivative(
    _ g: Tensor, _ x: Tensor, _ p: Double, _ q: Double
  ) throws(ThalwegError) -> Tensor {
    let zero = try Tensor.scalar(0, dtype: x.dtype)
    // Of the negative part only, as e^x beyond it may be infinite.
    let slope = try (Tensor.where(x.less(zero), x, zero)).exp() * (p * q)
    return try Tensor.where(x.greater(zero), g * q, g * slope)
  }
}

extension Tensor {
  public func elu(_ alpha: Double = 1) throws(ThalwegError) -> Tensor { try ELU.apply(self, alpha, 1) }

  /// selu(x): elu with the constants of Klambauer et al. 2017, "Self-normalizing neural networks".
  public func selu() throws(ThalwegError) -> Tensor {
    try ELU.apply(self, 1.6732632423543772848170429916717, 1.0507009873554804934193349852946)
  }

  /// celu(x) = alpha elu(x / alpha), which has a continuous derivative for any alpha. Barron 2017.
  /// - Throws: `.invalidArgument` for an alpha of 0.
  public func celu(_ alpha: Double = 1) throws(ThalwegError) -> Tensor {
    guard alpha != 0 else { throw ThalwegError(.invalidArgument, "celu: alpha is 0; it must not be") }
    return try ELU.apply(self / alpha, 1, 1) * alpha
  }
}
