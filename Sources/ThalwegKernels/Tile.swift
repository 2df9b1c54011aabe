import CKernels

// The micro-kernel of the matrix product: a tile of C, some rows of one strip each, lives in registers while one
// column of A after the other is multiplied into it. A tile is composed of rows by doubling and tripling, so that
// every row is a variable of its own: arrays, even of fixed size, would be kept in memory.

/// A row of a tile: one register or two.
protocol Strip {
  associatedtype E: Element
  associatedtype Value
  static var width: Int { get }
  static var zero: Value { get }
  static func load(_ p: UnsafePointer<E>) -> Value
  static func store(_ p: UnsafeMutablePointer<E>, _ value: Value)
  /// The first `columns`, which are fewer than `width`; no memory behind them is touched.
  static func storePart(
    _ p: UnsafeMutablePointer<E>, _ value: Value, _ columns: Int, _ accumulate: Bool)
  static func add(_ a: Value, _ b: Value) -> Value
  /// `Rectifier`
  static func rectify(_ a: Value) -> Value
  /// sum + a * b, `a` in every lane
  static func addProduct(_ sum: Value, _ a: E, _ b: Value) -> Value
}

/// What the matrix product needs to know of float32 and float64.
protocol GemmElement: Element {
  /// Two registers.
  associatedtype Wide: Strip where Wide.E == Self
  /// One register.
  associatedtype Narrow: Strip where Narrow.E == Self
  /// Writes the first `turned` columns of `turnedLines` rows, which are `across` apart, as rows, `step` apart. Rows from
  /// `lines` on count as 0.
  static func turn(
    _ from: UnsafePointer<Self>, _ across: Int, _ lines: Int, _ to: UnsafeMutablePointer<Self>, _ step: Int)
  static var turned: Int { get }
  static var turnedLines: Int { get }
}

extension Float: GemmElement {
  typealias Wide = FloatPair
  typealias Narrow = FloatPack

  @inline(__always) static var turned: Int { Int(TK_COLUMNS_F32) }
  @inline(__always) static var turnedLines: Int { Int(TK_LANES) }
  @inline(__always)
  static func turn(
    _ from: UnsafePointer<Float>, _ across: Int, _ lines: Int, _ to: UnsafeMutablePointer<Float>, _ step: Int
  ) {
    tk_turn_f32(from, Int64(across), Int64(lines), to, Int64(step))
  }
}

extension Double: GemmElement {
  typealias Wide = DoublePack
  typealias Narrow = DoubleHalf

  @inline(__always) static var turned: Int { Int(TK_COLUMNS_F64) }
  @inline(__always) static var turnedLines: Int { Int(TK_LANES) / 2 }
  @inline(__always)
  static func turn(
    _ from: UnsafePointer<Double>, _ across: Int, _ lines: Int, _ to: UnsafeMutablePointer<Double>,
    _ step: Int
  ) {
    tk_turn_f64(from, Int64(across), Int64(lines), to, Int64(step))
  }
}

/// Two packs of float32 side by side. (`SIMD32` would do but for the compiler, which does not unroll its
/// loops over lanes. A tuple, as a struct brings along a copying function of vector code that the linker
/// may share with the baseline.)
enum FloatPair: Strip {
  typealias Value = (low: Lanes<Float>, high: Lanes<Float>)

  @inline(__always) static var width: Int { 2 &* FloatPack.width }
  @inline(__always) static var zero: Value { (low: FloatPack.zero, high: FloatPack.zero) }
  @inline(__always)
  static func load(_ p: UnsafePointer<Float>) -> Value {
    (low: FloatPack.load(p), high: FloatPack.load(p + FloatPack.width))
  }
  @inline(__always)
  static func store(_ p: UnsafeMutablePointer<Float>, _ value: Value) {
    FloatPack.store(p, value.low)
    FloatPack.store(p + FloatPack.width, value.high)
  }
  @inline(__always)
  static func storePart(
    _ p: UnsafeMutablePointer<Float>, _ value: Value, _ columns: Int, _ accumulate: Bool
  ) {
    let half = FloatPack.width
    FloatPack.storePart(p, value.low, min(columns, half), accumulate)
    if columns > half { FloatPack.storePart(p + half, value.high, columns &- half, accumulate) }
  }
  @inline(__always)
  static func add(_ a: Value, _ b: Value) -> Value { (low: a.low + b.low, high: a.high + b.high) }
  @inline(__always)
  static func rectify(_ a: Value) -> Value {
    (low: FloatPack.rectify(a.low), high: FloatPack.rectify(a.high))
  }
  @inline(__always)
  static func addProduct(_ sum: Value, _ a: Float, _ b: Value) -> Value {
    (low: FloatPack.addProduct(sum.low, a, b.low), high: FloatPack.addProduct(sum.high, a, b.high))
  }
}

