import CKernels
import Glibc

/// Discrete Fourier transforms of one length, of float64 in planes: real and imaginary parts apart. Where the prime factors
/// are small a line is taken as a matrix, whose columns are transformed side by side, then its rows (Bailey 1990, "FFTs
/// in external or hierarchical memory"); else as a convolution of a power of two (Bluestein 1970).
final class FourierPlan: @unchecked Sendable {
  typealias Numbers = UnsafeMutablePointer<Double>

  let length: Int
  /// -1 for e^(-2πi jk / n), 1 for the other direction.
  private let sign: Double
  /// The radices of a transform of columns, in order, and for each the turns and the roots (see `tk_fourier`).
  private var steps: [(radix: Int, rest: Int, turns: [Double], roots: [Double])] = []
  /// Of a line as a matrix [rows.length, columns.length], and what is multiplied with between the two.
  private var split: (rows: FourierPlan, columns: FourierPlan, turns: [Double])?
  /// Of Bluestein's method: the transform of a power of two, the chirp, the chirp over that power, and its transform.
  private var chirp: (inner: FourierPlan, factors: [Double], last: [Double], filter: [Double])?

  /// Lines that are transformed side by side.
  private static let group = 16
  /// From here on a line is cut into a matrix.
  private static let leastSplit = 256

  /// - Parameter length: at least 1, below 2^40.
  private init(_ length: Int, _ sign: Double, forColumns: Bool = false) {
    self.length = length
    self.sign = sign
    guard let radices = FourierPlan.radices(length) else {
      setChirp()
      return
    }
    if !forColumns, length >= FourierPlan.leastSplit, let rows = FourierPlan.balanced(length) {
      setSplit(rows, length / rows)
      return
    }
    var size = length
    for radix in radices {
      let rest = size / radix
      let turns = FourierPlan.circle(size) { (place: $0 / radix * ($0 % radix), of: $1) }
      steps.append(
        (radix, rest, turned(turns), turned(FourierPlan.circle(radix) { (place: $0, of: $1) })))
      size = rest
    }
  }

  // MARK: - Tables

  /// 4, 2 and odd primes; nil if there is one above 61.
  private static func radices(_ length: Int) -> [Int]? {
    var (result, rest, factor): ([Int], Int, Int) = ([], length, 4)
    while rest > 1, factor <= 61 {
      if rest % factor == 0 {
        result.append(factor)
        rest /= factor
      } else {
        factor = factor == 4 ? 2 : factor == 2 ? 3 : factor + 2
      }
    }
    return rest > 1 ? nil : result
  }

  /// The divisor next to the root that leaves packs on both sides.
  private static func balanced(_ length: Int) -> Int? {
    var divisor = Int(Double(length).squareRoot())
    while divisor >= group {
      if length % divisor == 0 { return divisor }
      divisor -= 1
    }
    return nil
  }

  /// e^(2πi place / of) for each of `count` places, by their eighth of the circle.
  private static func circle(
    _ count: Int, _ at: (_ index: Int, _ count: Int) -> (place: Int, of: Int)
  ) -> [Double] {
    var result = Array(repeating: 0.0, count: 2 * count)
    for k in 0..<count {
      let (place, whole) = at(k, count)
      // 8 place = eighth whole + rest
      let eighth = 8 * (place % whole) / whole, rest = 8 * (place % whole) % whole
      let odd = eighth & 1 == 1
      let angle = Double.pi / 4 * Double(odd ? whole - rest : rest) / Double(whole)
      let (c, s) = odd ? (sin(angle), cos(angle)) : (cos(angle), sin(angle))
      (result[2 * k], result[2 * k + 1]) =
        switch eighth / 2 {
        case 0: (c, s)
        case 1: (-s, c)
        case 2: (-c, -s)
        default: (s, -c)
        }
    }
    return result
  }

  /// In this plan's direction.
  private func turned(_ numbers: [Double]) -> [Double] {
    if sign > 0 { return numbers }
    return numbers.enumerated().map { $0.offset & 1 == 1 ? -$0.element : $0.element }
  }

  /// Real parts, then imaginary ones.
  private static func apart(_ numbers: [Double]) -> [Double] {
    let half = numbers.count / 2
    return (0..<half).map { numbers[2 * $0] } + (0..<half).map { numbers[2 * $0 + 1] }
  }

  private func setSplit(_ rows: Int, _ columns: Int) {
    let turns = FourierPlan.circle(length) { index, whole in
      (place: index / columns * (index % columns), of: whole)
    }
    split = (
      FourierPlan(rows, sign, forColumns: true), FourierPlan(columns, sign, forColumns: true),
      FourierPlan.apart(turned(turns))
    )
  }

  private func setChirp() {
    var size = 1
    while size < 2 * length { size *= 2 }
    let twice = 2 * length
    // k² modulo 2n, without overflow.
    let factors = turned(
      FourierPlan.circle(length) { k, _ in
        (place: Int(UInt(k).multipliedFullWidth(by: UInt(k)).low % UInt(twice)), of: twice)
      })
    let inner = FourierPlan(size, -1)
    var signal = Array(repeating: 0.0, count: 4 * size)
    for k in 0..<length {
      for place in k == 0 ? [0] : [k, size - k] {
        (signal[place], signal[size + place]) = (factors[2 * k], -factors[2 * k + 1])
      }
    }
    var filter: [Double] = []
    signal.withUnsafeMutableBufferPointer { numbers in
      guard let base = numbers.baseAddress else { return }
      let found = inner.line(
        FourierPlan.planes(base, size), FourierPlan.planes(base + 2 * size, size))
      filter = Array(UnsafeBufferPointer(start: found.re, count: size))
      filter += Array(UnsafeBufferPointer(start: found.im, count: size))
    }
    let parts = FourierPlan.apart(factors)
    chirp = (inner, parts, parts.map { $0 / Double(size) }, filter)
  }

