import CKernels

extension Int64: Element {
  typealias MaskLanes = SIMDMask<Lanes<Int64>>

  @inline(__always)
  static func splat(_ x: Int64) -> Lanes<Int64> { Lanes<Int64>(repeating: x) }
  @inline(__always)
  static func load(_ p: UnsafePointer<Int64>, _ count: Int, _ fill: Lanes<Int64>) -> Lanes<Int64> {
    tk_load_i64(p, Int64(count), fill)
  }
  @inline(__always)
  static func store(_ p: UnsafeMutablePointer<Int64>, _ count: Int, _ a: Lanes<Int64>) {
    tk_store_i64(p, Int64(count), a)
  }
  @inline(__always)
  static func swap(_ a: Lanes<Int64>, _ step: Int32) -> Lanes<Int64> { tk_swap_i64(a, step) }

  @inline(__always)
  static func add(_ a: Lanes<Int64>, _ b: Lanes<Int64>) -> Lanes<Int64> { a &+ b }
  @inline(__always)
  static func subtract(_ a: Lanes<Int64>, _ b: Lanes<Int64>) -> Lanes<Int64> { a &- b }
  @inline(__always)
  static func multiply(_ a: Lanes<Int64>, _ b: Lanes<Int64>) -> Lanes<Int64> { a &* b }
  @inline(__always)
  static func negate(_ a: Lanes<Int64>) -> Lanes<Int64> { Lanes<Int64>.zero &- a }
  @inline(__always)
  static func magnitude(_ a: Lanes<Int64>) -> Lanes<Int64> { a.replacing(with: negate(a), where: a .< 0) }

  @inline(__always)
  static func equal(_ a: Lanes<Int64>, _ b: Lanes<Int64>) -> MaskLanes { a .== b }
  @inline(__always)
  static func less(_ a: Lanes<Int64>, _ b: Lanes<Int64>) -> MaskLanes { a .< b }
  @inline(__always)
  static func lessOrEqual(_ a: Lanes<Int64>, _ b: Lanes<Int64>) -> MaskLanes { a .<= b }
  @inline(__always)
  static func unordered(_ a: Lanes<Int64>) -> MaskLanes { MaskLanes(repeating: false) }
  @inline(__always)
  static func select(_ mask: MaskLanes, _ yes: Lanes<Int64>, _ no: Lanes<Int64>) -> Lanes<Int64> {
    no.replacing(with: yes, where: mask)
  }

  @inline(__always)
  static func or(_ a: MaskLanes, _ b: MaskLanes) -> MaskLanes { a .| b }
  @inline(__always)
  static func and(_ a: MaskLanes, _ b: MaskLanes) -> MaskLanes { a .& b }
  @inline(__always)
  static func not(_ a: MaskLanes) -> MaskLanes { .!a }
  @inline(__always)
  static func any(_ a: MaskLanes) -> Bool { Swift.any(a) }
  @inline(__always)
  static func bytes(_ a: MaskLanes) -> Lanes<UInt8> {
    tk_i64_to_u8(unsafeBitCast(a, to: Lanes<Int64>.self)) & 1
  }
}

extension Int64: Whole {
  @inline(__always)
  static func bitAnd(_ a: Lanes<Int64>, _ b: Lanes<Int64>) -> Lanes<Int64> { a & b }
  @inline(__always)
  static func bitOr(_ a: Lanes<Int64>, _ b: Lanes<Int64>) -> Lanes<Int64> { a | b }
  @inline(__always)
  static func bitXor(_ a: Lanes<Int64>, _ b: Lanes<Int64>) -> Lanes<Int64> { a ^ b }
  @inline(__always)
  static func shiftLeft(_ a: Lanes<Int64>, _ count: Int64) -> Lanes<Int64> { a &<< count }
  @inline(__always)
  static func shiftRight(_ a: Lanes<Int64>, _ count: Int64) -> Lanes<Int64> { a &>> count }
}