/// One pack of float32.
enum FloatPack: Strip {
  @inline(__always) static var width: Int { Int(TK_LANES) }
  @inline(__always) static var zero: Lanes<Float> { Float.splat(0) }
  @inline(__always)
  static func load(_ p: UnsafePointer<Float>) -> Lanes<Float> { Pack(p).lanes }
  @inline(__always)
  static func store(_ p: UnsafeMutablePointer<Float>, _ value: Lanes<Float>) { Pack(value).store(p) }
  @inline(__always)
  static func storePart(
    _ p: UnsafeMutablePointer<Float>, _ value: Lanes<Float>, _ columns: Int, _ accumulate: Bool
  ) {
    let sum = accumulate ? Pack(UnsafePointer(p), columns) + Pack(value) : Pack(value)
    sum.store(p, columns)
  }
  @inline(__always)
  static func add(_ a: Lanes<Float>, _ b: Lanes<Float>) -> Lanes<Float> { a + b }
  @inline(__always)
  static func rectify(_ a: Lanes<Float>) -> Lanes<Float> { Rectifier.apply(Pack(a)).lanes }
  @inline(__always)
  static func addProduct(_ sum: Lanes<Float>, _ a: Float, _ b: Lanes<Float>) -> Lanes<Float> {
    Float.multiplyAdd(Float.splat(a), b, sum)
  }
}

/// A pack of float64, which is two registers.
enum DoublePack: Strip {
  @inline(__always) static var width: Int { Int(TK_LANES) }
  @inline(__always) static var zero: Lanes<Double> { Double.splat(0) }
  @inline(__always)
  static func load(_ p: UnsafePointer<Double>) -> Lanes<Double> { Pack(p).lanes }
  @inline(__always)
  static func store(_ p: UnsafeMutablePointer<Double>, _ value: Lanes<Double>) { Pack(value).store(p) }
  @inline(__always)
  static func storePart(
    _ p: UnsafeMutablePointer<Double>, _ value: Lanes<Double>, _ columns: Int, _ accumulate: Bool
  ) {
    let sum = accumulate ? Pack(UnsafePointer(p), columns) + Pack(value) : Pack(value)
    sum.store(p, columns)
  }
  @inline(__always)
  static func add(_ a: Lanes<Double>, _ b: Lanes<Double>) -> Lanes<Double> { a + b }
  @inline(__always)
  static func rectify(_ a: Lanes<Double>) -> Lanes<Double> { Rectifier.apply(Pack(a)).lanes }
  @inline(__always)
  static func addProduct(_ sum: Lanes<Double>, _ a: Double, _ b: Lanes<Double>) -> Lanes<Double> {
    Double.multiplyAdd(Double.splat(a), b, sum)
  }
}

/// A register of float64.
enum DoubleHalf: Strip {
  #if THALWEG_V4
    typealias Value = SIMD8<Double>
  #elseif THALWEG_V3
    typealias Value = SIMD4<Double>
  #else
    typealias Value = SIMD2<Double>
  #endif

