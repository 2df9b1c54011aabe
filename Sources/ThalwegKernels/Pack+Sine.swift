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

extension Pack where E: Real {
  @inline(__always)
  func sin() -> Pack { Pack(narrowing: wide.sine(quarters: 0, Glibc.sin)) }
  @inline(__always)
  func cos() -> Pack { Pack(narrowing: wide.sine(quarters: 1, Glibc.cos)) }

  /// A function of libm, lane by lane in double precision: for what is not hot, and for rare arguments.
  @inline(__always)
  func each(_ function: (Double) -> Double) -> Pack {
    var x = wide
    for i in 0..<width { x.lanes[i] = function(x[i]) }
    return Pack(narrowing: x)
  }
}
