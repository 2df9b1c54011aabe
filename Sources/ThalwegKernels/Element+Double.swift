import CKernels

extension Double: Element {
  typealias MaskLanes = SIMDMask<Lanes<Int64>>

  @inline(__always)
  static func splat(_ x: Double) -> Lanes<Double> { Lanes<Double>(repeating: x) }
  @inline(__always)
  static func load(_ p: UnsafePointer<Double>, _ count: Int, _ fill: Lanes<Double>) -> Lanes<Double> {
    tk_load_f64(p, Int64(count), fill)
  }
  @inline(__always)
  static func store(_ p: UnsafeMutablePointer<Double>, _ count: Int, _ a: Lanes<Double>) {
    tk_store_f64(p, Int64(count), a)
  }
  @inline(__always)
  static func swap(_ a: Lanes<Double>, _ step: Int32) -> Lanes<Double> { tk_swap_f64(a, step) }

  @inline(__always)
  static func add(_ a: Lanes<Double>, _ b: Lanes<Double>) -> Lanes<Double> { a + b }
  @inline(__always)
  static func subtract(_ a: Lanes<Double>, _ b: Lanes<Double>) -> Lanes<Double> { a - b }
  @inline(__always)
  static func multiply(_ a: Lanes<Double>, _ b: Lanes<Double>) -> Lanes<Double> { a * b }

  @inline(__always)
  static func equal(_ a: Lanes<Double>, _ b: Lanes<Double>) -> MaskLanes { a .== b }
  @inline(__always)
  static func less(_ a: Lanes<Double>, _ b: Lanes<Double>) -> MaskLanes { a .< b }
  @inline(__always)
  static func lessOrEqual(_ a: Lanes<Double>, _ b: Lanes<Double>) -> MaskLanes { a .<= b }
  @inline(__always)
  static func unordered(_ a: Lanes<Double>) -> MaskLanes { a .!= a }
  @inline(__always)
  static func select(_ mask: MaskLanes, _ yes: Lanes<Double>, _ no: Lanes<Double>) -> Lanes<Double> {
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

extension Double: Real {
  typealias Bits = Int64

  @inline(__always)
  static func divide(_ a: Lanes<Double>, _ b: Lanes<Double>) -> Lanes<Double> { a / b }
  @inline(__always)
  static func negate(_ a: Lanes<Double>) -> Lanes<Double> {
    unsafeBitCast(unsafeBitCast(a, to: Lanes<Int64>.self) ^ .min, to: Lanes<Double>.self)
  }
  @inline(__always)
  static func magnitude(_ a: Lanes<Double>) -> Lanes<Double> {
    unsafeBitCast(unsafeBitCast(a, to: Lanes<Int64>.self) & .max, to: Lanes<Double>.self)
  }
  @inline(__always)
  static func multiplyAdd(_ a: Lanes<Double>, _ b: Lanes<Double>, _ c: Lanes<Double>) -> Lanes<Double> {
    #if THALWEG_V3 || THALWEG_V4 || arch(arm64)
      return c.addingProduct(a, b)
    #else
      return a * b + c  // a fused one would be a call into libm, lane by lane
    #endif
  }
  #if THALWEG_V4
    @inline(__always)
    static func scale(_ a: Lanes<Double>, _ n: Lanes<Double>) -> Lanes<Double> { tk_scale_f64(a, n) }
  #endif
  @inline(__always)
  static func squareRoot(_ a: Lanes<Double>) -> Lanes<Double> { tk_sqrt_f64(a) }
  @inline(__always)
  static func floor(_ a: Lanes<Double>) -> Lanes<Double> { tk_floor_f64(a) }
  @inline(__always)
  static func ceiling(_ a: Lanes<Double>) -> Lanes<Double> { tk_ceil_f64(a) }
  @inline(__always)
  static func truncate(_ a: Lanes<Double>) -> Lanes<Double> { tk_trunc_f64(a) }
  @inline(__always)
  static func round(_ a: Lanes<Double>) -> Lanes<Double> { tk_round_f64(a) }
  @inline(__always)
  static func widen(_ a: Lanes<Double>) -> Lanes<Double> { a }
  @inline(__always)
  static func narrow(_ a: Lanes<Double>) -> Lanes<Double> { a }
}
