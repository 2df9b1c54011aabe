// Sums, products and their like. Integers wrap.

enum Add<E: Element>: BinaryOperation {
  @inline(__always)
  static func apply(_ a: Pack<E>, _ b: Pack<E>) -> Pack<E> { a + b }
}

enum Subtract<E: Element>: BinaryOperation {
  @inline(__always)
  static func apply(_ a: Pack<E>, _ b: Pack<E>) -> Pack<E> { a - b }
}

enum Multiply<E: Element>: BinaryOperation {
  @inline(__always)
  static func apply(_ a: Pack<E>, _ b: Pack<E>) -> Pack<E> { a * b }
}

enum Divide<E: Real>: BinaryOperation {
  @inline(__always)
  static func apply(_ a: Pack<E>, _ b: Pack<E>) -> Pack<E> { a / b }
}

enum Power<E: Real>: BinaryOperation {
  @inline(__always)
  static func apply(_ a: Pack<E>, _ b: Pack<E>) -> Pack<E> { E.power(a, b) }
}

/// The lesser; NaN if either is.
enum Minimum<E: Element>: BinaryOperation {
  @inline(__always)
  static func apply(_ a: Pack<E>, _ b: Pack<E>) -> Pack<E> { Pack.select((a < b) | a.isNaN, a, b) }
}

/// The greater; NaN if either is.
enum Maximum<E: Element>: BinaryOperation {
  @inline(__always)
  static func apply(_ a: Pack<E>, _ b: Pack<E>) -> Pack<E> { Pack.select((a > b) | a.isNaN, a, b) }
}

enum Negate<E: Element>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<E>) -> Pack<E> { Pack(E.negate(x.lanes)) }
}

enum Absolute<E: Element>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<E>) -> Pack<E> { Pack(E.magnitude(x.lanes)) }
}
