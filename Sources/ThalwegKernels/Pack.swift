import CKernels

// A pack is the unit in which every kernel works: as many elements as float32 fit a register of the
// instruction set that this build is for, whatever the element type (so packs of different types match
// lane by lane; the compiler spreads wide ones over two registers).
#if THALWEG_V4
  typealias Lanes<T: SIMDScalar> = SIMD16<T>
#elseif THALWEG_V3
  typealias Lanes<T: SIMDScalar> = SIMD8<T>
#else
  typealias Lanes<T: SIMDScalar> = SIMD4<T>
#endif

/// Lanes of a pack.
@inline(__always)
var width: Int { Int(TK_LANES) }

/// A pack of elements. Kernels are written on packs, generic over the element type; all of it is inlined
/// and specialised where the table is filled.
struct Pack<E: Element> {
  var lanes: Lanes<E>

  @inline(__always)
  init(_ lanes: Lanes<E>) { self.lanes = lanes }

  /// The same value in every lane.
  @inline(__always)
  init(_ value: E) { lanes = E.splat(value) }

  /// `count` elements from memory, the other lanes from `fill`; the whole pack where `count` is `width`.
  @inline(__always)
  init(_ p: UnsafePointer<E>, _ count: Int, fill: Pack) {
    if count == width {
      lanes = UnsafeRawPointer(p).loadUnaligned(as: Lanes<E>.self)
    } else {
      lanes = E.load(p, count, fill.lanes)
    }
  }

  /// `count` elements from memory, the other lanes 0.
  @inline(__always)
  init(_ p: UnsafePointer<E>, _ count: Int = width) { self.init(p, count, fill: Pack(E.zero)) }

  @inline(__always)
  func store(_ p: UnsafeMutablePointer<E>, _ count: Int = width) {
    if count == width {
      UnsafeMutableRawPointer(p).storeBytes(of: lanes, as: Lanes<E>.self)
    } else {
      E.store(p, count, lanes)
    }
  }

  @inline(__always)
  subscript(lane: Int) -> E { lanes[lane] }

  /// All lanes combined pairwise; the result is in every lane.
  @inline(__always)
  func folded(_ combine: (Pack, Pack) -> Pack) -> Pack {
    var x = self
    if width >= 16 { x = combine(x, Pack(E.swap(x.lanes, 8))) }
    if width >= 8 { x = combine(x, Pack(E.swap(x.lanes, 4))) }
    x = combine(x, Pack(E.swap(x.lanes, 2)))
    return combine(x, Pack(E.swap(x.lanes, 1)))
  }
}

extension Pack {
  @inline(__always)
  static func + (a: Pack, b: Pack) -> Pack { Pack(E.add(a.lanes, b.lanes)) }
  @inline(__always)
  static func - (a: Pack, b: Pack) -> Pack { Pack(E.subtract(a.lanes, b.lanes)) }
  @inline(__always)
  static func * (a: Pack, b: Pack) -> Pack { Pack(E.multiply(a.lanes, b.lanes)) }
  @inline(__always)
  static func == (a: Pack, b: Pack) -> Mask<E> { Mask(E.equal(a.lanes, b.lanes)) }
  @inline(__always)
  static func < (a: Pack, b: Pack) -> Mask<E> { Mask(E.less(a.lanes, b.lanes)) }
  @inline(__always)
  static func <= (a: Pack, b: Pack) -> Mask<E> { Mask(E.lessOrEqual(a.lanes, b.lanes)) }
  @inline(__always)
  static func > (a: Pack, b: Pack) -> Mask<E> { b < a }
  @inline(__always)
  static func >= (a: Pack, b: Pack) -> Mask<E> { b <= a }

  /// Where not a number; never for integers.
  @inline(__always)
  var isNaN: Mask<E> { Mask(E.unordered(lanes)) }

  /// `yes` where `mask`, else `no`.
  @inline(__always)
  static func select(_ mask: Mask<E>, _ yes: Pack, _ no: Pack) -> Pack {
    Pack(E.select(mask.lanes, yes.lanes, no.lanes))
  }
}

extension Pack where E: Real {
  @inline(__always)
  static func / (a: Pack, b: Pack) -> Pack { Pack(E.divide(a.lanes, b.lanes)) }
  @inline(__always)
  static prefix func - (a: Pack) -> Pack { Pack(E.negate(a.lanes)) }

  /// self * b + c: one rounding where the instruction set has fused multiply-add, two elsewhere.
  @inline(__always)
  func times(_ b: Pack, plus c: Pack) -> Pack { Pack(E.multiplyAdd(lanes, b.lanes, c.lanes)) }
  /// One step of Horner's scheme.
  @inline(__always)
  func times(_ b: Pack, plus c: E) -> Pack { times(b, plus: Pack(c)) }

  @inline(__always)
  var magnitude: Pack { Pack(E.magnitude(lanes)) }
  @inline(__always)
  var squareRoot: Pack { Pack(E.squareRoot(lanes)) }

  /// The bits as integers of the same size.
  @inline(__always)
  var bits: Pack<E.Bits> { Pack<E.Bits>(unsafeBitCast(lanes, to: Lanes<E.Bits>.self)) }
  @inline(__always)
  init(bits: Pack<E.Bits>) { lanes = unsafeBitCast(bits.lanes, to: Lanes<E>.self) }

  /// In double precision.
  @inline(__always)
  var wide: Pack<Double> { Pack<Double>(E.widen(lanes)) }
  @inline(__always)
  init(narrowing x: Pack<Double>) { lanes = E.narrow(x.lanes) }
}

/// A truth value a lane.
struct Mask<E: Element> {
  var lanes: E.MaskLanes

  @inline(__always)
  init(_ lanes: E.MaskLanes) { self.lanes = lanes }

  @inline(__always)
  static func | (a: Mask, b: Mask) -> Mask { Mask(E.or(a.lanes, b.lanes)) }
  @inline(__always)
  static func & (a: Mask, b: Mask) -> Mask { Mask(E.and(a.lanes, b.lanes)) }
  @inline(__always)
  static prefix func ! (a: Mask) -> Mask { Mask(E.not(a.lanes)) }

  @inline(__always)
  var any: Bool { E.any(lanes) }
  /// A byte a lane, 0 or 1.
  @inline(__always)
  var bytes: Pack<UInt8> { Pack<UInt8>(E.bytes(lanes)) }
}

/// Calls `body(offset, count)` for every pack of n elements: count is `width`, but for the last it may be less.
@inline(__always)
func forEachPack(_ n: Int, _ body: (Int, Int) -> Void) {
  var i = 0
  while i &+ width <= n {
    body(i, width)
    i &+= width
  }
  if i < n { body(i, n &- i) }
}
