import CKernels

extension tk_table {
  /// Elementary functions and derivatives of activations.
  mutating func setFunctions() {
    exp = tk_unary(
      f32: { Exponential<Float>.loop($0, $1, $2, $3, $4) },
      f64: { Exponential<Double>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    log = tk_unary(
      f32: { Logarithm<Float>.loop($0, $1, $2, $3, $4) },
      f64: { Logarithm<Double>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    sqrt = tk_unary(
      f32: { SquareRoot<Float>.loop($0, $1, $2, $3, $4) },
      f64: { SquareRoot<Double>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    tanh = tk_unary(
      f32: { HyperbolicTangent<Float>.loop($0, $1, $2, $3, $4) },
      f64: { HyperbolicTangent<Double>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    sigmoid = tk_unary(
      f32: { Sigmoid<Float>.loop($0, $1, $2, $3, $4) },
      f64: { Sigmoid<Double>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    relu = tk_unary(
      f32: { Rectifier<Float>.loop($0, $1, $2, $3, $4) },
      f64: { Rectifier<Double>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    relu_backward = tk_binary(
      f32: { RectifierBackward<Float>.loop($0, $1, $2, $3, $4, $5, $6) },
      f64: { RectifierBackward<Double>.loop($0, $1, $2, $3, $4, $5, $6) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    tanh_backward = tk_binary(
      f32: { HyperbolicTangentBackward<Float>.loop($0, $1, $2, $3, $4, $5, $6) },
      f64: { HyperbolicTangentBackward<Double>.loop($0, $1, $2, $3, $4, $5, $6) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    sigmoid_backward = tk_binary(
      f32: { SigmoidBackward<Float>.loop($0, $1, $2, $3, $4, $5, $6) },
      f64: { SigmoidBackward<Double>.loop($0, $1, $2, $3, $4, $5, $6) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
  }
}
