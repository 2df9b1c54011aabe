import CKernels

// The micro-kernel of the matrix product: a tile of C, mr rows of one strip each, lives in registers while one
// row of A's panel after the other is multiplied into it. A tile is composed of rows by doubling and tripling,
// so that every row is a variable of its own: arrays, even of fixed size, would be kept in memory.

/// What the matrix product needs to know of float32 and float64.
protocol GemmElement: Element {
  /// A row of the micro-tile: two registers wide.
  associatedtype Strip
  static var stripWidth: Int { get }
  static var zeroStrip: Strip { get }
  static func loadStrip(_ p: UnsafePointer<Self>) -> Strip
  static func storeStrip(_ p: UnsafeMutablePointer<Self>, _ s: Strip)
  static func addStrips(_ a: Strip, _ b: Strip) -> Strip
  /// sum + a * b, `a` in every lane
  static func addProduct(_ sum: Strip, _ a: Self, _ b: Strip) -> Strip
}

/// Two packs of float32 side by side. (`SIMD32` would do but for the compiler, which does not unroll its
/// loops over lanes.)
struct PackPair {
  var low, high: Lanes<Float>
}

extension Float: GemmElement {
  @inline(__always) static var stripWidth: Int { 2 &* width }
  @inline(__always) static var zeroStrip: PackPair { PackPair(low: splat(0), high: splat(0)) }
  @inline(__always)
  static func loadStrip(_ p: UnsafePointer<Float>) -> PackPair {
    PackPair(low: Pack(p).lanes, high: Pack(p + width).lanes)
  }
  @inline(__always)
  static func storeStrip(_ p: UnsafeMutablePointer<Float>, _ s: PackPair) {
    Pack(s.low).store(p)
    Pack(s.high).store(p + width)
  }
  @inline(__always)
  static func addStrips(_ a: PackPair, _ b: PackPair) -> PackPair {
    PackPair(low: a.low + b.low, high: a.high + b.high)
  }
  @inline(__always)
  static func addProduct(_ sum: PackPair, _ a: Float, _ b: PackPair) -> PackPair {
    let x = splat(a)
    return PackPair(low: multiplyAdd(x, b.low, sum.low), high: multiplyAdd(x, b.high, sum.high))
  }
}

extension Double: GemmElement {
  @inline(__always) static var stripWidth: Int { width }
  @inline(__always) static var zeroStrip: Lanes<Double> { splat(0) }
  @inline(__always)
  static func loadStrip(_ p: UnsafePointer<Double>) -> Lanes<Double> {
    Pack(p).lanes
  }
  @inline(__always)
  static func storeStrip(_ p: UnsafeMutablePointer<Double>, _ s: Lanes<Double>) {
    Pack(s).store(p)
  }
  @inline(__always)
  static func addStrips(_ a: Lanes<Double>, _ b: Lanes<Double>) -> Lanes<Double> { a + b }
  @inline(__always)
  static func addProduct(_ sum: Lanes<Double>, _ a: Double, _ b: Lanes<Double>) -> Lanes<Double> {
    multiplyAdd(splat(a), b, sum)
  }
}

/// A tile of `count` rows.
protocol Tile {
  associatedtype E: GemmElement
  static var count: Int { get }
  init()
  /// Adds the products of `count` elements of A, `step` apart, with a strip of B.
  mutating func add(_ a: UnsafePointer<E>, _ step: Int, _ b: E.Strip)
  /// Writes the rows, `ldc` apart, or adds them to what is there.
  func store(_ c: UnsafeMutablePointer<E>, _ ldc: Int, _ accumulate: Bool)
}

struct Row<E: GemmElement>: Tile {
  private var sum: E.Strip

  @inline(__always) static var count: Int { 1 }
  @inline(__always) init() { sum = E.zeroStrip }

  @inline(__always)
  mutating func add(_ a: UnsafePointer<E>, _ step: Int, _ b: E.Strip) { sum = E.addProduct(sum, a[0], b) }

  @inline(__always)
  func store(_ c: UnsafeMutablePointer<E>, _ ldc: Int, _ accumulate: Bool) {
    E.storeStrip(c, accumulate ? E.addStrips(E.loadStrip(c), sum) : sum)
  }
}

struct Twice<T: Tile>: Tile {
  private var first = T(), second = T()

  @inline(__always) static var count: Int { 2 &* T.count }
  @inline(__always) init() {}

  @inline(__always)
  mutating func add(_ a: UnsafePointer<T.E>, _ step: Int, _ b: T.E.Strip) {
    first.add(a, step, b)
    second.add(a + T.count &* step, step, b)
  }

  @inline(__always)
  func store(_ c: UnsafeMutablePointer<T.E>, _ ldc: Int, _ accumulate: Bool) {
    first.store(c, ldc, accumulate)
    second.store(c + T.count &* ldc, ldc, accumulate)
  }
}

struct Thrice<T: Tile>: Tile {
  private var first = T(), second = T(), third = T()

  @inline(__always) static var count: Int { 3 &* T.count }
  @inline(__always) init() {}

  @inline(__always)
  mutating func add(_ a: UnsafePointer<T.E>, _ step: Int, _ b: T.E.Strip) {
    first.add(a, step, b)
    second.add(a + T.count &* step, step, b)
    third.add(a + 2 &* T.count &* step, step, b)
  }

  @inline(__always)
  func store(_ c: UnsafeMutablePointer<T.E>, _ ldc: Int, _ accumulate: Bool) {
    first.store(c, ldc, accumulate)
    second.store(c + T.count &* ldc, ldc, accumulate)
    third.store(c + 2 &* T.count &* ldc, ldc, accumulate)
  }
}

extension Tile {
  /// The tile's sums over k: element (i, l) of A is at i * rowStep + l * step, strip l of B at l * bStep.
  @inline(__always)
  static func product(
    _ k: Int, _ a: UnsafePointer<E>, _ rowStep: Int, _ step: Int, _ b: UnsafePointer<E>, _ bStep: Int
  ) -> Self {
    var tile = Self()
    var a = a, b = b
    for _ in 0..<k {
      tile.add(a, rowStep, E.loadStrip(b))
      a += step
      b += bStep
    }
    return tile
  }
}
