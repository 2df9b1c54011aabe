package import CKernels

/// floor_divide(a, b) = floor(a / b) and its relative that rounds towards 0, elementwise with broadcasting and type
/// promotion. Floats divided by 0 give infinities and NaN.
/// Derivative: 0 for both.
package enum FloorDivide: BinaryOperation {
  package static let name: StaticString = "floor_divide"
  package static var kernel: tk_binary { kernels.pointee.div_floor }
  package static var savesOperands: Bool { false }

  package static func derivativeA(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try Tensor.zeros(g.shape, dtype: g.dtype)
  }
  package static func derivativeB(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try Tensor.zeros(g.shape, dtype: g.dtype)
  }
}

/// See `FloorDivide`.
package enum TruncatedDivide: BinaryOperation {
  package static let name: StaticString = "div"
  package static var kernel: tk_binary { kernels.pointee.div_trunc }
  package static var savesOperands: Bool { false }

  package static func derivativeA(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try Tensor.zeros(g.shape, dtype: g.dtype)
  }
  package static func derivativeB(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try Tensor.zeros(g.shape, dtype: g.dtype)
  }
}

/// remainder(a, b) = a - b floor(a / b), with the sign of b, Python's %; elementwise with broadcasting and type promotion.
/// Derivative: ∂L/∂a = g, ∂L/∂b = -g floor(a / b).
package enum Remainder: BinaryOperation {
  package static let name: StaticString = "remainder"
  package static var kernel: tk_binary { kernels.pointee.remainder }

  package static func derivativeA(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor { g }
  package static func derivativeB(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try -(g * a.divide(b, .floor))
  }
}

/// fmod(a, b) = a - b trunc(a / b), with the sign of a, C's fmod; elementwise with broadcasting and type promotion.
/// Derivative: ∂L/∂a = g, ∂L/∂b = -g trunc(a / b).
package enum Modulo: BinaryOperation {
  package static let name: StaticString = "fmod"
  package static var kernel: tk_binary { kernels.pointee.fmod }

  package static func derivativeA(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor { g }
  package static func derivativeB(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try -(g * a.divide(b, .truncate))
  }
}

/// How a quotient is rounded. Raw values are the C interface's `TW_ROUNDING_NONE` ... `TW_ROUNDING_FLOOR`.
public enum QuotientRounding: Int32, Sendable {
  case none = 0
  case truncate = 1
  case floor = 2
}

extension Tensor {
  /// - Throws: `.invalidArgument` for an integer divided by 0 with rounding.
  public func divide(_ other: Tensor, _ rounding: QuotientRounding) throws(ThalwegError) -> Tensor {
    switch rounding {
    case .none:
      return try self / other
    case .truncate:
      try checkDivisor(other, "div")
      return try TruncatedDivide.apply(self, other)
    case .floor:
      try checkDivisor(other, "floor_divide")
      return try FloorDivide.apply(self, other)
    }
  }

  /// - Throws: `.invalidArgument` for integers where `other` is 0.
  public func remainder(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try checkDivisor(other, "remainder")
    return try Remainder.apply(self, other)
  }

  /// - Throws: `.invalidArgument` for integers where `other` is 0.
  public func fmod(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try checkDivisor(other, "fmod")
    return try Modulo.apply(self, other)
  }

  private func checkDivisor(_ divisor: Tensor, _ function: StaticString) throws(ThalwegError) {
    if divisor.dtype.isFloat || dtype.isFloat || numel == 0 || divisor.numel == 0 { return }
    guard try divisor.equal(Tensor.scalar(0, dtype: divisor.dtype)).amax().item() == 0 else {
      throw ThalwegError(
        .invalidArgument,
        "\(function): an integer is divided by 0 (shape \(shape) by \(divisor.shape)); convert to a float first"
      )
    }
  }
}
