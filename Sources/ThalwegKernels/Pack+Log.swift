extension Pack where E: Real {
  /// Natural logarithm. x = 2^k (1 + f) with sqrt(1/2) <= 1 + f < sqrt 2; log(1 + f) = f - f^2 / 2 + f^3 ..., summed so
  /// that f, which is exact, carries the result near 1. Error of float32: 0.84 ulp.
  @inline(__always)
  func log() -> Pack {
    // 0, subnormal and negative numbers, infinities and NaN are rare enough to be looked for together.
    let isUsual = (self >= Pack(E.leastNormal)) & (self < Pack(E.infinity))
    if !(!isUsual).any { return logOfNormal(Pack(0)) }
    let isSubnormal = self < Pack(E.leastNormal)
    let x = Pack.select(isSubnormal, self * Pack(E.subnormalScale), self)
    let result = x.logOfNormal(Pack.select(isSubnormal, Pack(-E.subnormalExponent), Pack(0)))
    let finite = Pack.select(self < Pack(E.infinity), result, self)  // infinity and NaN stay
    let signed = Pack.select(self < Pack(0), Pack(E.nan), finite)
    return Pack.select(self == Pack(0), Pack(-E.infinity), signed)
  }

  /// The exponent k and f of normal positive numbers.
  @inline(__always)
  private func split() -> (k: Pack<E.Bits>, f: Pack) {
    let k = (bits - Pack<E.Bits>(E.rootHalfBits)) >> E.fractionBits
    return (k, Pack(bits: bits - (k << E.fractionBits)) - Pack(1))
  }

  @inline(__always)
  private static func number(_ k: Pack<E.Bits>) -> Pack {
    Pack(bits: k + Pack<E.Bits>(E.rounderBits)) - Pack(E.rounder)
  }

  /// log(1 + f) + k ln 2
  @inline(__always)
  private static func sum(_ f: Pack, _ k: Pack) -> Pack {
    let halfSquare = Pack(0.5) * f * f
    let low = k.times(Pack(E.ln2Low), plus: E.logRest(f, halfSquare))
    return k.times(Pack(E.ln2High), plus: f - (halfSquare - low))
  }

  /// The logarithm of normal positive numbers, times 2^extra.
  @inline(__always)
  private func logOfNormal(_ extra: Pack) -> Pack {
    let (k, f) = split()
    return Pack.sum(f, Pack.number(k) + extra)
  }

  /// log(1 + x): as `log` of the rounded sum, what the rounding left out brought into f. Error of float32: 1.42 ulp.
  @inline(__always)
  func log1p() -> Pack {
    let sum = self + Pack(1)
    let (k, f) = sum.split()
    let number = Pack.number(k), left = self - (sum - Pack(1))
    #if THALWEG_V4
      let lost = Pack(E.scale(left.lanes, (-number).lanes))
    #else
      // In the end 2^-k is out of range; it does not matter there.
      let scaled = left * Pack.powerOfTwo(Pack<E.Bits>(0) - k)
      let lost = Pack.select(self < Pack(E.subnormalScale), scaled, Pack(0))
    #endif
    // Of what is so small that it is its own logarithm only the sign of 0 would be lost.
    let result = Pack.sum(f + lost, number).magnitude.withSign(of: self)
    let isUsual = (self > Pack(-1)) & (self < Pack(E.infinity))
    if !(!isUsual).any { return result }
    let finite = Pack.select(self < Pack(E.infinity), result, self)
    let signed = Pack.select(self < Pack(-1), Pack(E.nan), finite)
    return Pack.select(self == Pack(-1), Pack(-E.infinity), signed)
  }

  /// log(1 + x) for x in [0, 1]: as `log`, with 1 + f = 1 + x or half of that.
  @inline(__always)
  func log1pOfFraction() -> Pack {
    let isLarge = self > Pack(0.41421356)
    let f = Pack.select(isLarge, Pack(0.5) * (self - Pack(1)), self)
    return Pack.sum(f, Pack.select(isLarge, Pack(1), Pack(0)))
  }
}
