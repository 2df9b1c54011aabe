import CKernels

// The tiles of `LaneProduct`, composed as those of the matrix product (Tile.swift), so that every pack is a variable of
// its own.

/// Some packs, each from a place of its own.
protocol LaneCells {
  associatedtype E: Real
  associatedtype Places
  static var count: Int { get }
  init()
  /// Addresses, from as many numbers of elements.
  static func places(_ numbers: UnsafePointer<Int64>, _ x: UnsafePointer<E>) -> Places
  /// What lies `offset` elements behind the places.
  static func load(_ places: Places, _ offset: Int) -> Self
  /// self + a b
  func plus(_ a: Pack<E>, _ b: Self) -> Self
  /// Writes each pack `to` elements behind y, or adds it to what is there.
  func store(_ y: UnsafeMutablePointer<E>, _ to: UnsafePointer<Int64>, _ accumulate: Bool)
  /// Writes the packs side by side.
  func store(_ packs: UnsafeMutablePointer<E>)
}

struct LaneCell<E: Real>: LaneCells {
  private var pack: Pack<E>

  @inline(__always) static var count: Int { 1 }
  @inline(__always) init() { pack = Pack(0) }
  @inline(__always) private init(_ pack: Pack<E>) { self.pack = pack }
  @inline(__always)
  static func places(_ numbers: UnsafePointer<Int64>, _ x: UnsafePointer<E>) -> UnsafePointer<E> {
    x + Int(numbers[0])
  }
  @inline(__always)
  static func load(_ place: UnsafePointer<E>, _ offset: Int) -> LaneCell { LaneCell(Pack(place + offset)) }
  @inline(__always)
  func plus(_ a: Pack<E>, _ b: LaneCell) -> LaneCell { LaneCell(a.times(b.pack, plus: pack)) }
  @inline(__always)
  func store(_ y: UnsafeMutablePointer<E>, _ to: UnsafePointer<Int64>, _ accumulate: Bool) {
    let target = y + Int(to[0])
    (accumulate ? Pack(UnsafePointer(target)) + pack : pack).store(target)
  }
  @inline(__always)
  func store(_ packs: UnsafeMutablePointer<E>) { pack.store(packs) }
}

struct TwoCells<C: LaneCells>: LaneCells {
  private var first: C, second: C

  @inline(__always) static var count: Int { 2 &* C.count }
  @inline(__always) init() { self.init(C(), C()) }
  @inline(__always) private init(_ first: C, _ second: C) { (self.first, self.second) = (first, second) }
  @inline(__always)
  static func places(_ numbers: UnsafePointer<Int64>, _ x: UnsafePointer<C.E>) -> (C.Places, C.Places) {
    (C.places(numbers, x), C.places(numbers + C.count, x))
  }
  @inline(__always)
  static func load(_ places: (C.Places, C.Places), _ offset: Int) -> TwoCells {
    TwoCells(C.load(places.0, offset), C.load(places.1, offset))
  }
  @inline(__always)
  func plus(_ a: Pack<C.E>, _ b: TwoCells) -> TwoCells {
    TwoCells(first.plus(a, b.first), second.plus(a, b.second))
  }
  @inline(__always)
  func store(_ y: UnsafeMutablePointer<C.E>, _ to: UnsafePointer<Int64>, _ accumulate: Bool) {
    first.store(y, to, accumulate)
    second.store(y, to + C.count, accumulate)
  }
  @inline(__always)
  func store(_ packs: UnsafeMutablePointer<C.E>) {
    first.store(packs)
    second.store(packs + C.count &* width)
  }
}

struct ThreeCells<C: LaneCells>: LaneCells {
  private var first: C, second: C, third: C