  private static func planes(_ base: Numbers, _ size: Int) -> tk_planes {
    tk_planes(re: base, im: base + size)
  }

  // MARK: - Transforms

  /// Of each of `count` columns of x [length, count], with y for scratch: returns which of the two has them.
  private func columns(_ count: Int, _ x: tk_planes, _ y: tk_planes) -> tk_planes {
    var (from, to, side) = (x, y, count)
    let kernel = kernels.pointee.fourier
    for step in steps {
      step.turns.withUnsafeBufferPointer { turns in
        step.roots.withUnsafeBufferPointer { roots in
          kernel.step(
            Int64(step.radix), Int64(step.rest), Int64(side), from, to, turns.baseAddress, roots.baseAddress)
        }
      }
      swap(&from, &to)
      side &*= step.radix
    }
    return from
  }

  /// Of the line x, with y for scratch: returns which of the two has it.
  private func line(_ x: tk_planes, _ y: tk_planes) -> tk_planes {
    guard let (rows, columns, turns) = split else { return self.columns(1, x, y) }
    let inX = rows.columns(columns.length, x, y)
    let other = inX.re == x.re ? y : x
    multiply(length, inX, turns)
    for (from, to) in [(inX.re, other.re), (inX.im, other.im)] {
      kernels.pointee.transpose8(
        Int64(columns.length), Int64(rows.length), to, Int64(rows.length), from, Int64(columns.length), 0)
    }
    return columns.columns(rows.length, other, inX)
  }

  /// x *= the first `count` of as many factors as `factors` has halves.
  private func multiply(_ count: Int, _ x: tk_planes, _ factors: [Double]) {
    factors.withUnsafeBufferPointer { w in
      guard let base = w.baseAddress else { return }
      let numbers = UnsafeMutablePointer(mutating: base)
      kernels.pointee.fourier.multiply(
        Int64(count), x, FourierPlan.planes(numbers, factors.count / 2))
    }
  }

  /// The convolution with the chirp, in planes as long as the power of two.
  private func convolved(_ x: tk_planes, _ y: tk_planes) -> tk_planes {
    guard let (inner, factors, last, filter) = chirp else { return x }
    multiply(length, x, factors)
    let product = inner.line(x, y)
    multiply(inner.length, product, filter)
    // The inverse transform is the forward one with real and imaginary parts exchanged.
    let other = product.re == x.re ? y : x
    let turned = inner.line(
      tk_planes(re: product.im, im: product.re), tk_planes(re: other.im, im: other.re))
    let result = tk_planes(re: turned.im, im: turned.re)
    multiply(length, result, last)
    return result
  }

  private var lineLength: Int { chirp?.inner.length ?? length }
  /// Lines that `run` takes best at a time.
  var lines: Int { split == nil && chirp == nil ? FourierPlan.group : 1 }
  /// Doubles that `run` needs as work space.
  var workSize: Int { 4 * lineLength * lines }

  /// The transforms of up to `lines` lines, side by side in memory, times `factor`: of complex numbers, or real ones.
  /// - Parameter outputs: how many numbers of each result are written.
  func run<E: BinaryFloatingPoint & BitwiseCopyable>(
    _ source: UnsafePointer<E>, isReal: Bool, _ target: UnsafeMutablePointer<E>, outputs: Int, count: Int,
    factor: Double, _ work: Numbers
  ) {
    let size = lineLength &* count
    let (x, y) = (FourierPlan.planes(work, size), FourierPlan.planes(work + 2 &* size, size))
    guard let re = x.re, let im = x.im else { return }
    for c in 0..<count {
      let line = source + c &* length &* (isReal ? 1 : 2)
      if isReal {
        for j in 0..<length { (re[j &* count &+ c], im[j &* count &+ c]) = (Double(line[j]), 0) }
      } else {
        for j in 0..<length {
          (re[j &* count &+ c], im[j &* count &+ c]) = (Double(line[2 &* j]), Double(line[2 &* j &+ 1]))
        }
      }
    }
    for i in (length &* count)..<size { (re[i], im[i]) = (0, 0) }
    let found = chirp != nil ? convolved(x, y) : split != nil ? line(x, y) : columns(count, x, y)
    guard let re = found.re, let im = found.im else { return }
    for c in 0..<count {
      let line = target + 2 &* c &* outputs
      for k in 0..<outputs {
        line[2 &* k] = E(re[k &* count &+ c] * factor)
        line[2 &* k &+ 1] = E(im[k &* count &+ c] * factor)
      }
    }
  }

  // MARK: - Plans that are kept

  private final class Shelf: @unchecked Sendable {
    let lock = SpinLock()
    var plans: [FourierPlan] = []
  }

  private static let shelf = Shelf()
  private static let shelfLength = 8
  private static let longestKept = 1 << 16

  /// The plan for a length, at least 1 and below 2^40, and a direction; the latest ones are kept.
  static func of(_ length: Int, _ sign: Double) -> FourierPlan {
    shelf.lock.lock()
    let known = shelf.plans.first { $0.length == length && $0.sign == sign }
    shelf.lock.unlock()
    if let known { return known }
    let plan = FourierPlan(length, sign)
    if length <= longestKept {
      var oldest: FourierPlan?
      shelf.lock.lock()
      if shelf.plans.count >= shelfLength { oldest = shelf.plans.removeFirst() }
      shelf.plans.append(plan)
      shelf.lock.unlock()
      withExtendedLifetime(oldest) {}
    }
    return plan
  }
}
