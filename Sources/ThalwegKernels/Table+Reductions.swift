import CKernels

extension tk_table {
  /// Sums and extrema.
  mutating func setReductions() {
    sum = tk_reduce(
      f32: { Sum<Float>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      f64: { Sum<Double>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      i64: { Add<Int64>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      i32: { Add<Int32>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      u8: nil,
      boolean: nil)
    cumsum = tk_unary(
      f32: { RunningSum<Float>.loop($0, $1, $2, $3, $4) },
      f64: { RunningSum<Double>.loop($0, $1, $2, $3, $4) },
      i64: { RunningSum<Int64>.loop($0, $1, $2, $3, $4) },
      i32: nil,
      u8: nil,
      boolean: nil)
    amax = tk_reduce(
      f32: { Maximum<Float>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      f64: { Maximum<Double>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      i64: { Maximum<Int64>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      i32: { Maximum<Int32>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      u8: { Maximum<UInt8>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      boolean: { Maximum<UInt8>.reduce($0, $1, $2, $3, $4, $5, $6, $7) })
    amin = tk_reduce(
      f32: { Minimum<Float>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      f64: { Minimum<Double>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      i64: { Minimum<Int64>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      i32: { Minimum<Int32>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      u8: { Minimum<UInt8>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      boolean: { Minimum<UInt8>.reduce($0, $1, $2, $3, $4, $5, $6, $7) })
    argmax = tk_reduce(
      f32: { ArgumentOf<Maximum<Float>>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      f64: { ArgumentOf<Maximum<Double>>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      i64: { ArgumentOf<Maximum<Int64>>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      i32: { ArgumentOf<Maximum<Int32>>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      u8: { ArgumentOf<Maximum<UInt8>>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      boolean: { ArgumentOf<Maximum<UInt8>>.reduce($0, $1, $2, $3, $4, $5, $6, $7) })
    argmin = tk_reduce(
      f32: { ArgumentOf<Minimum<Float>>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      f64: { ArgumentOf<Minimum<Double>>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      i64: { ArgumentOf<Minimum<Int64>>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      i32: { ArgumentOf<Minimum<Int32>>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      u8: { ArgumentOf<Minimum<UInt8>>.reduce($0, $1, $2, $3, $4, $5, $6, $7) },
      boolean: { ArgumentOf<Minimum<UInt8>>.reduce($0, $1, $2, $3, $4, $5, $6, $7) })
  }
}
