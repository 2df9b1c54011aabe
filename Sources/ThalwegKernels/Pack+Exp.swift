// Exponential, and what is made of it. Argument reduction after Cody and Waite (1980), "Software manual for
// the elementary functions": x = n ln 2 + r with |r| <= ln 2 / 2.

extension Pack where E: Real {
  /// n as a bit pattern, and e^r - 1.
  @inline(__always)
  private func expReduced() -> (n: Pack<E.Bits>, q: Pack) {
    let sum = times(Pack(1.44269504088896341), plus: E.rounder)
    let n = sum - Pack(E.rounder)
    let r = n.times(Pack(-E.ln2Low), plus: n.times(Pack(-E.ln2High), plus: self))
    return (sum.bits - Pack<E.Bits>(E.rounderBits), E.expTail(r).times(r * r, plus: r))
  }

  /// 2^n for n in the range of normal exponents.
  @inline(__always)
  static func powerOfTwo(_ n: Pack<E.Bits>) -> Pack {
    Pack(bits: (n + Pack<E.Bits>(E.exponentBias)) << E.fractionBits)
  }

  /// e^x, subnormal results included.
  @inline(__always)
  func exp() -> Pack {
    let low = Pack(E.expLowest), high = Pack(E.expHighest)
    let x = Pack.select(self < low, low, Pack.select(self > high, high, self))
    let (n, q) = x.expReduced()
    // Scaling in two steps, as 2^n itself may be out of range where the result is not.
    let half = n >> 1
    return (q + Pack(1)) * Pack.powerOfTwo(half) * Pack.powerOfTwo(n - half)
  }

  /// e^x - 1 without cancellation.
  @inline(__always)
  func expm1() -> Pack {
    let low = Pack(-40), high = Pack(E.expHighest)  // below -40 it is -1 to the last bit
    let x = Pack.select(self < low, low, Pack.select(self > high, high, self))
    let (n, q) = x.expReduced()
    // At half its size, as 2^n itself may be out of range where the result is not.
    let scale = Pack.powerOfTwo(n - Pack<E.Bits>(1))
    let half = q.times(scale, plus: scale - Pack(0.5))
    // The smallest stay as they are, with the sign of 0.
    return Pack.select(magnitude < Pack(0x1p-54), self, half + half)
  }

  /// (e^2x - 1) / (e^2x + 1), from e^2x - 1 without cancellation.
  @inline(__always)
  func tanh() -> Pack {
    let limit = Pack(E.tanhSaturation)
    let y = Pack.select(magnitude > limit, limit, magnitude)
    let (n, q) = (y + y).expReduced()
    let scale = Pack.powerOfTwo(n)
    let t = q.times(scale, plus: scale - Pack(1))
    let sum = t + Pack(2)
    let ratio = t / sum
    // What the rounding of the sum left out (exact as far as t <= 2, beyond it hardly counts), brought in to
    // first order: 1 / sum = (1 - ratio) / 2.
    let left = Pack.select(t < Pack(2), t - (sum - Pack(2)), Pack(0))
    let lost = left * Pack(0.5) * ratio
    return lost.times(ratio - Pack(1), plus: ratio).withSign(of: self)
  }

  /// 1 / (1 + e^-x), written so that the exponential can't overflow.
  @inline(__always)
  func sigmoid() -> Pack {
    let z = (-magnitude).exp()
    let negative = self < Pack(0)
    let sum = Pack(1) + z
    let ratio = Pack.select(negative, z, Pack(1)) / sum
    // As in tanh. 1 / sum is the ratio itself or its complement.
    let lost = (z - (sum - Pack(1))) * ratio
    return ratio - lost * Pack.select(negative, Pack(1) - ratio, ratio)
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
