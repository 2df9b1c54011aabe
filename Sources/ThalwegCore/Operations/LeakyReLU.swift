package import CKernels

/// leaky_relu(x) = x above 0, else p x, elementwise; p the slope. Maas et al. 2013, "Rectifier nonlinearities improve
/// neural network acoustic models".
/// Derivative: g above 0, else p g.
package enum LeakyReLU: ParametricActivation {
  package static let name: StaticString = "leaky_relu"
  package static func kernel(_ activations: tk_activations) -> tk_activation { activations.leaky_relu }

  package static func derivative(
    _ g: Tensor, _ x: Tensor, _ p: Double, _ q: Double
  ) throws(ThalwegError) -> Tensor {
    try Tensor.where(x.greater(Tensor.scalar(0, dtype: x.dtype)), g, g * p)
  }
}

extension Tensor {
  public func leakyReLU(_ slope: Double = 0.01) throws(ThalwegError) -> Tensor {
    try LeakyReLU.apply(self, slope)
  }
}
