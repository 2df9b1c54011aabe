import Glibc

extension SpecialMath {
  /// The modified Bessel function of the first kind and order 0 or 1, times e^-|x|: by its power series (DLMF 10.25.2),
  /// and for large x by the asymptotic one (10.40.1).
  static func besselScaled(_ order: Int, _ x: Double) -> Double {
    let size = abs(x)
    let sign: Double = order == 1 && x < 0 ? -1 : 1
    if size < 20 { return sign * besselSeries(order, size) * exp(-size) }
    if !size.isFinite { return size.isNaN ? size : sign * 0 }
    return sign * besselTail(order, size) / sqrt(2 * .pi * size)
  }

  static func bessel(_ order: Int, _ x: Double) -> Double {
    let size = abs(x)
    let sign: Double = order == 1 && x < 0 ? -1 : 1
    if size < 20 { return sign * besselSeries(order, size) }
    if !size.isFinite { return sign * size }
    // In two factors: the whole exponential overflows before the function does.
    let half = exp(size / 2)
    return sign * half * (besselTail(order, size) / sqrt(2 * .pi * size)) * half
  }

  private static func besselSeries(_ order: Int, _ x: Double) -> Double {
    let square = x * x / 4
    var term = order == 0 ? 1 : x / 2
    var sum = term
    var k = 1.0
    while term > sum * 0x1p-60 {
      term *= square / (k * (k + Double(order)))
      sum += term
      k += 1
    }
    return sum
  }

  private static func besselTail(_ order: Int, _ x: Double) -> Double {
    let square = order == 0 ? 0.0 : 4.0
    var (sum, term, k) = (1.0, 1.0, 1.0)
    while k < 40, abs(term) > 0x1p-60 {
      let odd = 2 * k - 1
      term *= (odd * odd - square) / (8 * k * x)
      sum += term
      k += 1
    }
    return sum
  }
}
