import CKernels

extension tk_activations {
  /// The activations of float32.
  static func float32() -> tk_activations {
    tk_activations(
      leaky_relu: tk_activation(
        value: { LeakyRectifier<Float>.value($0, $1, $2, $3, $4) },
        gradient: { LeakyRectifier<Float>.gradient($0, $1, $2, $3, $4, $5) }),
      elu: tk_activation(
        value: { ExponentialLinear<Float>.value($0, $1, $2, $3, $4) },
        gradient: { ExponentialLinear<Float>.gradient($0, $1, $2, $3, $4, $5) }),
      gelu: tk_activation(
        value: { GaussianLinear<Float>.value($0, $1, $2, $3, $4) },
        gradient: { GaussianLinear<Float>.gradient($0, $1, $2, $3, $4, $5) }),
      gelu_tanh: tk_activation(
        value: { GaussianLinearByTanh<Float>.value($0, $1, $2, $3, $4) },
        gradient: { GaussianLinearByTanh<Float>.gradient($0, $1, $2, $3, $4, $5) }),
      silu: tk_activation(
        value: { SigmoidLinear<Float>.value($0, $1, $2, $3, $4) },
        gradient: { SigmoidLinear<Float>.gradient($0, $1, $2, $3, $4, $5) }),
      softplus: tk_activation(
        value: { Softplus<Float>.value($0, $1, $2, $3, $4) },
        gradient: { Softplus<Float>.gradient($0, $1, $2, $3, $4, $5) }),
      huber: tk_activation(
        value: { Huber<Float>.value($0, $1, $2, $3, $4) },
        gradient: { Huber<Float>.gradient($0, $1, $2, $3, $4, $5) }),
      clamp: tk_activation(
        value: { Clamp<Float>.value($0, $1, $2, $3, $4) },
        gradient: { Clamp<Float>.gradient($0, $1, $2, $3, $4, $5) }),
      hardtanh: tk_activation(
        value: { HardTanh<Float>.value($0, $1, $2, $3, $4) },
        gradient: { HardTanh<Float>.gradient($0, $1, $2, $3, $4, $5) }))
  }
  /// The activations of float64.
  static func float64() -> tk_activations {
    tk_activations(
      leaky_relu: tk_activation(
        value: { LeakyRectifier<Double>.value($0, $1, $2, $3, $4) },
        gradient: { LeakyRectifier<Double>.gradient($0, $1, $2, $3, $4, $5) }),
      elu: tk_activation(
        value: { ExponentialLinear<Double>.value($0, $1, $2, $3, $4) },
        gradient: { ExponentialLinear<Double>.gradient($0, $1, $2, $3, $4, $5) }),
      gelu: tk_activation(
        value: { GaussianLinear<Double>.value($0, $1, $2, $3, $4) },
        gradient: { GaussianLinear<Double>.gradient($0, $1, $2, $3, $4, $5) }),
      gelu_tanh: tk_activation(
        value: { GaussianLinearByTanh<Double>.value($0, $1, $2, $3, $4) },
        gradient: { GaussianLinearByTanh<Double>.gradient($0, $1, $2, $3, $4, $5) }),
      silu: tk_activation(
        value: { SigmoidLinear<Double>.value($0, $1, $2, $3, $4) },
        gradient: { SigmoidLinear<Double>.gradient($0, $1, $2, $3, $4, $5) }),
      softplus: tk_activation(
        value: { Softplus<Double>.value($0, $1, $2, $3, $4) },
        gradient: { Softplus<Double>.gradient($0, $1, $2, $3, $4, $5) }),
      huber: tk_activation(
        value: { Huber<Double>.value($0, $1, $2, $3, $4) },
        gradient: { Huber<Double>.gradient($0, $1, $2, $3, $4, $5) }),
      clamp: tk_activation(
        value: { Clamp<Double>.value($0, $1, $2, $3, $4) },
        gradient: { Clamp<Double>.gradient($0, $1, $2, $3, $4, $5) }),
      hardtanh: tk_activation(
        value: { HardTanh<Double>.value($0, $1, $2, $3, $4) },
        gradient: { HardTanh<Double>.gradient($0, $1, $2, $3, $4, $5) }))
  }
}
