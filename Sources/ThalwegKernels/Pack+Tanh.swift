/// The hyperbolic tangent, per type.
protocol RealTanh: Element {
  static func tanh(_ x: Pack<Self>) -> Pack<Self>
}

extension Pack where E: Real {
  @inline(__always)
  func tanh() -> Pack { E.tanh(self) }
}

extension Float: RealTanh {
  /// Below 0.55 x + x^3 P(x^2), a minimax polynomial, beyond it 1 - 2 / (e^2|x| + 1). Error: 1.44 ulp.
  @inline(__always)
  static func tanh(_ x: Pack<Float>) -> Pack<Float> {
    let size = x.magnitude, s = x * x
    let small = Pack(-0.00589515781).times(s, plus: 0.0207959712).times(s, plus: -0.0537838303)
      .times(s, plus: 0.133319244).times(s, plus: -0.333332986)
      .times(s * x, plus: x)
    let limit = Pack<Float>(10)  // from there on it is 1 to the last bit
    let y = Pack<Float>.select(size > limit, limit, size)
    let (_, n, q) = (y + y).expReduced()
    let scale = Pack<Float>.powerOfTwo(n)
    let large = Pack(1) - Pack(2) / (q.times(scale, plus: scale) + Pack(1))
    return Pack<Float>.select(size < Pack(0.55), small, large).withSign(of: x)
  }
}

extension Double: RealTanh {
  /// (e^2x - 1) / (e^2x + 1), from e^2x - 1 without cancellation.
  @inline(__always)
  static func tanh(_ x: Pack<Double>) -> Pack<Double> {
    let limit = Pack<Double>(19.1), size = x.magnitude  // from there on it is 1 to the last bit
    let y = Pack<Double>.select(size > limit, limit, size)
    let (_, n, q) = (y + y).expReduced()
    let scale = Pack<Double>.powerOfTwo(n)
    let t = q.times(scale, plus: scale - Pack<Double>(1))
    let sum = t + Pack<Double>(2)
    let ratio = t / sum
    // What the rounding of the sum left out (exact as far as t <= 2, beyond it hardly counts), brought in to
    // first order: 1 / sum = (1 - ratio) / 2.
    let left = Pack<Double>.select(t < Pack<Double>(2), t - (sum - Pack<Double>(2)), Pack<Double>(0))
    let lost = left * Pack<Double>(0.5) * ratio
    return lost.times(ratio - Pack<Double>(1), plus: ratio).withSign(of: x)
  }
}
