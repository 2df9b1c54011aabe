package import CKernels

/// minimum(a, b) and maximum(a, b), elementwise with broadcasting; NaN if either is NaN.
/// Derivative: g where the operand was chosen, g / 2 for both where they are equal, g for both at NaN (as PyTorch).
package enum Minimum: BinaryOperation {
  package static let name: StaticString = "minimum"
  package static var kernel: tk_binary { kernels.pointee.minimum }

  package static func derivativeA(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try share(g, refused: a.greater(b), tied: a.equal(b))
  }
  package static func derivativeB(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try share(g, refused: b.greater(a), tied: a.equal(b))
  }

  fileprivate static func share(
    _ g: Tensor, refused: Tensor, tied: Tensor
  ) throws(ThalwegError) -> Tensor {
    let zero = try Tensor.scalar(0, dtype: g.dtype)
    return try Tensor.where(refused, zero, Tensor.where(tied, g * 0.5, g))
  }
}

/// See `Minimum`.
package enum Maximum: BinaryOperation {
  package static let name: StaticString = "maximum"
  package static var kernel: tk_binary { kernels.pointee.maximum }

  package static func derivativeA(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try Minimum.share(g, refused: a.less(b), tied: a.equal(b))
  }
  package static func derivativeB(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try Minimum.share(g, refused: b.less(a), tied: a.equal(b))
  }
}

extension Tensor {
  public func minimum(_ other: Tensor) throws(ThalwegError) -> Tensor { try Minimum.apply(self, other) }
  public func maximum(_ other: Tensor) throws(ThalwegError) -> Tensor { try Maximum.apply(self, other) }

  /// fmin and fmax: as minimum and maximum, but a number wins over NaN. Where both are equal this tensor has the gradient.
  public func fmin(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try Tensor.where(lessOrEqual(other).logicalOr(other.isNaN()), self, other)
  }
  public func fmax(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try Tensor.where(greaterOrEqual(other).logicalOr(other.isNaN()), self, other)
  }
}