  @inline(__always) static var width: Int { Int(TK_LANES) / 2 }
  @inline(__always) static var zero: Value { Value(repeating: 0) }
  @inline(__always)
  static func load(_ p: UnsafePointer<Double>) -> Value {
    UnsafeRawPointer(p).loadUnaligned(as: Value.self)
  }
  @inline(__always)
  static func store(_ p: UnsafeMutablePointer<Double>, _ value: Value) {
    UnsafeMutableRawPointer(p).storeBytes(of: value, as: Value.self)
  }
  @inline(__always)
  static func storePart(
    _ p: UnsafeMutablePointer<Double>, _ value: Value, _ columns: Int, _ accumulate: Bool
  ) {
    DoublePack.storePart(p, Lanes<Double>(lowHalf: value, highHalf: zero), columns, accumulate)
  }
  @inline(__always)
  static func add(_ a: Value, _ b: Value) -> Value { a + b }
  @inline(__always)
  static func rectify(_ a: Value) -> Value { a.replacing(with: zero, where: a .<= zero) }
  @inline(__always)
  static func addProduct(_ sum: Value, _ a: Double, _ b: Value) -> Value {
    #if THALWEG_V3 || THALWEG_V4 || arch(arm64)
      return sum.addingProduct(Value(repeating: a), b)
    #else
      return sum + Value(repeating: a) * b
    #endif
  }
}

/// The part of a tile that is written: rows `first` to `end` of so many columns, `ldc` apart, over what is there or
/// added to it.
struct TilePart {
  let first, end, columns, ldc: Int
  let accumulate: Bool
}

/// Where a tile's rows of A begin: every fourth one. Given one by one, as else the compiler finds each row's address by
/// adding to the one before, and these additions take longer than the products.
struct Fours<E> {
  let first, second, third: UnsafePointer<E>

  @inline(__always)
  init(_ a: UnsafePointer<E>, _ step: Int) { self.init(a, a + 4 &* step, a + 8 &* step) }
  @inline(__always)
  init(_ first: UnsafePointer<E>, _ second: UnsafePointer<E>, _ third: UnsafePointer<E>) {
    self.first = first
    self.second = second
    self.third = third
  }
}

/// A tile of `count` rows.
protocol Tile {
  associatedtype S: Strip
  static var count: Int { get }
  init()
  /// Adds the products of `count` elements of A, `step` apart, with a strip of B.
  mutating func add(_ a: UnsafePointer<S.E>, _ step: Int, _ b: S.Value)
  /// The same of more than four.
  mutating func add(_ a: Fours<S.E>, _ step: Int, _ b: S.Value)
  /// Writes the part, of which `c` is the first row; this tile's rows begin with number `row` of the whole.
  func store(_ c: UnsafeMutablePointer<S.E>, _ part: TilePart, _ row: Int)
  /// The same of all columns, with a bias added and then, perhaps, rectified.
  func store(
    _ c: UnsafeMutablePointer<S.E>, _ part: TilePart, _ row: Int, _ bias: S.Value, _ isRectified: Bool)
}

struct Row<S: Strip>: Tile {
  private var sum: S.Value

  @inline(__always) static var count: Int { 1 }
  @inline(__always) init() { sum = S.zero }

  @inline(__always)
  mutating func add(_ a: UnsafePointer<S.E>, _ step: Int, _ b: S.Value) { sum = S.addProduct(sum, a[0], b) }
  @inline(__always)
  mutating func add(_ a: Fours<S.E>, _ step: Int, _ b: S.Value) { add(a.first, step, b) }

  @inline(__always)
  func store(_ c: UnsafeMutablePointer<S.E>, _ part: TilePart, _ row: Int) {
    if row < part.first || row >= part.end { return }
    let p = c + row &* part.ldc
    if part.columns == S.width {
      S.store(p, part.accumulate ? S.add(S.load(p), sum) : sum)
    } else {
      S.storePart(p, sum, part.columns, part.accumulate)
    }
  }
  @inline(__always)
  func store(
    _ c: UnsafeMutablePointer<S.E>, _ part: TilePart, _ row: Int, _ bias: S.Value, _ isRectified: Bool
  ) {
    if row < part.first || row >= part.end { return }
    let p = c + row &* part.ldc
    let value = S.add(part.accumulate ? S.add(S.load(p), sum) : sum, bias)
    S.store(p, isRectified ? S.rectify(value) : value)
  }
}

struct Twice<T: Tile>: Tile {
  typealias S = T.S
  private var first = T(), second = T()

