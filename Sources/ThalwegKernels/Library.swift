private import Glibc

// Functions that training seldom needs: libm's, lane by lane in double precision.

protocol LibraryFunction {
  static func value(_ x: Double) -> Double
}

enum Library<E: Real, Function: LibraryFunction>: UnaryOperation {
  @inline(__always)
  static func apply(_ x: Pack<E>) -> Pack<E> { x.each(Function.value) }
}

enum Exp2: LibraryFunction {
  @inline(__always)
  static func value(_ x: Double) -> Double { Glibc.exp2(x) }
}

enum Log2: LibraryFunction {
  @inline(__always)
  static func value(_ x: Double) -> Double { Glibc.log2(x) }
}

enum Log10: LibraryFunction {
  @inline(__always)
  static func value(_ x: Double) -> Double { Glibc.log10(x) }
}

enum Tangent: LibraryFunction {
  @inline(__always)
  static func value(_ x: Double) -> Double { Glibc.tan(x) }
}

enum ArcSine: LibraryFunction {
  @inline(__always)
  static func value(_ x: Double) -> Double { Glibc.asin(x) }
}

enum ArcCosine: LibraryFunction {
  @inline(__always)
  static func value(_ x: Double) -> Double { Glibc.acos(x) }
}

enum ArcTangent: LibraryFunction {
  @inline(__always)
  static func value(_ x: Double) -> Double { Glibc.atan(x) }
}

enum HyperbolicSine: LibraryFunction {
  @inline(__always)
  static func value(_ x: Double) -> Double { Glibc.sinh(x) }
}

enum HyperbolicCosine: LibraryFunction {
  @inline(__always)
  static func value(_ x: Double) -> Double { Glibc.cosh(x) }
}

enum AreaSine: LibraryFunction {
  @inline(__always)
  static func value(_ x: Double) -> Double { Glibc.asinh(x) }
}

enum AreaCosine: LibraryFunction {
  @inline(__always)
  static func value(_ x: Double) -> Double { Glibc.acosh(x) }
}

enum AreaTangent: LibraryFunction {
  @inline(__always)
  static func value(_ x: Double) -> Double { Glibc.atanh(x) }
}
