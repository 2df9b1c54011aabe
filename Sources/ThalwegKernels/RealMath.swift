/// What the elementary functions need to know of float32 and float64. The coefficients are minimax fits
/// (Remez exchange, relative error) of the functions named; their errors are well below half an ulp.
protocol RealMath: Element {
  associatedtype Bits: Whole

  /// Adding it rounds to an integer, which then stands in the low bits of the sum: 1.5 * 2^fractionBits.
  static var rounder: Self { get }
  static var rounderBits: Bits { get }
  static var fractionBits: Bits { get }
  static var exponentBias: Bits { get }

  /// ln 2 in two parts; the upper one has enough trailing zeros for exact products with exponents.
  static var ln2High: Self { get }
  static var ln2Low: Self { get }

  /// Arguments beyond these give 0 and infinity.
  static var expLowest: Self { get }
  static var expHighest: Self { get }
  /// Arguments below this have subnormal exponentials.
  static var expLowestNormal: Self { get }

  /// The smallest normal number, a power of two that makes subnormal numbers normal, and its exponent.
  static var leastNormal: Self { get }
  static var subnormalScale: Self { get }
  static var subnormalExponent: Self { get }
  /// The bits of sqrt(1/2).
  static var rootHalfBits: Bits { get }
}

extension Float: RealMath {
  @inline(__always) static var rounder: Float { 0x1.8p23 }
  @inline(__always) static var rounderBits: Int32 { 0x4B40_0000 }
  @inline(__always) static var fractionBits: Int32 { 23 }
  @inline(__always) static var exponentBias: Int32 { 127 }
  @inline(__always) static var ln2High: Float { 0.693145751953125 }
  @inline(__always) static var ln2Low: Float { 1.42860682031e-6 }
  @inline(__always) static var expLowest: Float { -104 }
  @inline(__always) static var expHighest: Float { 89 }
  @inline(__always) static var expLowestNormal: Float { -87 }
  @inline(__always) static var leastNormal: Float { 0x1p-126 }
  @inline(__always) static var subnormalScale: Float { 0x1p24 }
  @inline(__always) static var subnormalExponent: Float { 24 }
  @inline(__always) static var rootHalfBits: Int32 { 0x3F35_04F3 }
}

extension Double: RealMath {
  @inline(__always) static var rounder: Double { 0x1.8p52 }
  @inline(__always) static var rounderBits: Int64 { 0x4338_0000_0000_0000 }
  @inline(__always) static var fractionBits: Int64 { 52 }
  @inline(__always) static var exponentBias: Int64 { 1023 }
  @inline(__always) static var ln2High: Double { 0.6931471805592082091607153 }
  @inline(__always) static var ln2Low: Double { 7.3710025651677989018e-13 }
  @inline(__always) static var expLowest: Double { -746 }
  @inline(__always) static var expHighest: Double { 710 }
  @inline(__always) static var expLowestNormal: Double { -708 }
  @inline(__always) static var leastNormal: Double { 0x1p-1022 }
  @inline(__always) static var subnormalScale: Double { 0x1p54 }
  @inline(__always) static var subnormalExponent: Double { 54 }
  @inline(__always) static var rootHalfBits: Int64 { 0x3FE6_A09E_667F_3BCD }
}

/// The polynomials, in Horner form.
protocol RealPolynomials: Element {
  /// (e^r - 1 - r) / r^2, |r| <= ln 2 / 2
  static func expTail(_ r: Pack<Self>) -> Pack<Self>
  /// log(1 + f) - f + f^2 / 2, given f and f^2 / 2; sqrt(1/2) <= 1 + f <= sqrt 2
  static func logRest(_ f: Pack<Self>, _ halfSquare: Pack<Self>) -> Pack<Self>
  /// sin(pi t / 2) / t and cos(pi t / 2) as functions of z = t^2, |t| <= 1/2
  static func sinTail(_ z: Pack<Self>) -> Pack<Self>
  static func cosTail(_ z: Pack<Self>) -> Pack<Self>
}

