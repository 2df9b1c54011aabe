import CKernels

/// Functions of two integers, elementwise with broadcasting and type promotion; no derivatives.
private protocol WholeFunction {
  static func value<E: FixedWidthInteger>(_ a: E, _ b: E) -> E
}

private enum WholeLoop<E: FixedWidthInteger & BitwiseCopyable, F: WholeFunction> {
  static func run(
    _ n: Int64, _ out: UnsafeMutableRawPointer?, _ so: Int64, _ a: UnsafeRawPointer?, _ sa: Int64,
    _ b: UnsafeRawPointer?, _ sb: Int64
  ) {
    guard let out = out?.assumingMemoryBound(to: E.self), let a = a?.assumingMemoryBound(to: E.self),
      let b = b?.assumingMemoryBound(to: E.self)
    else { return }
    for i in 0..<max(0, Int(n)) { out[i &* Int(so)] = F.value(a[i &* Int(sa)], b[i &* Int(sb)]) }
  }
}

/// Euclid's algorithm, on magnitudes.
private enum GreatestDivisor: WholeFunction {
  static func value<E: FixedWidthInteger>(_ a: E, _ b: E) -> E {
    var (x, y) = (a.magnitude, b.magnitude)
    while y != 0 { (x, y) = (y, x % y) }
    return E(truncatingIfNeeded: x)
  }
}

private enum LeastMultiple: WholeFunction {
  static func value<E: FixedWidthInteger>(_ a: E, _ b: E) -> E {
    let divisor = GreatestDivisor.value(a, b).magnitude
    return divisor == 0 ? 0 : E(truncatingIfNeeded: (a.magnitude / divisor) &* b.magnitude)
  }
}

/// Far shifts leave nothing.
private enum LeftShift: WholeFunction {
  static func value<E: FixedWidthInteger>(_ a: E, _ b: E) -> E {
    b < 0 || b >= E(truncatingIfNeeded: E.bitWidth) ? 0 : a &<< b
  }
}

/// Far shifts leave the sign.
private enum RightShift: WholeFunction {
  static func value<E: FixedWidthInteger>(_ a: E, _ b: E) -> E {
    let isFar = b < 0 || b >= E(truncatingIfNeeded: E.bitWidth)
    return isFar ? (a < 0 ? 0 &- 1 : 0) : a &>> b
  }
}

extension Tensor {
  /// The greatest common divisor, not negative.
  public func gcd(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try whole(
      "gcd", other,
      tk_binary(
        f32: nil, f64: nil, i64: { WholeLoop<Int64, GreatestDivisor>.run($0, $1, $2, $3, $4, $5, $6) },
        i32: { WholeLoop<Int32, GreatestDivisor>.run($0, $1, $2, $3, $4, $5, $6) },
        u8: { WholeLoop<UInt8, GreatestDivisor>.run($0, $1, $2, $3, $4, $5, $6) }, boolean: nil))
  }

  /// The least common multiple, not negative; wraps.
  public func lcm(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try whole(
      "lcm", other,
      tk_binary(
        f32: nil, f64: nil, i64: { WholeLoop<Int64, LeastMultiple>.run($0, $1, $2, $3, $4, $5, $6) },
        i32: { WholeLoop<Int32, LeastMultiple>.run($0, $1, $2, $3, $4, $5, $6) },
        u8: { WholeLoop<UInt8, LeastMultiple>.run($0, $1, $2, $3, $4, $5, $6) }, boolean: nil))
  }

  /// The bits moved to the left by `other` places, zeros from the right.
  public func bitwiseLeftShift(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try whole(
      "bitwise_left_shift", other,
      tk_binary(
        f32: nil, f64: nil, i64: { WholeLoop<Int64, LeftShift>.run($0, $1, $2, $3, $4, $5, $6) },
        i32: { WholeLoop<Int32, LeftShift>.run($0, $1, $2, $3, $4, $5, $6) },
        u8: { WholeLoop<UInt8, LeftShift>.run($0, $1, $2, $3, $4, $5, $6) }, boolean: nil))
  }

  /// The bits moved to the right by `other` places, the sign from the left.
  public func bitwiseRightShift(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try whole(
      "bitwise_right_shift", other,
      tk_binary(
        f32: nil, f64: nil, i64: { WholeLoop<Int64, RightShift>.run($0, $1, $2, $3, $4, $5, $6) },
        i32: { WholeLoop<Int32, RightShift>.run($0, $1, $2, $3, $4, $5, $6) },
        u8: { WholeLoop<UInt8, RightShift>.run($0, $1, $2, $3, $4, $5, $6) }, boolean: nil))
  }

  private func whole(
    _ name: StaticString, _ other: Tensor, _ kernel: tk_binary
  ) throws(ThalwegError) -> Tensor {
    try noGrad { () throws(ThalwegError) in
      let dtype = DType.result(self, other)
      guard let loop = kernel[dtype] else {
        throw ThalwegError(.dtype, "\(name): tensors of \(dtype) are not supported; integers are needed")
      }
      return try broadcast(loop, to(dtype), other.to(dtype), output: dtype, name)
    }
  }
}
