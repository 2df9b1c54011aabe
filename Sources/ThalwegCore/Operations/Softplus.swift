package import CKernels

/// softplus(x) = ln(1 + e^px) / p, and x itself where px > q, elementwise; p is beta, q the threshold. Dugas et al. 2001.
/// Derivative: g sigmoid(px), g beyond the threshold.
package enum Softplus: ParametricActivation {
  package static let name: StaticString = "softplus"
  package static func kernel(_ activations: tk_activations) -> tk_activation { activations.softplus }

  package static func derivative(
    _ g: Tensor, _ x: Tensor, _ p: Double, _ q: Double
  ) throws(ThalwegError) -> Tensor {
    let z = try x * p
    return try Tensor.where(z.greater(Tensor.scalar(q, dtype: x.dtype)), g, g * z.sigmoid())
  }
}

extension Tensor {
  public func softplus(beta: Double = 1, threshold: Double = 20) throws(ThalwegError) -> Tensor {
    try Softplus.apply(self, beta, threshold)
  }

  /// logsigmoid(x) = ln sigmoid(x) = -softplus(-x), without overflow.
  public func logSigmoid() throws(ThalwegError) -> Tensor {
    try -(-self).softplus(beta: 1, threshold: .infinity)
  }
}
