import Glibc

/// Special functions of a number that libm lacks, to a few units in the last place.
enum SpecialMath {
  /// The B(2j) / (2j)! of the Euler-Maclaurin formula, j from 1.
  static let eulerMaclaurin: [Double] = [
    1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1_209_600, 1.0 / 47_900_160,
    -5.2841901386874931848e-10, 1.3382536530684678833e-11, -3.3896802963225828668e-13,
    8.5860620562778445641e-15, -2.1748686985580618730e-16, 5.5090028283602295153e-18,
    -1.3954464685812523341e-19,
  ]

  // MARK: - The zeta function

  /// Hurwitz' zeta function, the sum of (q + k)^-s over k = 0, 1, ...: s > 1; for q < 0 s is whole. By the Euler-Maclaurin
  /// formula (DLMF 25.11.7).
  static func zeta(_ s: Double, _ q: Double) -> Double {
    if s.isNaN || q.isNaN || s < 1 { return .nan }
    if s == 1 { return .infinity }
    if q > 0 { return zetaOfPositive(s, q) }
    let below = (-q).rounded(.down)
    if below == -q { return .infinity }
    guard s.rounded() == s else { return .nan }
    // The terms below 0 are a piece of another such sum, of either sign.
    let rest = -q - below
    let negative = zetaOfPositive(s, rest) - zetaOfPositive(s, 1 - q)
    let isEven = s.truncatingRemainder(dividingBy: 2) == 0
    return zetaOfPositive(s, 1 - rest) + (isEven ? negative : -negative)
  }

  private static func zetaOfPositive(_ s: Double, _ q: Double) -> Double {
    var (sum, a) = (0.0, q)
    while a < 12 {
      sum += pow(a, -s)
      a += 1
    }
    let power = pow(a, -s)
    if power <= sum * 0x1p-60 { return sum }
    sum += power / 2 + power * (a / (s - 1))
    var term = power * s / a
    for (j, factor) in eulerMaclaurin.enumerated() {
      let more = factor * term
      sum += more
      if abs(more) <= sum * 0x1p-60 { break }
      let k = Double(2 * j + 1)
      term *= (s + k) * (s + k + 1) / (a * a)
    }
    return sum
  }

  // MARK: - The digamma function

  /// The only positive zero of the digamma function, and what rounding it leaves there.
  private static let root = 1.4616321449683623
  private static let atRoot = -9.2412655217294275e-17

  /// The Taylor coefficients at the root, from the first power on: (-1)^(n + 1) zeta(n + 1, root).
  private static let taylor: [Double] = (1...50).map { n in
    (n % 2 == 0 ? -1 : 1) * zetaOfPositive(Double(n + 1), root)
  }

  /// The logarithmic derivative of the gamma function: its series at the root, near that; else the asymptotic series
  /// (DLMF 5.11.2) of a number that recurrence and reflection (5.5.2, 5.5.4) lead to.
  static func digamma(_ x: Double) -> Double {
    if x == 0 { return x.sign == .minus ? .infinity : -.infinity }
    if x < 0 {
      let rest = x - x.rounded(.towardZero)
      if rest == 0 || x == -.infinity { return .nan }
      return digamma(1 - x) - .pi / tan(.pi * rest)
    }
    if abs(x - root) < 0.65 {
      let t = x - root
      var sum = 0.0
      for coefficient in taylor.reversed() { sum = (sum + coefficient) * t }
      return sum + atRoot
    }
    var (less, a) = (0.0, x)
    while a < 12 {
      less += 1 / a
      a += 1
    }
    if !a.isFinite { return a }
    // B(2k) / 2k a^-2k, with B(2k) / 2k = (B(2k) / (2k)!) (2k - 1)!
    let square = 1 / (a * a)
    var (series, factorial) = (0.0, 1.0)
    var power = square
    for (j, factor) in eulerMaclaurin.enumerated() {
      series += factor * factorial * power
      let k = Double(2 * j + 2)
      factorial *= k * (k + 1)
      power *= square
    }
    return log(a) - 0.5 / a - series - less
  }
}
