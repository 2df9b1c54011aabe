import Glibc

extension SpecialMath {
  private static let twoOverRootPi = 1.1283791670955126

  /// e^(x²), or e^(-x²), with what rounding x² loses put back.
  private static func expOfSquare(_ x: Double, _ sign: Double) -> Double {
    let square = x * x
    if !square.isFinite { return sign > 0 ? square : square.isNaN ? .nan : 0 }
    let lost = (-square).addingProduct(x, x)
    return exp(sign * square) * (1 + sign * lost)
  }

  /// The inverse of erf: Halley's iteration from its series, and for large x from that of erfc.
  static func erfInverse(_ x: Double) -> Double {
    let size = abs(x)
    if !(size < 1) { return size == 1 ? x * .infinity : .nan }
    if size >= 0.5 { return x < 0 ? -erfcInverse(1 - size) : erfcInverse(1 - size) }
    let z = .pi * x * x
    var y = x / twoOverRootPi * (1 + z * (1.0 / 12 + z * (7.0 / 480 + z * (127.0 / 40320))))
    for _ in 0..<2 {
      let step = (erf(y) - x) / (twoOverRootPi * expOfSquare(y, -1))
      y -= step / (1 + y * step)
    }
    return y
  }

  /// The inverse of erfc: Halley's iteration from a rational approximation of its logarithm's root (Abramowitz and Stegun
  /// 26.2.22).
  static func erfcInverse(_ q: Double) -> Double {
    if !(q > 0 && q < 2) { return q == 0 ? .infinity : q == 2 ? -.infinity : .nan }
    if q > 1 { return -erfcInverse(2 - q) }
    if q > 0.5 { return erfInverse(1 - q) }
    let t = sqrt(-2 * log(q / 2))
    var y = 0.70710678118654752 * (t - (2.30753 + t * 0.27061) / (1 + t * (0.99229 + t * 0.04481)))
    for _ in 0..<3 {
      let step = (q - erfc(y)) / (twoOverRootPi * expOfSquare(y, -1))
      // The smallest numbers have no derivative worth the name.
      if !step.isFinite { break }
      y -= step / (1 + y * step)
    }
    return y
  }

  /// e^(x²) erfc(x), by the asymptotic series where erfc underflows (DLMF 7.12.1).
  static func erfcx(_ x: Double) -> Double {
    if x < 0 { return 2 * expOfSquare(x, 1) - erfcx(-x) }
    if x < 26 { return expOfSquare(x, 1) * erfc(x) }
    if x > 1e9 { return twoOverRootPi / 2 / x }
    let half = 0.5 / (x * x)
    var (sum, term) = (1.0, 1.0)
    for k in 1..<9 {
      term *= -half * Double(2 * k - 1)
      sum += term
    }
    return twoOverRootPi / 2 / x * sum
  }

  /// The probability that a normal variable is below x: erfc(-x / sqrt 2) / 2, with what rounding the quotient loses put
  /// back, which counts far below 0.
  static func ndtr(_ x: Double) -> Double {
    let (root, rest) = (0.70710678118654752440, -4.8336466567264567e-17)
    let z = -x * root
    if !(abs(z) < 40) { return 0.5 * erfc(z) }
    let lost = (-z).addingProduct(-x, root) - x * rest
    return 0.5 * (erfc(z) - twoOverRootPi * expOfSquare(z, -1) * lost)
  }

  /// The logarithm of `ndtr`.
  static func logNdtr(_ x: Double) -> Double {
    if x < -1 {
      return x == -.infinity ? x : log(erfcx(-x * 0.70710678118654752440) / 2) - x * x / 2
    }
    return log1p(-ndtr(-x))
  }

  static func ndtri(_ p: Double) -> Double { -1.4142135623730950488 * erfcInverse(2 * p) }
}
