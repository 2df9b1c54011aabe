import CKernels

extension tk_table {
  /// Division with remainders, bits, and other arithmetic that works lane by lane.
  mutating func setDivisions() {
    div_floor = tk_binary(
      f32: { FloorQuotient<Float>.loop($0, $1, $2, $3, $4, $5, $6) },
      f64: { FloorQuotient<Double>.loop($0, $1, $2, $3, $4, $5, $6) },
      i64: { WholeFloorQuotient<Int64>.loop($0, $1, $2, $3, $4, $5, $6) },
      i32: { WholeFloorQuotient<Int32>.loop($0, $1, $2, $3, $4, $5, $6) },
      u8: { WholeFloorQuotient<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) },
      boolean: nil)
    div_trunc = tk_binary(
      f32: { Quotient<Float>.loop($0, $1, $2, $3, $4, $5, $6) },
      f64: { Quotient<Double>.loop($0, $1, $2, $3, $4, $5, $6) },
      i64: { WholeQuotient<Int64>.loop($0, $1, $2, $3, $4, $5, $6) },
      i32: { WholeQuotient<Int32>.loop($0, $1, $2, $3, $4, $5, $6) },
      u8: { WholeQuotient<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) },
      boolean: nil)
    remainder = tk_binary(
      f32: { Remainder<Float>.loop($0, $1, $2, $3, $4, $5, $6) },
      f64: { Remainder<Double>.loop($0, $1, $2, $3, $4, $5, $6) },
      i64: { WholeRemainder<Int64>.loop($0, $1, $2, $3, $4, $5, $6) },
      i32: { WholeRemainder<Int32>.loop($0, $1, $2, $3, $4, $5, $6) },
      u8: { WholeRemainder<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) },
      boolean: nil)
    fmod = tk_binary(
      f32: { Modulo<Float>.loop($0, $1, $2, $3, $4, $5, $6) },
      f64: { Modulo<Double>.loop($0, $1, $2, $3, $4, $5, $6) },
      i64: { WholeModulo<Int64>.loop($0, $1, $2, $3, $4, $5, $6) },
      i32: { WholeModulo<Int32>.loop($0, $1, $2, $3, $4, $5, $6) },
      u8: { WholeModulo<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) },
      boolean: nil)
    atan2 = tk_binary(
      f32: { ArcTangent2<Float>.loop($0, $1, $2, $3, $4, $5, $6) },
      f64: { ArcTangent2<Double>.loop($0, $1, $2, $3, $4, $5, $6) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    hypot = tk_binary(
      f32: { Hypotenuse<Float>.loop($0, $1, $2, $3, $4, $5, $6) },
      f64: { Hypotenuse<Double>.loop($0, $1, $2, $3, $4, $5, $6) },
      i64: nil,
      i32: nil,
      u8: nil,
      boolean: nil)
    bit_and = tk_binary(
      f32: nil,
      f64: nil,
      i64: { BitAnd<Int64>.loop($0, $1, $2, $3, $4, $5, $6) },
      i32: { BitAnd<Int32>.loop($0, $1, $2, $3, $4, $5, $6) },
      u8: { BitAnd<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) },
      boolean: { BitAnd<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) })
    bit_or = tk_binary(
      f32: nil,
      f64: nil,
      i64: { BitOr<Int64>.loop($0, $1, $2, $3, $4, $5, $6) },
      i32: { BitOr<Int32>.loop($0, $1, $2, $3, $4, $5, $6) },
      u8: { BitOr<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) },
      boolean: { BitOr<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) })
    bit_xor = tk_binary(
      f32: nil,
      f64: nil,
      i64: { BitXor<Int64>.loop($0, $1, $2, $3, $4, $5, $6) },
      i32: { BitXor<Int32>.loop($0, $1, $2, $3, $4, $5, $6) },
      u8: { BitXor<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) },
      boolean: { BitXor<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) })
    bit_not = tk_unary(
      f32: nil,
      f64: nil,
      i64: { BitNot<Int64>.loop($0, $1, $2, $3, $4) },
      i32: { BitNot<Int32>.loop($0, $1, $2, $3, $4) },
      u8: { BitNot<UInt8>.loop($0, $1, $2, $3, $4) },
      boolean: nil)
    sign = tk_unary(
      f32: { Sign<Float>.loop($0, $1, $2, $3, $4) },
      f64: { Sign<Double>.loop($0, $1, $2, $3, $4) },
      i64: { Sign<Int64>.loop($0, $1, $2, $3, $4) },
      i32: { Sign<Int32>.loop($0, $1, $2, $3, $4) },
      u8: { Sign<UInt8>.loop($0, $1, $2, $3, $4) },
      boolean: nil)
  }
}
