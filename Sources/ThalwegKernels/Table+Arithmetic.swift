import CKernels

extension tk_table {
  /// Elementwise arithmetic.
  mutating func setArithmetic() {
    add = tk_binary(
      f32: { Add<Float>.loop($0, $1, $2, $3, $4, $5, $6) },
      f64: { Add<Double>.loop($0, $1, $2, $3, $4, $5, $6) },
      i64: { Add<Int64>.loop($0, $1, $2, $3, $4, $5, $6) },
      i32: { Add<Int32>.loop($0, $1, $2, $3, $4, $5, $6) },
      u8: { Add<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) },
      boolean: { LogicalOr.loop($0, $1, $2, $3, $4, $5, $6) })
    sub = tk_binary(
      f32: { Subtract<Float>.loop($0, $1, $2, $3, $4, $5, $6) },
      f64: { Subtract<Double>.loop($0, $1, $2, $3, $4, $5, $6) },
      i64: { Subtract<Int64>.loop($0, $1, $2, $3, $4, $5, $6) },
      i32: { Subtract<Int32>.loop($0, $1, $2, $3, $4, $5, $6) },
      u8: { Subtract<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) },
      boolean: nil)
    mul = tk_binary(
      f32: { Multiply<Float>.loop($0, $1, $2, $3, $4, $5, $6) },
      f64: { Multiply<Double>.loop($0, $1, $2, $3, $4, $5, $6) },
      i64: { Multiply<Int64>.loop($0, $1, $2, $3, $4, $5, $6) },
      i32: { Multiply<Int32>.loop($0, $1, $2, $3, $4, $5, $6) },
      u8: { Multiply<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) },
      boolean: { LogicalAnd.loop($0, $1, $2, $3, $4, $5, $6) })
    minimum = tk_binary(
      f32: { Minimum<Float>.loop($0, $1, $2, $3, $4, $5, $6) },
      f64: { Minimum<Double>.loop($0, $1, $2, $3, $4, $5, $6) },
      i64: { Minimum<Int64>.loop($0, $1, $2, $3, $4, $5, $6) },
      i32: { Minimum<Int32>.loop($0, $1, $2, $3, $4, $5, $6) },
      u8: { Minimum<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) },
      boolean: { Minimum<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) })
    maximum = tk_binary(
      f32: { Maximum<Float>.loop($0, $1, $2, $3, $4, $5, $6) },
      f64: { Maximum<Double>.loop($0, $1, $2, $3, $4, $5, $6) },
      i64: { Maximum<Int64>.loop($0, $1, $2, $3, $4, $5, $6) },
      i32: { Maximum<Int32>.loop($0, $1, $2, $3, $4, $5, $6) },
      u8: { Maximum<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) },
      boolean: { Maximum<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) })
    div = tk_binary(
      f32: { Divide<Float>.loop($0, $1, $2, $3, $4, $5, $6) },
      f64: { Divide<Double>.loop($0, $1, $2, $3, $4, $5, $6) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    pow = tk_binary(
      f32: { Power<Float>.loop($0, $1, $2, $3, $4, $5, $6) },
      f64: { Power<Double>.loop($0, $1, $2, $3, $4, $5, $6) },
      i64: { WholePower<Int64>.loop($0, $1, $2, $3, $4, $5, $6) },
      i32: { WholePower<Int32>.loop($0, $1, $2, $3, $4, $5, $6) },
      u8: { WholePower<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) },
      boolean: nil)
    neg = tk_unary(
      f32: { Negate<Float>.loop($0, $1, $2, $3, $4) },
      f64: { Negate<Double>.loop($0, $1, $2, $3, $4) },
      i64: { Negate<Int64>.loop($0, $1, $2, $3, $4) },
      i32: { Negate<Int32>.loop($0, $1, $2, $3, $4) },
      u8: { Negate<UInt8>.loop($0, $1, $2, $3, $4) },
      boolean: nil)
    abs = tk_unary(
      f32: { Absolute<Float>.loop($0, $1, $2, $3, $4) },
      f64: { Absolute<Double>.loop($0, $1, $2, $3, $4) },
      i64: { Absolute<Int64>.loop($0, $1, $2, $3, $4) },
      i32: { Absolute<Int32>.loop($0, $1, $2, $3, $4) },
      u8: { Absolute<UInt8>.loop($0, $1, $2, $3, $4) },
      boolean: nil)
  }
}
