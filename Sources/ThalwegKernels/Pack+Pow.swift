private import Glibc

/// a^b, per type.
protocol RealPower: Element {
  static func power(_ a: Pack<Self>, _ b: Pack<Self>) -> Pack<Self>
}

extension Float: RealPower {
  /// e^(b log |a|) in double precision, which leaves nothing but the last rounding; then C's special cases.
  @inline(__always)
  static func power(_ a: Pack<Float>, _ b: Pack<Float>) -> Pack<Float> {
    let x = a.wide, y = b.wide
    let one = Pack<Double>(1), infinity = Pack<Double>(.infinity)
    let sum = y + Pack(Double.rounder)
    let large = y.magnitude >= Pack(0x1p24)  // such float32 are even integers
    let whole = (sum - Pack(Double.rounder) == y) | large
    // Bit 0 of the rounded sum, moved to the sign's place.
    let parity = Pack<Double>(bits: sum.bits << 63)
    let oddSign = Pack<Double>.select(large, Pack<Double>(0), parity)
    let size = (y * x.magnitude.log()).exp()
    // -x, -0 and -infinity to an odd power are negative: the sign bits of x and of `oddSign` together.
    let zero = Pack<Double>(0)
    let sign = Pack<Double>.select(whole, oddSign, zero).bits & x.bits & Int64.min
    let undefined = (x < zero) & (x > -infinity) & !whole
    let result = Pack<Double>.select(undefined, Pack<Double>(.nan), Pack<Double>(bits: size.bits | sign))
    let unit = (y == zero) | (x == one) | ((x.magnitude == one) & (y.magnitude == infinity))
    return Pack(narrowing: Pack<Double>.select(unit, one, result))
  }
}

extension Double: RealPower {
  /// libm's, lane by lane: a double-double logarithm would be needed to match its accuracy.
  @inline(__always)
  static func power(_ a: Pack<Double>, _ b: Pack<Double>) -> Pack<Double> {
    var result = a
    for i in 0..<width { result.lanes[i] = Glibc.pow(a[i], b[i]) }
    return result
  }
}
