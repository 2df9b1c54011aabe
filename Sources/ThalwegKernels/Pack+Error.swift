private import Glibc

/// The error function and the normal distribution, per type.
protocol RealError: Element {
  static func error(_ x: Pack<Self>) -> Pack<Self>
  /// (1 + erf(x / sqrt 2)) / 2
  static func normal(_ x: Pack<Self>) -> Pack<Self>
}

extension Float: RealError {
  /// Below about 0.93 erf(x) = x + x P(x^2), beyond it 1 - e^Q(|x|); minimax polynomials by N. Juffa. Error: 1.13 ulp.
  @inline(__always)
  static func error(_ x: Pack<Float>) -> Pack<Float> {
    let t = x.magnitude, s = x * x
    let error = Pack(-5.96761703e-4).times(s, plus: 4.99119423e-3).times(s, plus: -2.67681349e-2)
      .times(s, plus: 1.12819925e-1).times(s, plus: -3.76125336e-1).times(s, plus: 1.28379166e-1)
      .times(x, plus: x)
    let upper = Pack(-1.72853470e-5).times(t, plus: 3.83197126e-4)
    let lower = Pack(-3.88396438e-3).times(t, plus: 2.42546219e-2)
    let power = upper.times(s, plus: lower).times(t, plus: -1.06777877e-1).times(t, plus: -6.34846687e-1)
      .times(t, plus: -1.28717512e-1).times(t, plus: -t)
    let far = Pack(1) - power.expOfNegative()
    return Pack<Float>.select(t <= Pack(0.927734375), error, far).withSign(of: x)
  }

  /// y with erf(y) = x: polynomials of Giles 2010, "Approximating the erfinv function", in w = -log(1 - x^2).
  @inline(__always)
  static func inverseError(_ x: Pack<Float>) -> Pack<Float> {
    let one = Pack<Float>(1)
    let w = -((one - x) * (one + x)).log()
    let c = w - Pack(2.5)
    let central = Pack<Float>(2.81022636e-08).times(c, plus: 3.43273939e-07).times(c, plus: -3.5233877e-06)
      .times(c, plus: -4.39150654e-06).times(c, plus: 0.00021858087).times(c, plus: -0.00125372503)
      .times(c, plus: -0.00417768164).times(c, plus: 0.246640727).times(c, plus: 1.50140941)
    let t = w.squareRoot - Pack(3)
    let outer = Pack<Float>(-0.000200214257).times(t, plus: 0.000100950558).times(t, plus: 0.00134934322)
      .times(t, plus: -0.00367342844).times(t, plus: 0.00573950773).times(t, plus: -0.0076224613)
      .times(t, plus: 0.00943887047).times(t, plus: 1.00167406).times(t, plus: 2.83297682)
    let y = Pack<Float>.select(w < Pack(5), central, outer) * x
    return Pack<Float>.select(x.magnitude == one, x * Pack(Float.infinity), y)
  }

  @inline(__always)
  static func normal(_ x: Pack<Float>) -> Pack<Float> {
    // Half of e^(|x| P(|x|)), what is beyond |x|, a polynomial fitted so that the error of that is the least everywhere:
    // where it is nearly 1/2 nothing is subtracted that it could be lost in. Error: 1.1e-7 of 1.
    // The polynomial is summed in pairs, as in one chain each instruction would wait for the one before; from 16 on, where
    // its powers might overflow, it is 0 to the last bit.
    let limit = Pack<Float>(16), size = x.magnitude
    let t = Pack<Float>.select(limit < size, limit, size), t2 = t * t, t4 = t2 * t2
    let lowest = Pack(-0.318309963).times(t, plus: -0.797884583)
    let low = Pack(0.00477820868).times(t, plus: -0.0363347866)
    let middle = Pack(-0.000226924996).times(t, plus: 4.68326944e-05)
    let high = Pack(-1.08195545e-05).times(t, plus: 6.6577828e-05)
    let highest = Pack(-4.1357108e-08).times(t, plus: 1.00289742e-06)
    let power = highest.times(t4, plus: high.times(t2, plus: middle))
      .times(t4, plus: low.times(t2, plus: lowest))
    let rest = Pack(0.5) * (power * t).expOfNegative()
    return Pack<Float>.select(x < Pack(0), rest, Pack(1) - rest)
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
