package import CKernels

/// i0(x), the modified Bessel function of the first kind and order 0, elementwise.
/// Derivative: g i1(x).
package enum BesselI0: ScalarOperation {
  package static let name: StaticString = "i0"
  package static var kernel: tk_unary {
    tk_unary(
      { ScalarLoop<Float, BesselI0>.run($0, $1, $2, $3, $4) },
      { ScalarLoop<Double, BesselI0>.run($0, $1, $2, $3, $4) })
  }

  package static func value(_ x: Double) -> Double { SpecialMath.bessel(0, x) }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g * x.i1()
  }
}

/// i0e(x) = e^-|x| i0(x), elementwise.
/// Derivative: g (i1e(x) - sign(x) i0e(x)).
package enum BesselI0Scaled: ScalarOperation {
  package static let name: StaticString = "i0e"
  package static var kernel: tk_unary {
    tk_unary(
      { ScalarLoop<Float, BesselI0Scaled>.run($0, $1, $2, $3, $4) },
      { ScalarLoop<Double, BesselI0Scaled>.run($0, $1, $2, $3, $4) })
  }

  package static func value(_ x: Double) -> Double { SpecialMath.besselScaled(0, x) }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g * (x.i1e() - x.sign() * x.i0e())
  }
}

/// i1(x), the modified Bessel function of the first kind and order 1, elementwise.
/// Derivative: g (i0(x) - i1(x) / x), g / 2 at 0.
package enum BesselI1: ScalarOperation {
  package static let name: StaticString = "i1"
  package static var kernel: tk_unary {
    tk_unary(
      { ScalarLoop<Float, BesselI1>.run($0, $1, $2, $3, $4) },
      { ScalarLoop<Double, BesselI1>.run($0, $1, $2, $3, $4) })
  }

  package static func value(_ x: Double) -> Double { SpecialMath.bessel(1, x) }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g * (x.i0() - x.i1().shareOf(x))
  }
}

/// i1e(x) = e^-|x| i1(x), elementwise.
/// Derivative: g (i0e(x) - i1e(x) (sign(x) + 1 / x)), g / 2 at 0.
package enum BesselI1Scaled: ScalarOperation {
  package static let name: StaticString = "i1e"
  package static var kernel: tk_unary {
    tk_unary(
      { ScalarLoop<Float, BesselI1Scaled>.run($0, $1, $2, $3, $4) },
      { ScalarLoop<Double, BesselI1Scaled>.run($0, $1, $2, $3, $4) })
  }

  package static func value(_ x: Double) -> Double { SpecialMath.besselScaled(1, x) }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g * (x.i0e() - x.i1e() * x.sign() - x.i1e().shareOf(x))
  }
}

extension Tensor {
  public func i0() throws(ThalwegError) -> Tensor { try BesselI0.apply(self) }
  public func i0e() throws(ThalwegError) -> Tensor { try BesselI0Scaled.apply(self) }
  public func i1() throws(ThalwegError) -> Tensor { try BesselI1.apply(self) }
  public func i1e() throws(ThalwegError) -> Tensor { try BesselI1Scaled.apply(self) }

  /// y / x for y = i1(x) or i1e(x), 1/2 where x is 0.
  fileprivate func shareOf(_ x: Tensor) throws(ThalwegError) -> Tensor {
    let isZero = try x.equal(Tensor.scalar(0, dtype: x.dtype))
    let one = try Tensor.scalar(1, dtype: x.dtype)
    return try Tensor.where(isZero, Tensor.scalar(0.5, dtype: x.dtype), self / Tensor.where(isZero, one, x))
  }
}
