// Exponential, and what is made of it. Argument reduction after Cody and Waite (1980), "Software manual for
// the elementary functions": x = n ln 2 + r with |r| <= ln 2 / 2. Errors are the greatest measured of float32 in units
// in the last place, over every 37th number, under all three instruction sets.

extension Pack where E: Real {
  /// The whole number n, its bit pattern, and e^r - 1.
  @inline(__always)
  func expReduced() -> (n: Pack, bits: Pack<E.Bits>, q: Pack) {
    let sum = times(Pack(1.44269504088896341), plus: E.rounder)
    let n = sum - Pack(E.rounder)
    let r = n.times(Pack(-E.ln2Low), plus: n.times(Pack(-E.ln2High), plus: self))
    return (n, sum.bits - Pack<E.Bits>(E.rounderBits), E.expTail(r).times(r * r, plus: r))
  }

  /// 2^n for n in the range of normal exponents.
  @inline(__always)
  static func powerOfTwo(_ n: Pack<E.Bits>) -> Pack {
    Pack(bits: (n + Pack<E.Bits>(E.exponentBias)) << E.fractionBits)
  }

  /// The nearest number in [low, high]; NaN stays.
  @inline(__always)
  private func limited(_ low: E, _ high: E) -> Pack {
    let raised = Pack.select(self < Pack(low), Pack(low), self)
    return Pack.select(raised > Pack(high), Pack(high), raised)
  }

  /// e^x, subnormal results included. Error: 0.99 ulp.
  @inline(__always)
  func exp() -> Pack {
    let (n, bits, q) = limited(E.expLowest, E.expHighest).expReduced()
    #if THALWEG_V4
      return Pack(E.scale((q + Pack(1)).lanes, n.lanes))
    #else
      // Scaling in two steps, as 2^n itself may be out of range where the result is not.
      _ = n
      let half = bits >> 1
      return (q + Pack(1)) * Pack.powerOfTwo(half) * Pack.powerOfTwo(bits - half)
    #endif
  }

  /// e^x for x <= 0; what would be subnormal may be 0.
  @inline(__always)
  func expOfNegative() -> Pack {
    #if THALWEG_V4
      let least = Pack(E.expLowest)
      let (n, _, q) = Pack.select(self < least, least, self).expReduced()
      return Pack(E.scale((q + Pack(1)).lanes, n.lanes))
    #else
      let low = Pack(E.expLowestNormal)
      let (_, bits, q) = Pack.select(self < low, low, self).expReduced()
      let scale = Pack.powerOfTwo(bits)
      return Pack.select(self < low, Pack(0), q.times(scale, plus: scale))
    #endif
  }

  /// e^x - 1 without cancellation. Error: 1.52 ulp.
  @inline(__always)
  func expm1() -> Pack {
    let (_, n, q) = limited(-40, E.expHighest).expReduced()  // below -40 it is -1 to the last bit
    // At half its size, as 2^n itself may be out of range where the result is not.
    let scale = Pack.powerOfTwo(n - Pack<E.Bits>(1))
    let half = q.times(scale, plus: scale - Pack(0.5))
    // The smallest stay as they are, with the sign of 0.
    return Pack.select(magnitude < Pack(0x1p-54), self, half + half)
  }

  /// 1 / (1 + e^-x), written so that the exponential can't overflow. Error: 1.96 ulp.
  @inline(__always)
  func sigmoid() -> Pack {
    let z = (-magnitude).exp()
    let sum = Pack(1) + z
    let ratio = Pack.select(self < Pack(0), z, Pack(1)) / sum
    // Brought in: what the rounding of the sum left out, as if the sum were 1, which it is where that counts.
    return ratio.times((sum - Pack(1)) - z, plus: ratio)
  }

  /// s = 1 / (1 + e^-x) and 1 - s, the smaller one without cancellation.
  @inline(__always)
  func sigmoidAndComplement() -> (Pack, Pack) {
    let z = (-magnitude).exp()
    let negative = self < Pack(0)
    let larger = Pack(1) / (Pack(1) + z)
    let smaller = z * larger
    return (Pack.select(negative, smaller, larger), Pack.select(negative, larger, smaller))
  }

  /// The sign bit of `a` on a value that has none.
  @inline(__always)
  func withSign(of a: Pack) -> Pack { Pack(bits: bits | (a.bits & E.Bits.min)) }
}