extension Float: RealPolynomials {
  @inline(__always)
  static func expTail(_ r: Pack<Float>) -> Pack<Float> {
    Pack(0.0013814599).times(r, plus: 0.0083687168).times(r, plus: 0.041668388)
      .times(r, plus: 0.166665206).times(r, plus: 0.499999934)
  }

  @inline(__always)
  static func logRest(_ f: Pack<Float>, _ halfSquare: Pack<Float>) -> Pack<Float> {
    let series = Pack(-0.0763448179).times(f, plus: 0.127619609).times(f, plus: -0.131603658)
      .times(f, plus: 0.142017201).times(f, plus: -0.166233361).times(f, plus: 0.200012282)
      .times(f, plus: -0.250008225).times(f, plus: 0.333333313)
    return series * (f * (halfSquare + halfSquare))
  }

  @inline(__always)
  static func sinTail(_ z: Pack<Float>) -> Pack<Float> {
    Pack(0.00015820586).times(z, plus: -0.00468126609).times(z, plus: 0.0796925827)
      .times(z, plus: -0.645964096).times(z, plus: 1.57079633)
  }

  @inline(__always)
  static func cosTail(_ z: Pack<Float>) -> Pack<Float> {
    Pack(0.000903625535).times(z, plus: -0.0208600686).times(z, plus: 0.253669204)
      .times(z, plus: -1.23370054).times(z, plus: 1)
  }
}

extension Double: RealPolynomials {
  @inline(__always)
  static func expTail(_ r: Pack<Double>) -> Pack<Double> {
    Pack(2.08266073202099271e-9).times(r, plus: 2.51120343691773579e-8)
      .times(r, plus: 2.75575819005630703e-7).times(r, plus: 2.75572348691657222e-6)
      .times(r, plus: 0.0000248015869265888706).times(r, plus: 0.000198412698963764728)
      .times(r, plus: 0.00138888888891156401).times(r, plus: 0.00833333333331703723)
      .times(r, plus: 0.0416666666666660943).times(r, plus: 0.166666666666666834)
      .times(r, plus: 0.500000000000000004)
  }

  /// By log(1 + f) = log((1 + s) / (1 - s)), s = f / (2 + f), a series in s^2.
  @inline(__always)
  static func logRest(_ f: Pack<Double>, _ halfSquare: Pack<Double>) -> Pack<Double> {
    let s = f / (Pack(2) + f)
    let z = s * s
    let series = Pack(0.132527518610731112).times(z, plus: 0.132499622463980974)
      .times(z, plus: 0.153870976476798104).times(z, plus: 0.181817755083839914)
      .times(z, plus: 0.222222226487561659).times(z, plus: 0.28571428569072886)
      .times(z, plus: 0.400000000000062875).times(z, plus: 0.666666666666666609)
    return s * (halfSquare + z * series)
  }

  @inline(__always)
  static func sinTail(_ z: Pack<Double>) -> Pack<Double> {
    Pack(-6.62760425148537363e-10).times(z, plus: 5.69192768403079073e-8)
      .times(z, plus: -3.59884271662243602e-6).times(z, plus: 0.000160441184726591678)
      .times(z, plus: -0.00468175413531482075).times(z, plus: 0.0796926262461669242)
      .times(z, plus: -0.645964097506246252).times(z, plus: 1.57079632679489662)
  }

  @inline(__always)
  static func cosTail(_ z: Pack<Double>) -> Pack<Double> {
    Pack(-6.3212349330860626e-9).times(z, plus: 4.71060955055219595e-7)
      .times(z, plus: -0.0000252020367649414285).times(z, plus: 0.00091926027418230613)
      .times(z, plus: -0.0208634807633111427).times(z, plus: 0.253669507901046707)
      .times(z, plus: -1.23370055013616981).times(z, plus: 1)
  }
}
