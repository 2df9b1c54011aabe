extension Pack where E: Real {
  /// Natural logarithm. x = 2^k (1 + f) with sqrt(1/2) <= 1 + f < sqrt 2; log(1 + f) = log((1 + s) / (1 - s)),
  /// s = f / (2 + f), summed so that f, which is exact, carries the result near 1.
  @inline(__always)
  func log() -> Pack {
    let subnormal = self < Pack(E.leastNormal)
    let x = Pack.select(subnormal, self * Pack(E.subnormalScale), self)
    let k = (x.bits - Pack<E.Bits>(E.rootHalfBits)) >> E.fractionBits
    let f = Pack(bits: x.bits - (k << E.fractionBits)) - Pack(1)
    let exponent = Pack(bits: k + Pack<E.Bits>(E.rounderBits)) - Pack(E.rounder)
    let kf = Pack.select(subnormal, exponent - Pack(E.subnormalExponent), exponent)

    let s = f / (Pack(2) + f)
    let z = s * s
    let tail = z * E.logTail(z)
    let halfSquare = Pack(0.5) * f * f
    let low = s.times(halfSquare + tail, plus: kf * Pack(E.ln2Low))
    let result = kf.times(Pack(E.ln2High), plus: f - (halfSquare - low))

    let finite = Pack.select(self < Pack(E.infinity), result, self)  // infinity and NaN stay
    let signed = Pack.select(self < Pack(0), Pack(E.nan), finite)
    return Pack.select(self == Pack(0), Pack(-E.infinity), signed)
  }

  /// log(1 + x): the logarithm of the rounded sum, and to first order what the rounding left out.
  @inline(__always)
  func log1p() -> Pack {
    let sum = self + Pack(1)
    let left = (self - (sum - Pack(1))) / sum
    let isUsual = (sum > Pack(0)) & (self < Pack(E.infinity))
    let result = sum.log() + Pack.select(isUsual, left, Pack(0))
    return Pack.select(magnitude < Pack(0x1p-54), self, result)  // keeps signs of 0 and subnormal numbers
  }

  /// log(1 + x) for x in [0, 1]: as `log`, with 1 + f = 1 + x or half of that.
  @inline(__always)
  func log1pOfFraction() -> Pack {
    let isLarge = self > Pack(0.41421356)
    let f = Pack.select(isLarge, Pack(0.5) * (self - Pack(1)), self)
    let s = f / (Pack(2) + f)
    let z = s * s
    let halfSquare = Pack(0.5) * f * f
    let low = s.times(halfSquare + z * E.logTail(z), plus: Pack.select(isLarge, Pack(E.ln2Low), Pack(0)))
    return Pack.select(isLarge, Pack(E.ln2High), Pack(0)) + (f - (halfSquare - low))
  }
}
