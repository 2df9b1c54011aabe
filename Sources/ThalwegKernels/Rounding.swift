// To whole numbers, and signs.

enum Floor<E: Real>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<E>) -> Pack<E> { Pack(E.floor(x.lanes)) }
}

enum Ceiling<E: Real>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<E>) -> Pack<E> { Pack(E.ceiling(x.lanes)) }
}

enum Truncate<E: Real>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<E>) -> Pack<E> { Pack(E.truncate(x.lanes)) }
}

enum Round<E: Real>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<E>) -> Pack<E> { Pack(E.round(x.lanes)) }
}

/// -1, 0 or 1; 0 for NaN.
enum Sign<E: Element>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<E>) -> Pack<E> {
    let zero = Pack(E.zero), one = Pack<E>(1)
    return Pack.select(x > zero, one, Pack.select(x < zero, zero - one, zero))
  }
}
