private import Glibc

extension Pack<Double> {
  /// sin(x + quarters pi / 2). Argument reduction after Cody and Waite: x = n pi / 2 + r with |r| <= pi / 4, pi / 2 in
  /// three parts, of which the first two have so few bits that their products with n are exact. The polynomials are
  /// those of S. Moshier's Cephes library. Arguments too large for the reduction go to libm, `exact`.
  @inline(__always)
  func sine(quarters: Int64, _ exact: (Double) -> Double) -> Pack {
    if (!(magnitude < Pack(0x1p19))).any { return each(exact) }
    let sum = times(Pack(0.636619772367581343), plus: Double.rounder)
    let n = sum - Pack(Double.rounder)
    let upper = n.times(Pack(-6.07710050630396597660e-11), plus: n.times(Pack(-0x1.921fb544p0), plus: self))
    let r = n.times(Pack(-2.02226624879595063154e-21), plus: upper)

    let z = r * r
    let odd = Pack(1.58962301576546568060e-10).times(z, plus: -2.50507477628578072866e-8)
      .times(z, plus: 2.75573136213857245213e-6).times(z, plus: -1.98412698295895385996e-4)
      .times(z, plus: 8.33333333332211858878e-3).times(z, plus: -1.66666666666666307295e-1)
    let even = Pack(-1.13585365213876817300e-11).times(z, plus: 2.08757008419747316778e-9)
      .times(z, plus: -2.75573141792967388112e-7).times(z, plus: 2.48015872888517045348e-5)
      .times(z, plus: -1.38888888888730564116e-3).times(z, plus: 4.16666666666665929218e-2)
    let sine = (odd * z).times(r, plus: r).withSign(of: r)
    let half = Pack(0.5) * z
    let rest = Pack(1) - half
    let cosine = rest + (z * z).times(even, plus: (Pack(1) - rest) - half)

    let quadrant = sum.bits + Pack<Int64>(quarters)
    let isEven = Mask<Double>((quadrant & 1 == Pack<Int64>(0)).lanes)
    let value = Pack.select(isEven, sine, cosine)
    return Pack(bits: value.bits ^ ((quadrant << 62) & Int64.min))
  }
}

extension Pack<Float> {
  /// The same in single precision, pi / 2 in three parts; `nil` where an argument is too large for that, or where the
  /// instruction set has no fused multiply-add, on which it relies for exact products. Error: 1.56 ulp.
  @inline(__always)
  func sine(quarters: Int32) -> Pack? {
    #if THALWEG_V3 || THALWEG_V4 || arch(arm64)
      if (!(magnitude < Pack(0x1p15))).any { return nil }
      let sum = times(Pack(0.636619772), plus: Float.rounder)
      let n = sum - Pack(Float.rounder)
      let upper = n.times(Pack(0x1.777a5cp-25), plus: n.times(Pack(-0x1.921fb6p0), plus: self))
      let r = n.times(Pack(0x1.ee59dap-50), plus: upper)

      let z = r * r
      let odd = Pack(-1.9514958e-4).times(z, plus: 8.33215844e-3).times(z, plus: -0.166666552)
      let even = Pack(2.44327857e-5).times(z, plus: -1.3887313e-3).times(z, plus: 4.16666456e-2)
      let sine = (odd * z).times(r, plus: r)
      let cosine = (z * z).times(even, plus: z.times(Pack(-0.5), plus: 1))

      let quadrant = sum.bits + Pack<Int32>(quarters)
      let isOdd = Mask<Float>((quadrant & 1 == Pack<Int32>(1)).lanes)
      let value = Pack.select(isOdd, cosine, sine)
      let result = Pack(bits: value.bits ^ ((quadrant << 30) & Int32.min))
      return quarters == 0 ? Pack.select(self == Pack(0), self, result) : result
    #else
      return nil
    #endif
  }
}

/// Sine and cosine, per type.
protocol RealSine: Element {
  static func sine(_ x: Pack<Self>) -> Pack<Self>
  static func cosine(_ x: Pack<Self>) -> Pack<Self>
}

extension Float: RealSine {
  @inline(__always)
  static func sine(_ x: Pack<Float>) -> Pack<Float> {
    x.sine(quarters: 0) ?? Pack(narrowing: x.wide.sine(quarters: 0, Glibc.sin))
  }
  @inline(__always)
  static func cosine(_ x: Pack<Float>) -> Pack<Float> {
    x.sine(quarters: 1) ?? Pack(narrowing: x.wide.sine(quarters: 1, Glibc.cos))
  }
}

extension Double: RealSine {
  @inline(__always)
  static func sine(_ x: Pack<Double>) -> Pack<Double> { x.sine(quarters: 0, Glibc.sin) }
  @inline(__always)
  static func cosine(_ x: Pack<Double>) -> Pack<Double> { x.sine(quarters: 1, Glibc.cos) }
}

extension Pack where E: Real {
  @inline(__always)
  func sin() -> Pack { E.sine(self) }
  @inline(__always)
  func cos() -> Pack { E.cosine(self) }

  /// A function of libm, lane by lane in double precision: for what is not hot, and for rare arguments.
  @inline(__always)
  func each(_ function: (Double) -> Double) -> Pack {
    var x = wide
    for i in 0..<width { x.lanes[i] = function(x[i]) }
    return Pack(narrowing: x)
  }
}
