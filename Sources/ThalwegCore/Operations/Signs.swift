import Glibc

/// Signs, and what is made of them. Only `copysign` and `frac` have derivatives, by way of their parts.
extension Tensor {
  /// |a| with the sign of b, also that of -0, elementwise with broadcasting. Integers give float32.
  public func copysign(_ other: Tensor) throws(ThalwegError) -> Tensor {
    let dtype = DType.result(self, other)
    let x = try to(dtype.isFloat ? dtype : .float32)
    let sign = try noGrad { () throws(ThalwegError) in
      try Tensor.where(
        other.signbit(), Tensor.scalar(-1, dtype: x.dtype), Tensor.scalar(1, dtype: x.dtype))
    }
    // The derivative by a sign is 0.
    return try x.abs() * (other.requiresGrad ? ValueOf.apply(sign, other.to(x.dtype).sign()) : sign)
  }

  /// Whether the sign is negative, also that of -0 and of NaN; bools.
  public func signbit() throws(ThalwegError) -> Tensor {
    try noGrad { () throws(ThalwegError) in
      switch dtype {
      case .bool, .uint8: return try Tensor.zeros(shape, dtype: .bool)
      case .int64, .int32: return try less(Tensor.scalar(0, dtype: dtype))
      case .float32, .float64: break
      }
      let (x, y) = (try contiguous(), try Tensor.make(shape, .bool, for: "signbit"))
      // The highest bit of the last byte.
      let bytes = x.data.assumingMemoryBound(to: UInt8.self), size = dtype.size
      let result = y.data.assumingMemoryBound(to: UInt8.self)
      for i in 0..<y.numel { result[i] = bytes[i &* size &+ size &- 1] >> 7 }
      withExtendedLifetime(x) {}
      return y
    }
  }

  /// 0 where x is negative, 1 where it is positive, the element of `values`, of the same dtype, where it is 0.
  public func heaviside(_ values: Tensor) throws(ThalwegError) -> Tensor {
    guard dtype == values.dtype else {
      throw ThalwegError(
        .dtype, "heaviside: \(dtype) and \(values.dtype) given; both must be of one dtype")
    }
    return try noGrad { () throws(ThalwegError) in
      let zero = try Tensor.scalar(0, dtype: dtype)
      return try Tensor.where(equal(zero), values, greater(zero).to(dtype))
    }
  }

  /// The float next to this one in the direction of `other`, elementwise with broadcasting.
  public func nextafter(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try Compare.floats("nextafter", self, other) { first, last, n, f32 in
      for i in 0..<n {
        if f32 {
          let (a, b) = (
            first.load(fromByteOffset: i &* 4, as: Float.self),
            last.load(fromByteOffset: i &* 4, as: Float.self)
          )
          first.storeBytes(of: Glibc.nextafterf(a, b), toByteOffset: i &* 4, as: Float.self)
        } else {
          let (a, b) = (
            first.load(fromByteOffset: i &* 8, as: Double.self),
            last.load(fromByteOffset: i &* 8, as: Double.self)
          )
          first.storeBytes(of: Glibc.nextafter(a, b), toByteOffset: i &* 8, as: Double.self)
        }
      }
    }
  }

  /// The part behind the point, with the sign of x: x - trunc(x). Floats.
  public func frac() throws(ThalwegError) -> Tensor {
    guard dtype.isFloat else { throw unsupported("frac", dtype) }
    return try self - trunc()
  }

  /// Whether each element is +∞.
  public func isPositiveInfinity() throws(ThalwegError) -> Tensor { try isThisInfinity(.infinity) }

  /// Whether each element is -∞.
  public func isNegativeInfinity() throws(ThalwegError) -> Tensor { try isThisInfinity(-.infinity) }

  private func isThisInfinity(_ infinity: Double) throws(ThalwegError) -> Tensor {
    dtype.isFloat
      ? try equal(Tensor.scalar(infinity, dtype: dtype)) : try Tensor.zeros(shape, dtype: .bool)
  }

  // MARK: - Angles

  /// Degrees as radians; integers give float32.
  public func deg2rad() throws(ThalwegError) -> Tensor { try angle(.pi / 180) }

  /// Radians as degrees; integers give float32.
  public func rad2deg() throws(ThalwegError) -> Tensor { try angle(180 / .pi) }

  private func angle(_ factor: Double) throws(ThalwegError) -> Tensor {
    try (dtype.isFloat ? self : to(.float32)) * factor
  }
}

extension Compare {
  /// Two float tensors, broadcast and promoted, dense: `body` turns the first one's elements into the results.
  fileprivate static func floats(
    _ name: StaticString, _ first: Tensor, _ second: Tensor,
    _ body: (UnsafeMutableRawPointer, UnsafeRawPointer, Int, Bool) -> Void
  ) throws(ThalwegError) -> Tensor {
    try noGrad { () throws(ThalwegError) in
      let dtype = DType.result(first, second)
      guard dtype.isFloat else { throw unsupported(name, dtype) }
      let shape = try Dims.broadcast(first.shape, second.shape, in: name)
      let y = try first.to(dtype).expand(shape).clone()
      let b = try second.to(dtype).expand(shape).contiguous()
      body(y.data, UnsafeRawPointer(b.data), y.numel, dtype == .float32)
      withExtendedLifetime(b) {}
      return y
    }
  }
}
