import CKernels

/// An element type: its operations on lanes. They are written out for each type, because in generic code
/// the compiler would pick the standard library's loops over lanes instead of vector instructions.
protocol Element: SIMDScalar, Codable, Hashable, Comparable, BitwiseCopyable, Numeric {
  associatedtype MaskLanes

  static func splat(_ x: Self) -> Lanes<Self>
  static func load(_ p: UnsafePointer<Self>, _ count: Int, _ fill: Lanes<Self>) -> Lanes<Self>
  static func store(_ p: UnsafeMutablePointer<Self>, _ count: Int, _ a: Lanes<Self>)
  /// Whether `stream` writes past the caches.
  static var streams: Bool { get }
  /// A whole pack at a multiple of 64 bytes.
  static func stream(_ p: UnsafeMutablePointer<Self>, _ a: Lanes<Self>)
  /// Lane i takes the value of lane i ^ step.
  static func swap(_ a: Lanes<Self>, _ step: Int32) -> Lanes<Self>

  // Integers wrap.
  static func add(_ a: Lanes<Self>, _ b: Lanes<Self>) -> Lanes<Self>
  static func subtract(_ a: Lanes<Self>, _ b: Lanes<Self>) -> Lanes<Self>
  static func multiply(_ a: Lanes<Self>, _ b: Lanes<Self>) -> Lanes<Self>
  static func negate(_ a: Lanes<Self>) -> Lanes<Self>
  static func magnitude(_ a: Lanes<Self>) -> Lanes<Self>

  static func equal(_ a: Lanes<Self>, _ b: Lanes<Self>) -> MaskLanes
  static func less(_ a: Lanes<Self>, _ b: Lanes<Self>) -> MaskLanes
  static func lessOrEqual(_ a: Lanes<Self>, _ b: Lanes<Self>) -> MaskLanes
  static func unordered(_ a: Lanes<Self>) -> MaskLanes
  static func select(_ mask: MaskLanes, _ yes: Lanes<Self>, _ no: Lanes<Self>) -> Lanes<Self>

  static func or(_ a: MaskLanes, _ b: MaskLanes) -> MaskLanes
  static func and(_ a: MaskLanes, _ b: MaskLanes) -> MaskLanes
  static func not(_ a: MaskLanes) -> MaskLanes
  static func any(_ a: MaskLanes) -> Bool
  static func bytes(_ a: MaskLanes) -> Lanes<UInt8>
}

extension Element {
  @inline(__always)
  static var streams: Bool { false }
  @inline(__always)
  static func stream(_ p: UnsafeMutablePointer<Self>, _ a: Lanes<Self>) {
    UnsafeMutableRawPointer(p).storeBytes(of: a, as: Lanes<Self>.self)
  }
}

/// The integer types.
protocol Whole: Element, FixedWidthInteger {
  static func bitAnd(_ a: Lanes<Self>, _ b: Lanes<Self>) -> Lanes<Self>
  static func bitOr(_ a: Lanes<Self>, _ b: Lanes<Self>) -> Lanes<Self>
  static func bitXor(_ a: Lanes<Self>, _ b: Lanes<Self>) -> Lanes<Self>
  static func shiftLeft(_ a: Lanes<Self>, _ count: Self) -> Lanes<Self>
  /// Arithmetic for signed types.
  static func shiftRight(_ a: Lanes<Self>, _ count: Self) -> Lanes<Self>
}

/// float32 and float64.
protocol Real: BinaryFloatingPoint, RealMath, RealPolynomials, RealPower, RealError, RealSine, RealTanh,
  GemmElement,
  RandomElement,
  Castable
{

  static func divide(_ a: Lanes<Self>, _ b: Lanes<Self>) -> Lanes<Self>
  static func multiplyAdd(_ a: Lanes<Self>, _ b: Lanes<Self>, _ c: Lanes<Self>) -> Lanes<Self>
  static func squareRoot(_ a: Lanes<Self>) -> Lanes<Self>
  #if THALWEG_V4
    /// a 2^n, rounded once; n whole.
    static func scale(_ a: Lanes<Self>, _ n: Lanes<Self>) -> Lanes<Self>
  #endif
  static func floor(_ a: Lanes<Self>) -> Lanes<Self>
  static func ceiling(_ a: Lanes<Self>) -> Lanes<Self>
  static func truncate(_ a: Lanes<Self>) -> Lanes<Self>
  /// Halves to even.
  static func round(_ a: Lanes<Self>) -> Lanes<Self>
  static func widen(_ a: Lanes<Self>) -> Lanes<Double>
  static func narrow(_ a: Lanes<Double>) -> Lanes<Self>
}

extension Pack where E: Whole {
  @inline(__always)
  static func & (a: Pack, b: E) -> Pack { Pack(E.bitAnd(a.lanes, E.splat(b))) }
  @inline(__always)
  static func & (a: Pack, b: Pack) -> Pack { Pack(E.bitAnd(a.lanes, b.lanes)) }
  @inline(__always)
  static func | (a: Pack, b: Pack) -> Pack { Pack(E.bitOr(a.lanes, b.lanes)) }
  @inline(__always)
  static func ^ (a: Pack, b: Pack) -> Pack { Pack(E.bitXor(a.lanes, b.lanes)) }
  @inline(__always)
  static func << (a: Pack, count: E) -> Pack { Pack(E.shiftLeft(a.lanes, count)) }
  @inline(__always)
  static func >> (a: Pack, count: E) -> Pack { Pack(E.shiftRight(a.lanes, count)) }
}
