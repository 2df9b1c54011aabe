import CKernels

/// An elementwise function of one number, computed in float64 for every float dtype; integers give float32. For functions
/// that training seldom needs: no vector instructions. A conforming type gives the function and the derivative.
package protocol ScalarOperation: UnaryOperation {
  static func value(_ x: Double) -> Double
}

extension ScalarOperation {
  package static var saves: SavedOperand { .input }
}

/// The same of two numbers, with broadcasting and type promotion.
package protocol ScalarBinaryOperation: BinaryOperation {
  static func value(_ a: Double, _ b: Double) -> Double
}

extension ScalarBinaryOperation {
  package static var promotesIntegers: Bool { true }
}

enum ScalarLoop<E: BinaryFloatingPoint & BitwiseCopyable, F: ScalarOperation> {
  static func run(
    _ n: Int64, _ out: UnsafeMutableRawPointer?, _ so: Int64, _ a: UnsafeRawPointer?, _ sa: Int64
  ) {
    guard let out = out?.assumingMemoryBound(to: E.self), let a = a?.assumingMemoryBound(to: E.self) else {
      return
    }
    for i in 0..<max(0, Int(n)) { out[i &* Int(so)] = E(F.value(Double(a[i &* Int(sa)]))) }
  }
}

enum ScalarBinaryLoop<E: BinaryFloatingPoint & BitwiseCopyable, F: ScalarBinaryOperation> {
  static func run(
    _ n: Int64, _ out: UnsafeMutableRawPointer?, _ so: Int64, _ a: UnsafeRawPointer?, _ sa: Int64,
    _ b: UnsafeRawPointer?, _ sb: Int64
  ) {
    guard let out = out?.assumingMemoryBound(to: E.self), let a = a?.assumingMemoryBound(to: E.self),
      let b = b?.assumingMemoryBound(to: E.self)
    else { return }
    for i in 0..<max(0, Int(n)) {
      out[i &* Int(so)] = E(F.value(Double(a[i &* Int(sa)]), Double(b[i &* Int(sb)])))
    }
  }
}

extension tk_unary {
  init(_ f32: @escaping tk_unary_loop, _ f64: @escaping tk_unary_loop) {
    self.init(f32: f32, f64: f64, i64: nil, i32: nil, u8: nil, boolean: nil)
  }
}

extension tk_binary {
  init(_ f32: @escaping tk_binary_loop, _ f64: @escaping tk_binary_loop) {
    self.init(f32: f32, f64: f64, i64: nil, i32: nil, u8: nil, boolean: nil)
  }
}