  @inline(__always) static var count: Int { 3 &* C.count }
  @inline(__always) init() { self.init(C(), C(), C()) }
  @inline(__always)
  private init(_ first: C, _ second: C, _ third: C) {
    (self.first, self.second, self.third) = (first, second, third)
  }
  @inline(__always)
  static func places(
    _ numbers: UnsafePointer<Int64>, _ x: UnsafePointer<C.E>
  ) -> (C.Places, C.Places, C.Places) {
    (C.places(numbers, x), C.places(numbers + C.count, x), C.places(numbers + 2 &* C.count, x))
  }
  @inline(__always)
  static func load(_ places: (C.Places, C.Places, C.Places), _ offset: Int) -> ThreeCells {
    ThreeCells(C.load(places.0, offset), C.load(places.1, offset), C.load(places.2, offset))
  }
  @inline(__always)
  func plus(_ a: Pack<C.E>, _ b: ThreeCells) -> ThreeCells {
    ThreeCells(first.plus(a, b.first), second.plus(a, b.second), third.plus(a, b.third))
  }
  @inline(__always)
  func store(_ y: UnsafeMutablePointer<C.E>, _ to: UnsafePointer<Int64>, _ accumulate: Bool) {
    first.store(y, to, accumulate)
    second.store(y, to + C.count, accumulate)
    third.store(y, to + 2 &* C.count, accumulate)
  }
  @inline(__always)
  func store(_ packs: UnsafeMutablePointer<C.E>) {
    first.store(packs)
    second.store(packs + C.count &* width)
    third.store(packs + 2 &* C.count &* width)
  }
}

/// A number of rows of cells: the sums of as many filters at the same places.
protocol LaneTile {
  associatedtype Cells: LaneCells
  static var count: Int { get }
  init()
  /// Adds the products of `count` weights, side by side, with the cells.
  mutating func add(_ weights: UnsafePointer<Cells.E>, _ cells: Cells)
  /// Rows go `ldy` elements apart.
  func store(_ y: UnsafeMutablePointer<Cells.E>, _ ldy: Int, _ to: UnsafePointer<Int64>, _ accumulate: Bool)
}

struct LaneRow<Cells: LaneCells>: LaneTile {
  private var cells = Cells()

  @inline(__always) static var count: Int { 1 }
  @inline(__always) init() {}
  @inline(__always)
  mutating func add(_ weights: UnsafePointer<Cells.E>, _ x: Cells) { cells = cells.plus(Pack(weights[0]), x) }
  @inline(__always)
  func store(_ y: UnsafeMutablePointer<Cells.E>, _ ldy: Int, _ to: UnsafePointer<Int64>, _ accumulate: Bool) {
    cells.store(y, to, accumulate)
  }
}

struct TwoRows<T: LaneTile>: LaneTile {
  private var first = T(), second = T()

  @inline(__always) static var count: Int { 2 &* T.count }
  @inline(__always) init() {}
  @inline(__always)
  mutating func add(_ weights: UnsafePointer<T.Cells.E>, _ x: T.Cells) {
    first.add(weights, x)
    second.add(weights + T.count, x)
  }
  @inline(__always)
  func store(
    _ y: UnsafeMutablePointer<T.Cells.E>, _ ldy: Int, _ to: UnsafePointer<Int64>, _ accumulate: Bool
  ) {
    first.store(y, ldy, to, accumulate)
    second.store(y + T.count &* ldy, ldy, to, accumulate)
  }
}

struct ThreeRows<T: LaneTile>: LaneTile {
  private var first = T(), second = T(), third = T()

  @inline(__always) static var count: Int { 3 &* T.count }
  @inline(__always) init() {}
  @inline(__always)
  mutating func add(_ weights: UnsafePointer<T.Cells.E>, _ x: T.Cells) {
    first.add(weights, x)
    second.add(weights + T.count, x)
    third.add(weights + 2 &* T.count, x)
  }
  @inline(__always)
  func store(
    _ y: UnsafeMutablePointer<T.Cells.E>, _ ldy: Int, _ to: UnsafePointer<Int64>, _ accumulate: Bool
  ) {
    first.store(y, ldy, to, accumulate)
    second.store(y + T.count &* ldy, ldy, to, accumulate)
    third.store(y + 2 &* T.count &* ldy, ldy, to, accumulate)
  }
}