  @inline(__always) static var count: Int { 2 &* T.count }
  @inline(__always) init() {}

  @inline(__always)
  mutating func add(_ a: UnsafePointer<S.E>, _ step: Int, _ b: S.Value) {
    first.add(a, step, b)
    second.add(a + T.count &* step, step, b)
  }
  @inline(__always)
  mutating func add(_ a: Fours<S.E>, _ step: Int, _ b: S.Value) {
    first.add(a.first, step, b)
    second.add(T.count == 4 ? a.second : a.first + T.count &* step, step, b)
  }

  @inline(__always)
  func store(_ c: UnsafeMutablePointer<S.E>, _ part: TilePart, _ row: Int) {
    first.store(c, part, row)
    second.store(c, part, row &+ T.count)
  }
  @inline(__always)
  func store(
    _ c: UnsafeMutablePointer<S.E>, _ part: TilePart, _ row: Int, _ bias: S.Value, _ isRectified: Bool
  ) {
    first.store(c, part, row, bias, isRectified)
    second.store(c, part, row &+ T.count, bias, isRectified)
  }
}

struct Thrice<T: Tile>: Tile {
  typealias S = T.S
  private var first = T(), second = T(), third = T()

  @inline(__always) static var count: Int { 3 &* T.count }
  @inline(__always) init() {}

  @inline(__always)
  mutating func add(_ a: UnsafePointer<S.E>, _ step: Int, _ b: S.Value) {
    first.add(a, step, b)
    second.add(a + T.count &* step, step, b)
    third.add(a + 2 &* T.count &* step, step, b)
  }
  @inline(__always)
  mutating func add(_ a: Fours<S.E>, _ step: Int, _ b: S.Value) {
    first.add(a.first, step, b)
    second.add(T.count == 4 ? a.second : a.first + T.count &* step, step, b)
    third.add(T.count == 4 ? a.third : T.count == 2 ? a.second : a.first + 2 &* T.count &* step, step, b)
  }

  @inline(__always)
  func store(_ c: UnsafeMutablePointer<S.E>, _ part: TilePart, _ row: Int) {
    first.store(c, part, row)
    second.store(c, part, row &+ T.count)
    third.store(c, part, row &+ 2 &* T.count)
  }
  @inline(__always)
  func store(
    _ c: UnsafeMutablePointer<S.E>, _ part: TilePart, _ row: Int, _ bias: S.Value, _ isRectified: Bool
  ) {
    first.store(c, part, row, bias, isRectified)
    second.store(c, part, row &+ T.count, bias, isRectified)
    third.store(c, part, row &+ 2 &* T.count, bias, isRectified)
  }
}

extension Tile {
  /// Makes the tile's sums over k and writes the part: element (i, l) of A is at i * rowStep + l * step, strip l of
  /// B at l * bStep. Of tiles as wide as can be the rows get a bias, if there is one, and are rectified, if wanted.
  @inline(__always)
  static func make(
    _ k: Int, _ a: Fours<S.E>, _ rowStep: Int, _ step: Int, _ b: UnsafePointer<S.E>, _ bStep: Int,
    _ c: UnsafeMutablePointer<S.E>, _ part: TilePart, _ bias: UnsafePointer<S.E>?, _ isRectified: Bool
  ) {
    var tile = Self()
    var a = a, b = b
    for _ in 0..<k {
      if rowStep == 1 { tile.add(a.first, 1, S.load(b)) } else { tile.add(a, rowStep, S.load(b)) }
      a = Fours(a.first + step, a.second + step, a.third + step)
      b += bStep
    }
    let isWhole = part.first == 0 && part.end == count && part.columns == S.width
    let whole = TilePart(
      first: 0, end: count, columns: S.width, ldc: part.ldc, accumulate: part.accumulate)
    if let bias {
      let bias = S.load(bias)
      if !isWhole {
        tile.store(c, part, 0, bias, isRectified)
      } else if isRectified {
        tile.store(c, whole, 0, bias, true)
      } else {
        tile.store(c, whole, 0, bias, false)
      }
    } else if isWhole {
      tile.store(c, whole, 0)
    } else {
      tile.store(c, part, 0)
    }
  }
}
