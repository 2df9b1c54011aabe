package import CKernels

/// pow(a, b) = a^b, elementwise with broadcasting and type promotion; special values as C's pow. Integers wrap; where the
/// exponents are a tensor, a negative one gives 0 but for a = 1 and -1.
/// Derivative: ∂L/∂a = g b a^(b-1), and 0 where b = 0; ∂L/∂b = g a^b ln a, and 0 where a = 0 and b >= 0 (as PyTorch).
package enum Power: BinaryOperation {
  package static let name: StaticString = "pow"
  package static var kernel: tk_binary { kernels.pointee.pow }

  package static func derivativeA(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    // As a number, where it is one: a recorded step may know the exponent if the program gave it, not a difference.
    var less: Double?
    if b.rank == 0, !b.requiresGrad {
      let exponent = try b.item()
      less = b.dtype == .float32 ? Double(Float(exponent) - 1) : exponent - 1
    }
    let power = if let less { try a.pow(less) } else { try a.pow(b - 1) }
    let slope = try b * power
    if let less, less != -1 { return try g * slope }
    let zero = try Tensor.scalar(0, dtype: g.dtype)
    return try Tensor.where(b.equal(zero), zero, g * slope)
  }
  package static func derivativeB(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    let zero = try Tensor.scalar(0, dtype: g.dtype)
    let isFlat = try a.equal(zero).logicalAnd(b.greaterOrEqual(zero))
    return try Tensor.where(isFlat, zero, g * (a.pow(b) * a.log()))
  }
}

extension Tensor {
  public func pow(_ exponent: Tensor) throws(ThalwegError) -> Tensor {
    if dtype.isFloat, exponent.rank == 0, !exponent.requiresGrad, DType.result(self, exponent) == dtype {
      return try pow(exponent.item())
    }
    return try Power.apply(self, exponent)
  }

  /// The exponents that networks use most are computed by cheaper operations, as in PyTorch.
  /// - Throws: `.invalidArgument` for integers to a negative integer power.
  public func pow(_ exponent: Double) throws(ThalwegError) -> Tensor {
    if dtype.isFloat {
      switch exponent {
      case 0.5: return try sqrt()
      case 2: return try self * self
      case 3: return try self * self * self
      case -1: return try 1 / self
      default: break
      }
    }
    let number = try Tensor.number(exponent, beside: self)
    guard exponent >= 0 || number.dtype.isFloat else {
      throw ThalwegError(
        .invalidArgument,
        "pow: integers to negative integer powers (\(exponent)) are not allowed; convert to a float first")
    }
    return try Power.apply(self, number)
  }

  /// float_power(a, b) = a^b in float64.
  public func floatPower(_ exponent: Tensor) throws(ThalwegError) -> Tensor {
    try to(.float64).pow(exponent.to(.float64))
  }
}
