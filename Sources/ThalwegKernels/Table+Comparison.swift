import CKernels

extension tk_table {
  /// Comparisons and logic.
  mutating func setComparisons() {
    eq = tk_binary(
      f32: { Equal<Float>.loop($0, $1, $2, $3, $4, $5, $6) },
      f64: { Equal<Double>.loop($0, $1, $2, $3, $4, $5, $6) },
      i64: { Equal<Int64>.loop($0, $1, $2, $3, $4, $5, $6) },
      i32: { Equal<Int32>.loop($0, $1, $2, $3, $4, $5, $6) },
      u8: { Equal<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) },
      boolean: { Equal<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) })
    ne = tk_binary(
      f32: { NotEqual<Float>.loop($0, $1, $2, $3, $4, $5, $6) },
      f64: { NotEqual<Double>.loop($0, $1, $2, $3, $4, $5, $6) },
      i64: { NotEqual<Int64>.loop($0, $1, $2, $3, $4, $5, $6) },
      i32: { NotEqual<Int32>.loop($0, $1, $2, $3, $4, $5, $6) },
      u8: { NotEqual<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) },
      boolean: { NotEqual<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) })
    lt = tk_binary(
      f32: { Less<Float>.loop($0, $1, $2, $3, $4, $5, $6) },
      f64: { Less<Double>.loop($0, $1, $2, $3, $4, $5, $6) },
      i64: { Less<Int64>.loop($0, $1, $2, $3, $4, $5, $6) },
      i32: { Less<Int32>.loop($0, $1, $2, $3, $4, $5, $6) },
      u8: { Less<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) },
      boolean: { Less<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) })
    le = tk_binary(
      f32: { LessOrEqual<Float>.loop($0, $1, $2, $3, $4, $5, $6) },
      f64: { LessOrEqual<Double>.loop($0, $1, $2, $3, $4, $5, $6) },
      i64: { LessOrEqual<Int64>.loop($0, $1, $2, $3, $4, $5, $6) },
      i32: { LessOrEqual<Int32>.loop($0, $1, $2, $3, $4, $5, $6) },
      u8: { LessOrEqual<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) },
      boolean: { LessOrEqual<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) })
    gt = tk_binary(
      f32: { Greater<Float>.loop($0, $1, $2, $3, $4, $5, $6) },
      f64: { Greater<Double>.loop($0, $1, $2, $3, $4, $5, $6) },
      i64: { Greater<Int64>.loop($0, $1, $2, $3, $4, $5, $6) },
      i32: { Greater<Int32>.loop($0, $1, $2, $3, $4, $5, $6) },
      u8: { Greater<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) },
      boolean: { Greater<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) })
    ge = tk_binary(
      f32: { GreaterOrEqual<Float>.loop($0, $1, $2, $3, $4, $5, $6) },
      f64: { GreaterOrEqual<Double>.loop($0, $1, $2, $3, $4, $5, $6) },
      i64: { GreaterOrEqual<Int64>.loop($0, $1, $2, $3, $4, $5, $6) },
      i32: { GreaterOrEqual<Int32>.loop($0, $1, $2, $3, $4, $5, $6) },
      u8: { GreaterOrEqual<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) },
      boolean: { GreaterOrEqual<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) })
    logical_and = tk_binary(
      f32: nil,
      f64: nil,
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: { LogicalAnd.loop($0, $1, $2, $3, $4, $5, $6) })
    logical_or = tk_binary(
      f32: nil,
      f64: nil,
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: { LogicalOr.loop($0, $1, $2, $3, $4, $5, $6) })
    logical_not = tk_unary(
      f32: nil,
      f64: nil,
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: { LogicalNot.loop($0, $1, $2, $3, $4) })
  }
}
