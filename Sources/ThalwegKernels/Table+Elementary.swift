import CKernels

extension tk_table {
  /// Elementary functions, most of them libm's, and rounding.
  mutating func setElementary() {
    expm1 = tk_unary(
      f32: { ExponentialMinusOne<Float>.loop($0, $1, $2, $3, $4) },
      f64: { ExponentialMinusOne<Double>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    log1p = tk_unary(
      f32: { LogarithmOfOnePlus<Float>.loop($0, $1, $2, $3, $4) },
      f64: { LogarithmOfOnePlus<Double>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    rsqrt = tk_unary(
      f32: { ReciprocalSquareRoot<Float>.loop($0, $1, $2, $3, $4) },
      f64: { ReciprocalSquareRoot<Double>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    sin = tk_unary(
      f32: { Sine<Float>.loop($0, $1, $2, $3, $4) },
      f64: { Sine<Double>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    cos = tk_unary(
      f32: { Cosine<Float>.loop($0, $1, $2, $3, $4) },
      f64: { Cosine<Double>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    erf = tk_unary(
      f32: { ErrorFunction<Float>.loop($0, $1, $2, $3, $4) },
      f64: { ErrorFunction<Double>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    erfinv = tk_unary(
      f32: { InverseErrorFunction.loop($0, $1, $2, $3, $4) },
      f64: nil,
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    fourier = tk_fourier(
      step: { p, m, s, x, y, turns, roots in
        guard let turns, let roots else { return }
        Fourier.step(Int(p), Int(m), Int(s), x, y, turns, roots)
      },
      multiply: { Fourier.multiply(Int($0), $1, $2) })
    floor = tk_unary(
      f32: { Floor<Float>.loop($0, $1, $2, $3, $4) },
      f64: { Floor<Double>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    ceil = tk_unary(
      f32: { Ceiling<Float>.loop($0, $1, $2, $3, $4) },
      f64: { Ceiling<Double>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    trunc = tk_unary(
      f32: { Truncate<Float>.loop($0, $1, $2, $3, $4) },
      f64: { Truncate<Double>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    round = tk_unary(
      f32: { Round<Float>.loop($0, $1, $2, $3, $4) },
      f64: { Round<Double>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    exp2 = tk_unary(
      f32: { Library<Float, Exp2>.loop($0, $1, $2, $3, $4) },
      f64: { Library<Double, Exp2>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    log2 = tk_unary(
      f32: { Library<Float, Log2>.loop($0, $1, $2, $3, $4) },
      f64: { Library<Double, Log2>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    log10 = tk_unary(
      f32: { Library<Float, Log10>.loop($0, $1, $2, $3, $4) },
      f64: { Library<Double, Log10>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    tan = tk_unary(
      f32: { Library<Float, Tangent>.loop($0, $1, $2, $3, $4) },
      f64: { Library<Double, Tangent>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    asin = tk_unary(
      f32: { Library<Float, ArcSine>.loop($0, $1, $2, $3, $4) },
      f64: { Library<Double, ArcSine>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    acos = tk_unary(
      f32: { Library<Float, ArcCosine>.loop($0, $1, $2, $3, $4) },
      f64: { Library<Double, ArcCosine>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    atan = tk_unary(
      f32: { Library<Float, ArcTangent>.loop($0, $1, $2, $3, $4) },
      f64: { Library<Double, ArcTangent>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    sinh = tk_unary(
      f32: { Library<Float, HyperbolicSine>.loop($0, $1, $2, $3, $4) },
      f64: { Library<Double, HyperbolicSine>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    cosh = tk_unary(
      f32: { Library<Float, HyperbolicCosine>.loop($0, $1, $2, $3, $4) },
      f64: { Library<Double, HyperbolicCosine>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    asinh = tk_unary(
      f32: { Library<Float, AreaSine>.loop($0, $1, $2, $3, $4) },
      f64: { Library<Double, AreaSine>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    acosh = tk_unary(
      f32: { Library<Float, AreaCosine>.loop($0, $1, $2, $3, $4) },
      f64: { Library<Double, AreaCosine>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    atanh = tk_unary(
      f32: { Library<Float, AreaTangent>.loop($0, $1, $2, $3, $4) },
      f64: { Library<Double, AreaTangent>.loop($0, $1, $2, $3, $4) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
  }
}
