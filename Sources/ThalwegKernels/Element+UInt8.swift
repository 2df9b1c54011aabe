import CKernels

extension UInt8: Element {
  typealias MaskLanes = SIMDMask<Lanes<Int8>>

  @inline(__always)
  static func splat(_ x: UInt8) -> Lanes<UInt8> { Lanes<UInt8>(repeating: x) }
  @inline(__always)
  static func load(_ p: UnsafePointer<UInt8>, _ count: Int, _ fill: Lanes<UInt8>) -> Lanes<UInt8> {
    tk_load_u8(p, Int64(count), fill)
  }
  @inline(__always)
  static func store(_ p: UnsafeMutablePointer<UInt8>, _ count: Int, _ a: Lanes<UInt8>) {
    tk_store_u8(p, Int64(count), a)
  }
  @inline(__always)
  static func swap(_ a: Lanes<UInt8>, _ step: Int32) -> Lanes<UInt8> { tk_swap_u8(a, step) }

  @inline(__always)
  static func add(_ a: Lanes<UInt8>, _ b: Lanes<UInt8>) -> Lanes<UInt8> { a &+ b }
  @inline(__always)
  static func subtract(_ a: Lanes<UInt8>, _ b: Lanes<UInt8>) -> Lanes<UInt8> { a &- b }
  @inline(__always)
  static func multiply(_ a: Lanes<UInt8>, _ b: Lanes<UInt8>) -> Lanes<UInt8> { a &* b }
  @inline(__always)
  static func negate(_ a: Lanes<UInt8>) -> Lanes<UInt8> { Lanes<UInt8>.zero &- a }
  @inline(__always)
  static func magnitude(_ a: Lanes<UInt8>) -> Lanes<UInt8> { a }

  @inline(__always)
  static func equal(_ a: Lanes<UInt8>, _ b: Lanes<UInt8>) -> MaskLanes { a .== b }
  @inline(__always)
  static func less(_ a: Lanes<UInt8>, _ b: Lanes<UInt8>) -> MaskLanes { a .< b }
  @inline(__always)
  static func lessOrEqual(_ a: Lanes<UInt8>, _ b: Lanes<UInt8>) -> MaskLanes { a .<= b }
  @inline(__always)
  static func unordered(_ a: Lanes<UInt8>) -> MaskLanes { MaskLanes(repeating: false) }
  @inline(__always)
  static func select(_ mask: MaskLanes, _ yes: Lanes<UInt8>, _ no: Lanes<UInt8>) -> Lanes<UInt8> {
    no.replacing(with: yes, where: mask)
  }

  @inline(__always)
  static func or(_ a: MaskLanes, _ b: MaskLanes) -> MaskLanes { a .| b }
  @inline(__always)
  static func and(_ a: MaskLanes, _ b: MaskLanes) -> MaskLanes { a .& b }
  @inline(__always)
  static func not(_ a: MaskLanes) -> MaskLanes { .!a }
  @inline(__always)
  static func any(_ a: MaskLanes) -> Bool {
    // The standard library's `any` is a call for bytes.
    Int32.any(tk_u8_to_i32(unsafeBitCast(a, to: Lanes<UInt8>.self)) .!= 0)
  }
  @inline(__always)
  static func bytes(_ a: MaskLanes) -> Lanes<UInt8> {
    unsafeBitCast(a, to: Lanes<UInt8>.self) & 1
  }
}

extension UInt8: Whole {
  @inline(__always)
  static func bitAnd(_ a: Lanes<UInt8>, _ b: Lanes<UInt8>) -> Lanes<UInt8> { a & b }
  @inline(__always)
  static func bitOr(_ a: Lanes<UInt8>, _ b: Lanes<UInt8>) -> Lanes<UInt8> { a | b }
  @inline(__always)
  static func bitXor(_ a: Lanes<UInt8>, _ b: Lanes<UInt8>) -> Lanes<UInt8> { a ^ b }
  @inline(__always)
  static func shiftLeft(_ a: Lanes<UInt8>, _ count: UInt8) -> Lanes<UInt8> { a &<< count }
  @inline(__always)
  static func shiftRight(_ a: Lanes<UInt8>, _ count: UInt8) -> Lanes<UInt8> { a &>> count }
}
