package import CKernels

/// pow(a, b) = a^b for floats, elementwise with broadcasting; special values as C's pow.
/// Derivative: ∂L/∂a = g b a^(b-1), and 0 where b = 0; ∂L/∂b = g a^b ln a, and 0 where a = 0 and b >= 0 (as PyTorch).
package enum Power: BinaryOperation {
  package static let name: StaticString = "pow"
  package static var kernel: tk_binary { kernels.pointee.pow }

  package static func derivativeA(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    let zero = try Tensor.scalar(0, dtype: g.dtype)
    return try Tensor.where(b.equal(zero), zero, g * (b * a.pow(b - 1)))
  }
  package static func derivativeB(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    let zero = try Tensor.scalar(0, dtype: g.dtype)
    let isFlat = try a.equal(zero).logicalAnd(b.greaterOrEqual(zero))
    return try Tensor.where(isFlat, zero, g * (a.pow(b) * a.log()))
  }
}

extension Tensor {
  public func pow(_ exponent: Tensor) throws(ThalwegError) -> Tensor { try Power.apply(self, exponent) }
  public func pow(_ exponent: Double) throws(ThalwegError) -> Tensor {
    try pow(Tensor.number(exponent, beside: self))
  }
}
