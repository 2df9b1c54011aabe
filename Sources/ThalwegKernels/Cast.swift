import CKernels

// Conversions between element types. Integers wrap; floats are cut towards zero to integers, what is out of
// range saturates and NaN becomes 0. To bytes they go as int32, which then wraps, so that -1 gives 255.

/// Conversions of lanes to every type.
protocol Castable: Element {
  static func toFloat(_ a: Lanes<Self>) -> Lanes<Float>
  static func toDouble(_ a: Lanes<Self>) -> Lanes<Double>
  static func toInt64(_ a: Lanes<Self>) -> Lanes<Int64>
  static func toInt32(_ a: Lanes<Self>) -> Lanes<Int32>
  static func toBytes(_ a: Lanes<Self>) -> Lanes<UInt8>
  /// Conversion from any type.
  static func from<S: Castable>(_ a: Pack<S>) -> Pack<Self>
}

enum Cast<From: Castable, To: Castable>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<From>) -> Pack<To> { To.from(x) }
}

/// To bool: whether not zero.
enum Truth<From: Castable>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<From>) -> Pack<UInt8> { (!(x == Pack(.zero))).bytes }
}

extension Pack where E: Real {
  /// The conversion of a float to an integer from `lowest`, exactly a float, up to but without `end`, exactly
  /// a float one above the greatest, `greatest`.
  @inline(__always)
  func saturated<I: Element>(
    _ lowest: E, _ end: E, _ greatest: I, _ convert: (Lanes<E>) -> Lanes<I>, _ mask: (Mask<E>) -> Mask<I>
  ) -> Pack<I> {
    let low = Pack(lowest)
    let defined = Pack.select(isNaN, Pack(0), Pack.select(self < low, low, self))
    let over = defined >= Pack(end)
    let converted = Pack<I>(convert(Pack.select(over, Pack(0), defined).lanes))
    return Pack<I>.select(mask(over), Pack<I>(greatest), converted)
  }

  /// Bytes of a mask as a mask of another type.
  @inline(__always)
  static func mask<I: Castable>(_ m: Mask<E>) -> Mask<I> {
    !(I.from(m.bytes) == Pack<I>(.zero))
  }
}

extension Float: Castable {
  @inline(__always)
  static func toFloat(_ a: Lanes<Float>) -> Lanes<Float> { a }
  @inline(__always)
  static func toDouble(_ a: Lanes<Float>) -> Lanes<Double> { tk_f32_to_f64(a) }
  @inline(__always)
  static func toInt64(_ a: Lanes<Float>) -> Lanes<Int64> {
    Pack(a).saturated(-0x1p63, 0x1p63, Int64.max, tk_f32_to_i64, Pack.mask).lanes
  }
  @inline(__always)
  static func toInt32(_ a: Lanes<Float>) -> Lanes<Int32> {
    Pack(a).saturated(-0x1p31, 0x1p31, Int32.max, tk_f32_to_i32, Pack.mask).lanes
  }
  @inline(__always)
  static func toBytes(_ a: Lanes<Float>) -> Lanes<UInt8> { tk_i32_to_u8(toInt32(a)) }
  @inline(__always)
  static func from<S: Castable>(_ a: Pack<S>) -> Pack<Float> { Pack<Float>(S.toFloat(a.lanes)) }
}

extension Double: Castable {
  @inline(__always)
  static func toFloat(_ a: Lanes<Double>) -> Lanes<Float> { tk_f64_to_f32(a) }
  @inline(__always)
  static func toDouble(_ a: Lanes<Double>) -> Lanes<Double> { a }
  @inline(__always)
  static func toInt64(_ a: Lanes<Double>) -> Lanes<Int64> {
    Pack(a).saturated(-0x1p63, 0x1p63, Int64.max, tk_f64_to_i64, Pack.mask).lanes
  }
  @inline(__always)
  static func toInt32(_ a: Lanes<Double>) -> Lanes<Int32> {
    Pack(a).saturated(-0x1p31, 0x1p31, Int32.max, tk_f64_to_i32, Pack.mask).lanes
  }
  @inline(__always)
  static func toBytes(_ a: Lanes<Double>) -> Lanes<UInt8> { tk_i32_to_u8(toInt32(a)) }
  @inline(__always)
  static func from<S: Castable>(_ a: Pack<S>) -> Pack<Double> { Pack<Double>(S.toDouble(a.lanes)) }
}

extension Int64: Castable {
  @inline(__always)
  static func toFloat(_ a: Lanes<Int64>) -> Lanes<Float> { tk_i64_to_f32(a) }
  @inline(__always)
  static func toDouble(_ a: Lanes<Int64>) -> Lanes<Double> { tk_i64_to_f64(a) }
  @inline(__always)
  static func toInt64(_ a: Lanes<Int64>) -> Lanes<Int64> { a }
  @inline(__always)
  static func toInt32(_ a: Lanes<Int64>) -> Lanes<Int32> { tk_i64_to_i32(a) }
  @inline(__always)
  static func toBytes(_ a: Lanes<Int64>) -> Lanes<UInt8> { tk_i64_to_u8(a) }
  @inline(__always)
  static func from<S: Castable>(_ a: Pack<S>) -> Pack<Int64> { Pack<Int64>(S.toInt64(a.lanes)) }
}

extension Int32: Castable {
  @inline(__always)
  static func toFloat(_ a: Lanes<Int32>) -> Lanes<Float> { tk_i32_to_f32(a) }
  @inline(__always)
  static func toDouble(_ a: Lanes<Int32>) -> Lanes<Double> { tk_i32_to_f64(a) }
  @inline(__always)
  static func toInt64(_ a: Lanes<Int32>) -> Lanes<Int64> { tk_i32_to_i64(a) }
  @inline(__always)
  static func toInt32(_ a: Lanes<Int32>) -> Lanes<Int32> { a }
  @inline(__always)
  static func toBytes(_ a: Lanes<Int32>) -> Lanes<UInt8> { tk_i32_to_u8(a) }
  @inline(__always)
  static func from<S: Castable>(_ a: Pack<S>) -> Pack<Int32> { Pack<Int32>(S.toInt32(a.lanes)) }
}

extension UInt8: Castable {
  @inline(__always)
  static func toFloat(_ a: Lanes<UInt8>) -> Lanes<Float> { tk_u8_to_f32(a) }
  @inline(__always)
  static func toDouble(_ a: Lanes<UInt8>) -> Lanes<Double> { tk_u8_to_f64(a) }
  @inline(__always)
  static func toInt64(_ a: Lanes<UInt8>) -> Lanes<Int64> { tk_u8_to_i64(a) }
  @inline(__always)
  static func toInt32(_ a: Lanes<UInt8>) -> Lanes<Int32> { tk_u8_to_i32(a) }
  @inline(__always)
  static func toBytes(_ a: Lanes<UInt8>) -> Lanes<UInt8> { a }
  @inline(__always)
  static func from<S: Castable>(_ a: Pack<S>) -> Pack<UInt8> { Pack<UInt8>(S.toBytes(a.lanes)) }
}
