extension Pack where E: Real {
  /// sin(2 pi u) and cos(2 pi u) for 0 <= u < 1. The reduction to an eighth of a turn is exact.
  @inline(__always)
  func sinCosTurn() -> (sin: Pack, cos: Pack) {
    let quarters = self * Pack(4)
    let sum = quarters + Pack(E.rounder)
    let t = quarters - (sum - Pack(E.rounder))
    let z = t * t
    let s = t * E.sinTail(z), c = E.cosTail(z)
    let quadrant = sum.bits  // low two bits
    let one = Pack<E.Bits>(1)
    let odd = Pack(bits: Pack<E.Bits>(0) - (quadrant & one))  // all bits set where sine and cosine swap
    let signShift = E.Bits(truncatingIfNeeded: E.Bits.bitWidth - 2)
    let sinSign = (quadrant & 2) << signShift
    let cosSign = ((quadrant + one) & 2) << signShift
    return (
      Pack(bits: Pack.blend(odd, c, s).bits ^ sinSign),
      Pack(bits: Pack.blend(odd, s, c).bits ^ cosSign)
    )
  }

  /// Bit by bit: `yes` where `choice` has ones.
  @inline(__always)
  private static func blend(_ choice: Pack, _ yes: Pack, _ no: Pack) -> Pack {
    Pack(bits: ((yes.bits ^ no.bits) & choice.bits) ^ no.bits)
  }
}
