private import Glibc

// Functions of two elements that no vector instruction computes.

/// A function of two elements, lane by lane.
protocol LaneOperation: BinaryOperation where Input == E, Output == E {
  associatedtype E: Element
  static func apply(_ a: E, _ b: E) -> E
}

extension LaneOperation {
  @inline(__always)
  static func apply(_ a: Pack<E>, _ b: Pack<E>) -> Pack<E> {
    var result = a
    for i in 0..<width { result.lanes[i] = apply(a[i], b[i]) }
    return result
  }
}

// Integers: dividing by 0 gives something and never traps; the least one divided by -1 wraps.

enum WholeQuotient<E: Whole>: LaneOperation {
  @inline(__always)
  static func apply(_ a: E, _ b: E) -> E { a.dividedReportingOverflow(by: b).partialValue }
}

enum WholeFloorQuotient<E: Whole>: LaneOperation {
  @inline(__always)
  static func apply(_ a: E, _ b: E) -> E {
    let quotient = a.dividedReportingOverflow(by: b).partialValue
    let rest = a &- quotient &* b
    return rest != 0 && (rest < 0) != (b < 0) ? quotient &- 1 : quotient
  }
}

/// The remainder with the sign of b.
enum WholeRemainder<E: Whole>: LaneOperation {
  @inline(__always)
  static func apply(_ a: E, _ b: E) -> E {
    let rest = a.remainderReportingOverflow(dividingBy: b).partialValue
    return rest != 0 && (rest < 0) != (b < 0) ? rest &+ b : rest
  }
}

/// The remainder with the sign of a.
enum WholeModulo<E: Whole>: LaneOperation {
  @inline(__always)
  static func apply(_ a: E, _ b: E) -> E { a.remainderReportingOverflow(dividingBy: b).partialValue }
}

/// a^b by repeated squaring; a negative b gives what 1 / a^-b truncates to.
enum WholePower<E: Whole>: LaneOperation {
  @inline(__always)
  static func apply(_ a: E, _ b: E) -> E {
    if b < 0 { return a == 1 ? 1 : a == 0 &- 1 ? (b & 1 == 0 ? 1 : a) : 0 }
    var result: E = 1, square = a, rest = b
    while rest != 0 {
      if rest & 1 != 0 { result = result &* square }
      square = square &* square
      rest = rest &>> 1
    }
    return result
  }
}

// Floats.

enum Quotient<E: Real>: BinaryOperation {
  @inline(__always)
  static func apply(_ a: Pack<E>, _ b: Pack<E>) -> Pack<E> { Pack(E.truncate((a / b).lanes)) }
}

/// floor(a / b), of the exact quotient (as PyTorch and Python: by way of the exact remainder).
enum FloorQuotient<E: Real>: LaneOperation {
  @inline(__always)
  static func apply(_ a: E, _ b: E) -> E {
    if b == 0 { return a / b }
    let rest = a.truncatingRemainder(dividingBy: b)
    var quotient = (a - rest) / b
    if rest != 0 && (rest < 0) != (b < 0) { quotient -= 1 }
    if quotient == 0 { return E(signOf: a / b, magnitudeOf: 0) }
    let floor = quotient.rounded(.down)
    return quotient - floor > 0.5 ? floor + 1 : floor
  }
}

/// The remainder with the sign of b.
enum Remainder<E: Real>: LaneOperation {
  @inline(__always)
  static func apply(_ a: E, _ b: E) -> E {
    let rest = a.truncatingRemainder(dividingBy: b)
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
  }
}

/// The remainder with the sign of a, C's fmod.
enum Modulo<E: Real>: LaneOperation {
  @inline(__always)
  static func apply(_ a: E, _ b: E) -> E { a.truncatingRemainder(dividingBy: b) }
}

enum ArcTangent2<E: Real>: LaneOperation {
  @inline(__always)
  static func apply(_ a: E, _ b: E) -> E { E(Glibc.atan2(Double(a), Double(b))) }
}

enum Hypotenuse<E: Real>: LaneOperation {
  @inline(__always)
  static func apply(_ a: E, _ b: E) -> E { E(Glibc.hypot(Double(a), Double(b))) }
}
