import CKernels
private import Glibc

/// The error function and the normal distribution, per type.
protocol RealError: Element {
  static func error(_ x: Pack<Self>) -> Pack<Self>
  /// (1 + erf(x / sqrt 2)) / 2
  static func normal(_ x: Pack<Self>) -> Pack<Self>
}

#if THALWEG_V4
  /// erf near sixteen centres some 33/128 apart, each of which erf of is nearly a float32: polynomials in the distance from
  /// the centre, whose coefficients lie in a register each.
  private enum ErrorTable {
    @inline(__always) static var centres: SIMD16<Float> {
      SIMD16<Float>(
        0, 0.257784337, 0.515765071, 0.773513496, 1.03114033, 1.28934455, 1.54665768, 1.80445278, 2.06265402,
        2.32007837, 2.57789493, 2.83593988, 3.09338784, 3.35111165, 3.60865974, 3.86647224)
    }
    @inline(__always) static var c0: SIMD16<Float> {
      SIMD16<Float>(
        0, 0.284561694, 0.53424418, 0.726006985, 0.85522908, 0.931758463, 0.971279681, 0.989285707,
        0.996466219, 0.998965919, 0.999733329, 0.999939442, 0.999987841, 0.999997854, 0.999999642, 0.99999994)
    }
    @inline(__always) static var c1: SIMD16<Float> {
      SIMD16<Float>(
        1.12837923, 1.05583239, 0.864822149, 0.620306909, 0.389664888, 0.214032561, 0.103170969,
        0.0434881151, 0.0160225313, 0.00518502062, 0.00146667112, 0.00036275867, 7.88261241e-05,
        1.4974421e-05, 2.49395976e-06, 3.63016142e-07)
    }
    @inline(__always) static var c2: SIMD16<Float> {
      SIMD16<Float>(
        -5.21891401e-08, -0.272177041, -0.446045071, -0.479815781, -0.401799172, -0.275961727, -0.159570172,
        -0.0784722492, -0.033048939, -0.012029659, -0.00378092518, -0.0010287622, -0.000243836694,
        -5.01819195e-05, -8.99982933e-06, -1.40358623e-06)
    }
    @inline(__always) static var c3: SIMD16<Float> {
      SIMD16<Float>(
        -0.376122773, -0.305167198, -0.1349051, 0.040658392, 0.146317825, 0.165862098, 0.130143866,
        0.0799041986, 0.0401051119, 0.0168781728, 0.00600892492, 0.00182402541, 0.000476554385,
        0.000107104664, 2.08141955e-05, 3.49545235e-06)
    }
    @inline(__always) static var c4: SIMD16<Float> {
      SIMD16<Float>(
        -0.000106764695, 0.130056843, 0.183468431, 0.144214109, 0.0584946424, -0.014938673, -0.0474534556,
        -0.0459335484, -0.0303449146, -0.0155688124, -0.0064847623, -0.00224349182, -0.000656362739,
        -0.000162580487, -3.45609005e-05, -6.29093392e-06)
    }
    @inline(__always) static var c5: SIMD16<Float> {
      SIMD16<Float>(
        0.114357531, 0.0778161734, 0.00275800657, -0.0564278774, -0.0677330717, -0.0420140252,
        -0.00979922898, 0.00906533562, 0.0129507547, 0.00938169472, 0.00489791576, 0.00200970634,
        0.000674716837, 0.000188392689, 4.45113801e-05, 8.89584771e-06)
    }
    @inline(__always) static var c6: SIMD16<Float> {
      SIMD16<Float>(
        -0.0103151761, -0.0411027633, -0.0490824915, -0.0238385238, 0.00772164389, 0.0219250489,
        0.0176172834, 0.00673542777, -0.00082316075, -0.00312355091, -0.00247582747, -0.00129648088,
        -0.000491926679, -0.000173650798, -4.39210489e-05, -9.69247048e-06)
    }
  }
#endif

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
    #if THALWEG_V4
      let t = x.magnitude, limit = Pack<Float>(3.99351549)  // from there on it is 1 to the last bit
      let y = Pack<Float>.select(t > limit, limit, t)
      let place = y.times(Pack(3.87878788), plus: Float.rounder).bits
      let r = y - look(ErrorTable.centres, place)
      let slope = look(ErrorTable.c6, place).times(r, plus: look(ErrorTable.c5, place))
        .times(r, plus: look(ErrorTable.c4, place)).times(r, plus: look(ErrorTable.c3, place))
        .times(r, plus: look(ErrorTable.c2, place)).times(r, plus: look(ErrorTable.c1, place))
      return slope.times(r, plus: look(ErrorTable.c0, place)).withSign(of: x)
    #else
      let (small, error, rest) = errorParts(x)
      return Pack<Float>.select(small, error, Pack(1) - rest).withSign(of: x)
    #endif
  }

  #if THALWEG_V4
    /// The elements of a table whose numbers the lowest bits of `place` are.
    @inline(__always)
    private static func look(_ table: SIMD16<Float>, _ place: Pack<Int32>) -> Pack<Float> {
      Pack(tk_look_up_f32(table, place.lanes))
    }
  #endif

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
