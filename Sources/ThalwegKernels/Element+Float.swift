import CKernels

extension Float: Element {
  typealias MaskLanes = SIMDMask<Lanes<Int32>>

  @inline(__always)
  static func splat(_ x: Float) -> Lanes<Float> { Lanes<Float>(repeating: x) }
  @inline(__always)
  static func load(_ p: UnsafePointer<Float>, _ count: Int, _ fill: Lanes<Float>) -> Lanes<Float> {
    tk_load_f32(p, Int64(count), fill)
  }
  @inline(__always)
  static func store(_ p: UnsafeMutablePointer<Float>, _ count: Int, _ a: Lanes<Float>) {
    tk_store_f32(p, Int64(count), a)
  }
  @inline(__always)
  static var streams: Bool { true }
  @inline(__always)
  static func stream(_ p: UnsafeMutablePointer<Float>, _ a: Lanes<Float>) { tk_stream_f32(p, a) }
  @inline(__always)
  static func swap(_ a: Lanes<Float>, _ step: Int32) -> Lanes<Float> { tk_swap_f32(a, step) }

  @inline(__always)
  static func add(_ a: Lanes<Float>, _ b: Lanes<Float>) -> Lanes<Float> { a + b }
  @inline(__always)
  static func subtract(_ a: Lanes<Float>, _ b: Lanes<Float>) -> Lanes<Float> { a - b }
  @inline(__always)
  static func multiply(_ a: Lanes<Float>, _ b: Lanes<Float>) -> Lanes<Float> { a * b }

  @inline(__always)
  static func equal(_ a: Lanes<Float>, _ b: Lanes<Float>) -> MaskLanes { a .== b }
  @inline(__always)
  static func less(_ a: Lanes<Float>, _ b: Lanes<Float>) -> MaskLanes { a .< b }
  @inline(__always)
  static func lessOrEqual(_ a: Lanes<Float>, _ b: Lanes<Float>) -> MaskLanes { a .<= b }
  @inline(__always)
  static func unordered(_ a: Lanes<Float>) -> MaskLanes { a .!= a }
  @inline(__always)
  static func select(_ mask: MaskLanes, _ yes: Lanes<Float>, _ no: Lanes<Float>) -> Lanes<Float> {
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
    tk_i32_to_u8(unsafeBitCast(a, to: Lanes<Int32>.self)) & 1
  }
}

extension Float: Real {
  typealias Bits = Int32

  @inline(__always)
  static func divide(_ a: Lanes<Float>, _ b: Lanes<Float>) -> Lanes<Float> { a / b }
  @inline(__always)
  static func negate(_ a: Lanes<Float>) -> Lanes<Float> {
    unsafeBitCast(unsafeBitCast(a, to: Lanes<Int32>.self) ^ .min, to: Lanes<Float>.self)
  }
  @inline(__always)
  static func magnitude(_ a: Lanes<Float>) -> Lanes<Float> {
    unsafeBitCast(unsafeBitCast(a, to: Lanes<Int32>.self) & .max, to: Lanes<Float>.self)
  }
  @inline(__always)
  static func multiplyAdd(_ a: Lanes<Float>, _ b: Lanes<Float>, _ c: Lanes<Float>) -> Lanes<Float> {
    #if THALWEG_V3 || THALWEG_V4 || arch(arm64)
      return c.addingProduct(a, b)
    #else
      return a * b + c  // a fused one would be a call into libm, lane by lane
    #endif
  }
  #if THALWEG_V4
    @inline(__always)
    static func scale(_ a: Lanes<Float>, _ n: Lanes<Float>) -> Lanes<Float> { tk_scale_f32(a, n) }
  #endif
  @inline(__always)
  static func squareRoot(_ a: Lanes<Float>) -> Lanes<Float> { tk_sqrt_f32(a) }
  @inline(__always)
  static func floor(_ a: Lanes<Float>) -> Lanes<Float> { tk_floor_f32(a) }
  @inline(__always)
  static func ceiling(_ a: Lanes<Float>) -> Lanes<Float> { tk_ceil_f32(a) }
  @inline(__always)
  static func truncate(_ a: Lanes<Float>) -> Lanes<Float> { tk_trunc_f32(a) }
  @inline(__always)
  static func round(_ a: Lanes<Float>) -> Lanes<Float> { tk_round_f32(a) }
  @inline(__always)
  static func widen(_ a: Lanes<Float>) -> Lanes<Double> { tk_f32_to_f64(a) }
  @inline(__always)
  static func narrow(_ a: Lanes<Double>) -> Lanes<Float> { tk_f64_to_f32(a) }
}
