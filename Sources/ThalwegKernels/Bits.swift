// Bit by bit; for bool, which is a byte of 0 or 1, this is logic.

enum BitAnd<E: Whole>: BinaryOperation {
  @inline(__always)
  static func apply(_ a: Pack<E>, _ b: Pack<E>) -> Pack<E> { a & b }
}

enum BitOr<E: Whole>: BinaryOperation {
  @inline(__always)
  static func apply(_ a: Pack<E>, _ b: Pack<E>) -> Pack<E> { a | b }
}

enum BitXor<E: Whole>: BinaryOperation {
  @inline(__always)
  static func apply(_ a: Pack<E>, _ b: Pack<E>) -> Pack<E> { a ^ b }
}

enum BitNot<E: Whole>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<E>) -> Pack<E> { x ^ Pack(~E.zero) }
}
