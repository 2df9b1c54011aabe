// Comparisons and logic: bytes, 0 or 1. Comparisons with NaN are false but for "not equal".

enum Equal<E: Element>: BinaryOperation {
  @inline(__always)
  static func apply(_ a: Pack<E>, _ b: Pack<E>) -> Pack<UInt8> { (a == b).bytes }
}

enum NotEqual<E: Element>: BinaryOperation {
  @inline(__always)
  static func apply(_ a: Pack<E>, _ b: Pack<E>) -> Pack<UInt8> { (!(a == b)).bytes }
}

enum Less<E: Element>: BinaryOperation {
  @inline(__always)
  static func apply(_ a: Pack<E>, _ b: Pack<E>) -> Pack<UInt8> { (a < b).bytes }
}

enum LessOrEqual<E: Element>: BinaryOperation {
  @inline(__always)
  static func apply(_ a: Pack<E>, _ b: Pack<E>) -> Pack<UInt8> { (a <= b).bytes }
}

enum Greater<E: Element>: BinaryOperation {
  @inline(__always)
  static func apply(_ a: Pack<E>, _ b: Pack<E>) -> Pack<UInt8> { (a > b).bytes }
}

enum GreaterOrEqual<E: Element>: BinaryOperation {
  @inline(__always)
  static func apply(_ a: Pack<E>, _ b: Pack<E>) -> Pack<UInt8> { (a >= b).bytes }
}

enum LogicalAnd: BinaryOperation {
  @inline(__always)
  static func apply(_ a: Pack<UInt8>, _ b: Pack<UInt8>) -> Pack<UInt8> { a & b }
}

enum LogicalOr: BinaryOperation {
  @inline(__always)
  static func apply(_ a: Pack<UInt8>, _ b: Pack<UInt8>) -> Pack<UInt8> { a | b }
}

enum LogicalNot: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<UInt8>) -> Pack<UInt8> { x ^ Pack(1) }
}
