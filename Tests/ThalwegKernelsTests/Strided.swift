/// float32 and float64.
protocol TestFloat: BinaryFloatingPoint, BitwiseCopyable, SendableMetatype
where RawSignificand: FixedWidthInteger {}
extension Float: TestFloat {}
extension Double: TestFloat {}

/// Elements in memory, `step` apart, in a buffer with margins that must stay as they are.
struct Strided<E: Equatable & BitwiseCopyable> {
  private var storage: [E]
  private let margin = 40
  private let first: Int
  private let fill: E
  let count: Int
  let step: Int

  init(_ values: [E], step: Int, fill: E) {
    count = values.count
    self.step = step
    self.fill = fill
    let span = max(1, count) * max(1, abs(step))
    storage = Array(repeating: fill, count: span + 2 * margin)
    first = step < 0 ? margin + (max(1, count) - 1) * -step : margin
    for (i, value) in values.enumerated() { storage[first + i * step] = value }
  }

  mutating func withAddress<R>(_ body: (UnsafeMutablePointer<E>) -> R) -> R {
    let first = first
    return storage.withUnsafeMutableBufferPointer { body($0.baseAddress! + first) }
  }

  subscript(i: Int) -> E { storage[first + i * step] }
  var values: [E] { (0..<count).map { self[$0] } }

  /// Whether everything between and around the elements is as it was.
  var marginsIntact: Bool {
    let used = Set((0..<count).map { first + $0 * step })
    return storage.indices.allSatisfy { used.contains($0) || same(storage[$0], fill) }
  }
}

/// Equal bits.
func same<E: BitwiseCopyable>(_ a: E, _ b: E) -> Bool {
  withUnsafeBytes(of: a) { x in withUnsafeBytes(of: b) { y in x.elementsEqual(y) } }
}

/// Equal, or both NaN.
func agree<E: Equatable>(_ a: E, _ b: E) -> Bool { a == b || (a != a && b != b) }

/// Units in the last place of float32 or float64 between `a` and the exact value.
func ulps<E: TestFloat>(_ a: E, _ exact: E) -> Double {
  if a == exact || (a.isNaN && exact.isNaN) { return 0 }
  if !a.isFinite || !exact.isFinite { return .infinity }
  return Double(abs(a - exact) / max(exact.ulp, .leastNonzeroMagnitude))
}

/// A small generator for test data (Steele et al. 2014, SplitMix64).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

let sizes = [0, 1, 2, 3, 5, 8, 15, 16, 17, 31, 33, 63, 64, 65, 100, 131]

/// Awkward floats among ordinary ones.
func floats<E: TestFloat>(_: E.Type, _ n: Int, _ seed: UInt64) -> [E] {
  let special: [E] = [
    0, -0.0, 1, -1, 2, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
    .leastNormalMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0.5, 3,
  ]
  var g = SplitMix(state: seed)
  return (0..<n).map { _ in
    Int.random(in: 0..<3, using: &g) == 0
      ? special.randomElement(using: &g)! : E.random(in: -8...8, using: &g)
  }
}

/// Extremes among ordinary integers.
func integers<E: FixedWidthInteger>(_: E.Type, _ n: Int, _ seed: UInt64) -> [E] {
  var g = SplitMix(state: seed)
  return (0..<n).map { _ in
    switch Int.random(in: 0..<4, using: &g) {
    case 0: [.min, .max, 0, 1, .max - 1].randomElement(using: &g)!
    case 1: E(truncatingIfNeeded: Int.random(in: -5...5, using: &g))
    default: E.random(in: .min ... .max, using: &g)
    }
  }
}
