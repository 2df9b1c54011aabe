import Glibc

/// Discrete Fourier transforms of one length: mixed radix (Cooley and Tukey 1965) where its prime factors are small, else as
/// a convolution of a power of two (Bluestein 1970). Complex numbers of float64, real and imaginary parts side by side.
final class FourierPlan {
  typealias Numbers = UnsafeMutablePointer<Double>

  let length: Int
  /// -1 for e^(-2πi jk / n), 1 for the other direction.
  private let sign: Double
  private var factors: [Int] = []
  /// e^(sign 2πi k / n)
  private var roots: [Double] = []
  /// Of Bluestein's method: the transform of a power of two and the transformed chirp.
  private var inner: FourierPlan?
  private var chirp: [Double] = []
  private var filter: [Double] = []

  /// - Parameter length: at least 1, below 2^40.
  init(_ length: Int, _ sign: Double) {
    self.length = length
    self.sign = sign
    var rest = length
    var factor = 2
    while rest > 1, factor <= 61 {
      if rest % factor == 0 {
        factors.append(factor)
        rest /= factor
      } else {
        factor += 1
      }
    }
    if rest > 1 { setBluestein() } else { roots = FourierPlan.circle(length, length, sign) { $0 } }
  }

  private static func circle(
    _ count: Int, _ whole: Int, _ sign: Double, _ step: (Int) -> Int
  ) -> [Double] {
    var result = Array(repeating: 0.0, count: 2 * count)
    for k in 0..<count {
      let angle = 2 * Double.pi * Double(step(k)) / Double(whole)
      result[2 * k] = cos(angle)
      result[2 * k + 1] = sign * sin(angle)
    }
    return result
  }

  private func setBluestein() {
    var size = 1
    while size < 2 * length { size *= 2 }
    // k^2 modulo 2n, without overflow.
    let twice = 2 * length
    chirp = FourierPlan.circle(length, twice, sign) { k in
      Int(UInt(k).multipliedFullWidth(by: UInt(k)).low % UInt(twice))
    }
    let plan = FourierPlan(size, -1)
    inner = plan
    var signal = Array(repeating: 0.0, count: 2 * size)
    filter = signal
    for k in 0..<length {
      for place in k == 0 ? [0] : [k, size - k] {
        signal[2 * place] = chirp[2 * k]
        signal[2 * place + 1] = -chirp[2 * k + 1]
      }
    }
    signal.withUnsafeMutableBufferPointer { signal in
      filter.withUnsafeMutableBufferPointer { filter in
        if let from = signal.baseAddress, let to = filter.baseAddress { plan.mixed(from, 1, size, to, 0) }
      }
    }
  }

  /// Doubles that `run` needs as work space.
  var workSize: Int { inner.map { 6 * $0.length } ?? 0 }

  /// The transform of `x`, which is not `y`.
  func run(_ x: Numbers, _ y: Numbers, _ work: Numbers) {
    guard let inner else { return mixed(x, 1, length, y, 0) }
    let size = inner.length
    let (a, b) = (work, work + 2 * size)
    for i in 0..<(2 * size) { a[i] = 0 }
    chirp.withUnsafeBufferPointer { w in
      for k in 0..<length {
        a[2 &* k] = x[2 &* k] * w[2 &* k] - x[2 &* k &+ 1] * w[2 &* k &+ 1]
        a[2 &* k &+ 1] = x[2 &* k] * w[2 &* k &+ 1] + x[2 &* k &+ 1] * w[2 &* k]
      }
    }
    inner.mixed(a, 1, size, b, 0)
    // The inverse transform by way of the forward one of the conjugate.
    filter.withUnsafeBufferPointer { f in
      for k in 0..<size {
        let (re, im) = (b[2 &* k], b[2 &* k &+ 1])
        a[2 &* k] = re * f[2 &* k] - im * f[2 &* k &+ 1]
        a[2 &* k &+ 1] = -(re * f[2 &* k &+ 1] + im * f[2 &* k])
      }
    }
    inner.mixed(a, 1, size, b, 0)
    chirp.withUnsafeBufferPointer { w in
      for k in 0..<length {
        let (re, im) = (b[2 &* k] / Double(size), -b[2 &* k &+ 1] / Double(size))
        y[2 &* k] = re * w[2 &* k] - im * w[2 &* k &+ 1]
        y[2 &* k &+ 1] = re * w[2 &* k &+ 1] + im * w[2 &* k]
      }
    }
  }

  /// The transform of n numbers, `step` apart, by those of its p interleaved parts.
  private func mixed(_ x: Numbers, _ step: Int, _ n: Int, _ y: Numbers, _ level: Int) {
    if n == 1 {
      (y[0], y[1]) = (x[0], x[1])
      return
    }
    let p = factors[level], m = n / p
    for r in 0..<p { mixed(x + 2 &* r &* step, step &* p, m, y + 2 &* r &* m, level &+ 1) }
    roots.withUnsafeBufferPointer { w in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 &* p) { part in
        for k in 0..<m {
          for r in 0..<p {
            let (re, im) = (y[2 &* (r &* m &+ k)], y[2 &* (r &* m &+ k) &+ 1])
            let turn = 2 &* (r &* k &* step)
            part[2 &* r] = re * w[turn] - im * w[turn &+ 1]
            part[2 &* r &+ 1] = re * w[turn &+ 1] + im * w[turn]
          }
          if p == 2 {
            (y[2 &* k], y[2 &* k &+ 1]) = (part[0] + part[2], part[1] + part[3])
            (y[2 &* (m &+ k)], y[2 &* (m &+ k) &+ 1]) = (part[0] - part[2], part[1] - part[3])
            continue
          }
          for q in 0..<p {
            var (re, im) = (part[0], part[1])
            for r in 1..<p {
              let turn = 2 &* ((r &* q) % p &* m &* step)
              re += part[2 &* r] * w[turn] - part[2 &* r &+ 1] * w[turn &+ 1]
              im += part[2 &* r] * w[turn &+ 1] + part[2 &* r &+ 1] * w[turn]
            }
            (y[2 &* (q &* m &+ k)], y[2 &* (q &* m &+ k) &+ 1]) = (re, im)
          }
        }
      }
    }
  }
}
