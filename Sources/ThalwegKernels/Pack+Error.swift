private import Glibc

/// The error function and the normal distribution, per type.
protocol RealError: Element {
  static func error(_ x: Pack<Self>) -> Pack<Self>
  /// (1 + erf(x / sqrt 2)) / 2
  static func normal(_ x: Pack<Self>) -> Pack<Self>
}

extension Float: RealError {
  /// Below about 0.93 erf(x) = x + x P(x^2), beyond it 1 - e^Q(|x|); minimax polynomials by N. Juffa. Error: 1.13 ulp.
  /// Both parts: erf(t) for small t, and 1 - erf(t) for t that is not small, t >= 0.
  @inline(__always)
  private static func errorParts(_ x: Pack<Float>) -> (
    small: Mask<Float>, error: Pack<Float>, rest: Pack<Float>
  ) {
    let t = x.magnitude, s = x * x
    let error = Pack(-5.96761703e-4).times(s, plus: 4.99119423e-3).times(s, plus: -2.67681349e-2)
      .times(s, plus: 1.12819925e-1).times(s, plus: -3.76125336e-1).times(s, plus: 1.28379166e-1)
      .times(x, plus: x)
    let upper = Pack(-1.72853470e-5).times(t, plus: 3.83197126e-4)
    let lower = Pack(-3.88396438e-3).times(t, plus: 2.42546219e-2)
    let power = upper.times(s, plus: lower).times(t, plus: -1.06777877e-1).times(t, plus: -6.34846687e-1)
      .times(t, plus: -1.28717512e-1).times(t, plus: -t)
    return (t <= Pack(0.927734375), error, power.expOfNegative())
  }

  @inline(__always)
  static func error(_ x: Pack<Float>) -> Pack<Float> {
    let (small, error, rest) = errorParts(x)
    return Pack<Float>.select(small, error, Pack(1) - rest).withSign(of: x)
  }

  @inline(__always)
  static func normal(_ x: Pack<Float>) -> Pack<Float> {
    let half = Pack<Float>(0.5)
    let (small, error, rest) = errorParts(x * Pack(0.707106781))
    let tail = Pack<Float>.select(x < Pack(0), half * rest, Pack(1) - half * rest)
    return Pack<Float>.select(small, error.times(half, plus: half), tail)
  }
}

extension Double: RealError {
  /// libm's, lane by lane.
  @inline(__always)
  static func error(_ x: Pack<Double>) -> Pack<Double> { x.each(Glibc.erf) }
  @inline(__always)
  static func normal(_ x: Pack<Double>) -> Pack<Double> {
    (x * Pack(-0.70710678118654752440)).each { 0.5 * Glibc.erfc($0) }
  }
}
