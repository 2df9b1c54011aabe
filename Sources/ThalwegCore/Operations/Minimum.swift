package import CKernels

/// minimum(a, b) and maximum(a, b), elementwise with broadcasting; NaN if either is NaN.
/// Derivative: g where the operand was chosen, g / 2 for both where they are equal (as PyTorch).
package enum Minimum: BinaryOperation {
  package static let name: StaticString = "minimum"
  package static var kernel: tk_binary { kernels.pointee.minimum }

  package static func derivativeA(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try share(g, chosen: a.less(b), tied: a.equal(b))
  }
  package static func derivativeB(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try share(g, chosen: b.less(a), tied: a.equal(b))
  }

  fileprivate static func share(
    _ g: Tensor, chosen: Tensor, tied: Tensor
  ) throws(ThalwegError) -> Tensor {
    let zero = try Tensor.scalar(0, dtype: g.dtype)
    return try Tensor.where(chosen, g, Tensor.where(tied, g * 0.5, zero))
  }
}

/// See `Minimum`.
package enum Maximum: BinaryOperation {
  package static let name: StaticString = "maximum"
  package static var kernel: tk_binary { kernels.pointee.maximum }

  package static func derivativeA(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try Minimum.share(g, chosen: a.greater(b), tied: a.equal(b))
  }
  package static func derivativeB(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try Minimum.share(g, chosen: b.greater(a), tied: a.equal(b))
  }
}

extension Tensor {
  public func minimum(_ other: Tensor) throws(ThalwegError) -> Tensor { try Minimum.apply(self, other) }
  public func maximum(_ other: Tensor) throws(ThalwegError) -> Tensor { try Maximum.apply(self, other) }
}
