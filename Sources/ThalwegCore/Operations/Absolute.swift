package import CKernels

/// abs(x) = |x|, elementwise; integers wrap.
/// Derivative: g sign(x), 0 at 0 (as PyTorch).
package enum Absolute: UnaryOperation {
  package static let name: StaticString = "abs"
  package static var kernel: tk_unary { kernels.pointee.abs }
  package static var saves: SavedOperand { .input }

  package static var promotesIntegers: Bool { false }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    let zero = try Tensor.scalar(0, dtype: g.dtype)
    return try Tensor.where(x.greater(zero), g, Tensor.where(x.less(zero), -g, g * zero))
  }
}

extension Tensor {
  public func abs() throws(ThalwegError) -> Tensor { try Absolute.apply(self) }
}