typealias EightRows<C: LaneCells> = TwoRows<TwoRows<TwoRows<LaneRow<C>>>>
typealias SixRows<C: LaneCells> = ThreeRows<TwoRows<LaneRow<C>>>
typealias FourRows<C: LaneCells> = TwoRows<TwoRows<LaneRow<C>>>

/// Tiles of three heights, each as wide as the registers allow, and a place wide; and how many taps of a window two
/// gradients are multiplied with at a time.
protocol LaneElement: Real {
  associatedtype Tall: LaneTile where Tall.Cells.E == Self
  associatedtype TallRest: LaneTile where TallRest.Cells.E == Self
  associatedtype Middle: LaneTile where Middle.Cells.E == Self
  associatedtype MiddleRest: LaneTile where MiddleRest.Cells.E == Self
  associatedtype Low: LaneTile where Low.Cells.E == Self
  associatedtype LowRest: LaneTile where LowRest.Cells.E == Self
  associatedtype Window: LaneCells where Window.E == Self

  /// a0 b0 a1 b1 ..., of the lower and of the upper halves
  static func zipLow(_ a: Lanes<Self>, _ b: Lanes<Self>) -> Lanes<Self>
  static func zipHigh(_ a: Lanes<Self>, _ b: Lanes<Self>) -> Lanes<Self>
}

extension Float: LaneElement {
  #if THALWEG_V4
    typealias Tall = EightRows<ThreeCells<LaneCell<Float>>>
    typealias Middle = SixRows<TwoCells<TwoCells<LaneCell<Float>>>>
    typealias Low = FourRows<TwoCells<TwoCells<LaneCell<Float>>>>
    typealias Window = ThreeCells<ThreeCells<LaneCell<Float>>>
  #else
    typealias Tall = EightRows<LaneCell<Float>>
    typealias Middle = SixRows<TwoCells<LaneCell<Float>>>
    typealias Low = FourRows<ThreeCells<LaneCell<Float>>>
    typealias Window = TwoCells<ThreeCells<LaneCell<Float>>>
  #endif
  typealias TallRest = EightRows<LaneCell<Float>>
  typealias MiddleRest = SixRows<LaneCell<Float>>
  typealias LowRest = FourRows<LaneCell<Float>>

  @inline(__always)
  static func zipLow(_ a: Lanes<Float>, _ b: Lanes<Float>) -> Lanes<Float> { tk_zip_low_f32(a, b) }
  @inline(__always)
  static func zipHigh(_ a: Lanes<Float>, _ b: Lanes<Float>) -> Lanes<Float> { tk_zip_high_f32(a, b) }
}

// A pack takes two registers here.
extension Double: LaneElement {
  #if THALWEG_V4
    typealias Tall = EightRows<LaneCell<Double>>
    typealias Middle = SixRows<TwoCells<LaneCell<Double>>>
    typealias Low = FourRows<ThreeCells<LaneCell<Double>>>
    typealias Window = TwoCells<ThreeCells<LaneCell<Double>>>
  #else
    typealias Tall = EightRows<LaneCell<Double>>
    typealias Middle = SixRows<LaneCell<Double>>
    typealias Low = FourRows<LaneCell<Double>>
    typealias Window = ThreeCells<LaneCell<Double>>
  #endif
  typealias TallRest = EightRows<LaneCell<Double>>
  typealias MiddleRest = SixRows<LaneCell<Double>>
  typealias LowRest = FourRows<LaneCell<Double>>

  @inline(__always)
  static func zipLow(_ a: Lanes<Double>, _ b: Lanes<Double>) -> Lanes<Double> { tk_zip_low_f64(a, b) }
  @inline(__always)
  static func zipHigh(_ a: Lanes<Double>, _ b: Lanes<Double>) -> Lanes<Double> { tk_zip_high_f64(a, b) }
}
