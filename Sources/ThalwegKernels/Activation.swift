// Elementary functions, activations, and the products of a gradient with an activation's derivative.

enum Exponential<E: Real>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<E>) -> Pack<E> { x.exp() }
  @inline(__always)
  static var isLong: Bool { E.streams }
}

enum Logarithm<E: Real>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<E>) -> Pack<E> { x.log() }
}

enum SquareRoot<E: Real>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<E>) -> Pack<E> { x.squareRoot }
}

enum ExponentialMinusOne<E: Real>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<E>) -> Pack<E> { x.expm1() }
  @inline(__always)
  static var isLong: Bool { E.streams }
}

enum LogarithmOfOnePlus<E: Real>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<E>) -> Pack<E> { x.log1p() }
}

enum ReciprocalSquareRoot<E: Real>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<E>) -> Pack<E> { Pack(1) / x.squareRoot }
}

enum Sine<E: Real>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<E>) -> Pack<E> { x.sin() }
}

enum Cosine<E: Real>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<E>) -> Pack<E> { x.cos() }
}

enum ErrorFunction<E: Real>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<E>) -> Pack<E> { E.error(x) }
  @inline(__always)
  static var isLong: Bool { E.streams }
}

enum InverseErrorFunction: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<Float>) -> Pack<Float> { Float.inverseError(x) }
}

enum HyperbolicTangent<E: Real>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<E>) -> Pack<E> { x.tanh() }
  @inline(__always)
  static var isLong: Bool { E.streams }
}

enum Sigmoid<E: Real>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<E>) -> Pack<E> { x.sigmoid() }
  @inline(__always)
  static var isLong: Bool { E.streams }
}

/// max(x, 0); NaN stays.
enum Rectifier<E: Real>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<E>) -> Pack<E> { Pack.select(x <= Pack(0), Pack(0), x) }
}

/// 0 where y <= 0, else g.
enum RectifierBackward<E: Real>: BinaryOperation {
  @inline(__always)
  static func apply(_ g: Pack<E>, _ y: Pack<E>) -> Pack<E> { Pack.select(y <= Pack(0), Pack(0), g) }
}

/// g (1 - y^2)
enum HyperbolicTangentBackward<E: Real>: BinaryOperation {
  @inline(__always)
  static func apply(_ g: Pack<E>, _ y: Pack<E>) -> Pack<E> { g * (Pack(1) - y * y) }
}

/// g y (1 - y)
enum SigmoidBackward<E: Real>: BinaryOperation {
  @inline(__always)
  static func apply(_ g: Pack<E>, _ y: Pack<E>) -> Pack<E> { g * (y * (Pack(1) - y)) }
}
