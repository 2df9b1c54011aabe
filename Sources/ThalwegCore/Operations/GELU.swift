package import CKernels

/// gelu(x) = x F(x) with F the normal distribution, elementwise. Hendrycks & Gimpel 2016, "Gaussian error linear units
/// (GELUs)".
/// Derivative: g (F(x) + x F'(x)).
package enum GELU: ParametricActivation {
  package static let name: StaticString = "gelu"
  package static func kernel(_ activations: tk_activations) -> tk_activation { activations.gelu }

  package static func derivative(
    _ g: Tensor, _ x: Tensor, _ p: Double, _ q: Double
  ) throws(ThalwegError) -> Tensor {
    let distribution = try 0.5 * (1 + (x * 0.7071067811865476).erf())
    let density = try 0.3989422804014327 * (-0.5 * (x * x)).exp()
    return try g * (distribution + x * density)
  }
}

/// gelu(x) by its approximation x (1 + tanh u) / 2 = x s with s = sigmoid(2 u), u = sqrt(2 / π) (x + 0.044715 x³).
/// Derivative: g (s + x s (1 - s) 2 u').
package enum TanhGELU: ParametricActivation {
  package static let name: StaticString = "gelu"
  package static func kernel(_ activations: tk_activations) -> tk_activation { activations.gelu_tanh }
  /// 2 sqrt(2 / π)
  private static let scale = 1.5957691216057308

  package static func derivative(
    _ g: Tensor, _ x: Tensor, _ p: Double, _ q: Double
  ) throws(ThalwegError) -> Tensor {
    let square = try x * x
    let s = try (x * (square * (0.044715 * TanhGELU.scale) + TanhGELU.scale)).sigmoid()
    let slope = try square * (3 * 0.044715 * TanhGELU.scale) + TanhGELU.scale
    return try g * (s + x * s * (1 - s) * slope)
  }
}

extension Tensor {
  /// - Parameter byTanh: with the approximation by tanh, PyTorch's approximate='tanh'.
  public func gelu(byTanh: Bool = false) throws(ThalwegError) -> Tensor {
    byTanh ? try TanhGELU.apply(self) : try GELU.apply(self)
  }
}
