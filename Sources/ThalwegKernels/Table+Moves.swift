import CKernels

extension tk_table {
  /// Copies and conversions.
  mutating func setMoves() {
    copy1 = { Copy<UInt8>.loop($0, $1, $2, $3, $4) }
    copy4 = { Copy<Int32>.loop($0, $1, $2, $3, $4) }
    copy8 = { Copy<Int64>.loop($0, $1, $2, $3, $4) }
    transpose1 = { Transpose<UInt8>.loop($0, $1, $2, $3, $4, $5, $6) }
    transpose4 = { Transpose<Int32>.loop($0, $1, $2, $3, $4, $5, $6) }
    transpose8 = { Transpose<Int64>.loop($0, $1, $2, $3, $4, $5, $6) }
    where1 = { Where<UInt8>.loop($0, $1, $2, $3, $4, $5, $6, $7, $8) }
    where4 = { Where<Int32>.loop($0, $1, $2, $3, $4, $5, $6, $7, $8) }
    where8 = { Where<Int64>.loop($0, $1, $2, $3, $4, $5, $6, $7, $8) }
    cast = { castLoop(from: $0, to: $1) }
  }
}

/// The loop of a conversion; codes as TW_FLOAT32 ... TW_BOOL: float32, float64, int64, int32, uint8, bool.
private func castLoop(from: Int32, to: Int32) -> tk_unary_loop? {
  switch from {
  case 0: castFloat(to)
  case 1: castDouble(to)
  case 2: castInt64(to)
  case 3: castInt32(to)
  case 4, 5: castUInt8(to)
  default: nil
  }
}

private func castFloat(_ to: Int32) -> tk_unary_loop? {
  switch to {
  case 0: { Cast<Float, Float>.loop($0, $1, $2, $3, $4) }
  case 1: { Cast<Float, Double>.loop($0, $1, $2, $3, $4) }
  case 2: { Cast<Float, Int64>.loop($0, $1, $2, $3, $4) }
  case 3: { Cast<Float, Int32>.loop($0, $1, $2, $3, $4) }
  case 4: { Cast<Float, UInt8>.loop($0, $1, $2, $3, $4) }
  case 5: { Truth<Float>.loop($0, $1, $2, $3, $4) }
  default: nil
  }
}

private func castDouble(_ to: Int32) -> tk_unary_loop? {
  switch to {
  case 0: { Cast<Double, Float>.loop($0, $1, $2, $3, $4) }
  case 1: { Cast<Double, Double>.loop($0, $1, $2, $3, $4) }
  case 2: { Cast<Double, Int64>.loop($0, $1, $2, $3, $4) }
  case 3: { Cast<Double, Int32>.loop($0, $1, $2, $3, $4) }
  case 4: { Cast<Double, UInt8>.loop($0, $1, $2, $3, $4) }
  case 5: { Truth<Double>.loop($0, $1, $2, $3, $4) }
  default: nil
  }
}

private func castInt64(_ to: Int32) -> tk_unary_loop? {
  switch to {
  case 0: { Cast<Int64, Float>.loop($0, $1, $2, $3, $4) }
  case 1: { Cast<Int64, Double>.loop($0, $1, $2, $3, $4) }
  case 2: { Cast<Int64, Int64>.loop($0, $1, $2, $3, $4) }
  case 3: { Cast<Int64, Int32>.loop($0, $1, $2, $3, $4) }
  case 4: { Cast<Int64, UInt8>.loop($0, $1, $2, $3, $4) }
  case 5: { Truth<Int64>.loop($0, $1, $2, $3, $4) }
  default: nil
  }
}

private func castInt32(_ to: Int32) -> tk_unary_loop? {
  switch to {
  case 0: { Cast<Int32, Float>.loop($0, $1, $2, $3, $4) }
  case 1: { Cast<Int32, Double>.loop($0, $1, $2, $3, $4) }
  case 2: { Cast<Int32, Int64>.loop($0, $1, $2, $3, $4) }
  case 3: { Cast<Int32, Int32>.loop($0, $1, $2, $3, $4) }
  case 4: { Cast<Int32, UInt8>.loop($0, $1, $2, $3, $4) }
  case 5: { Truth<Int32>.loop($0, $1, $2, $3, $4) }
  default: nil
  }
}

private func castUInt8(_ to: Int32) -> tk_unary_loop? {
  switch to {
  case 0: { Cast<UInt8, Float>.loop($0, $1, $2, $3, $4) }
  case 1: { Cast<UInt8, Double>.loop($0, $1, $2, $3, $4) }
  case 2: { Cast<UInt8, Int64>.loop($0, $1, $2, $3, $4) }
  case 3: { Cast<UInt8, Int32>.loop($0, $1, $2, $3, $4) }
  case 4: { Cast<UInt8, UInt8>.loop($0, $1, $2, $3, $4) }
  case 5: { Truth<UInt8>.loop($0, $1, $2, $3, $4) }
  default: nil
  }
}
