package import CKernels

/// sign(x): -1, 0 or 1, elementwise; 0 for NaN (as PyTorch), bools stay as they are.
/// Derivative: 0.
package enum Sign: UnaryOperation {
  package static let name: StaticString = "sign"
  package static var kernel: tk_unary { kernels.pointee.sign }
  package static var saves: SavedOperand { .nothing }
  package static var promotesIntegers: Bool { false }

  package static func derivative(_ g: Tensor, _ saved: Tensor) throws(ThalwegError) -> Tensor {
    try Tensor.zeros(g.shape, dtype: g.dtype)
  }
}

extension Tensor {
  public func sign() throws(ThalwegError) -> Tensor {
    dtype == .bool ? try clone() : try Sign.apply(self)
  }
}
