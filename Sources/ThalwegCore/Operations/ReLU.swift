package import CKernels

/// relu(x) = max(x, 0), elementwise; NaN stays NaN, integers stay integers. Nair & Hinton 2010.
/// Derivative: 0 where y <= 0, else g (0 at 0, g at NaN, as PyTorch).
package enum ReLU: UnaryOperation {
  package static let name: StaticString = "relu"
  package static var kernel: tk_unary { kernels.pointee.relu }
  package static var saves: SavedOperand { .output }
  package static var derivativeKernel: tk_binary? { kernels.pointee.relu_backward }

  package static func derivative(_ g: Tensor, _ y: Tensor) throws(ThalwegError) -> Tensor {
    let zero = try Tensor.scalar(0, dtype: g.dtype)
    return try Tensor.where(y.lessOrEqual(zero), zero, g)
  }
}

extension Tensor {
  public func relu() throws(ThalwegError) -> Tensor {
    dtype.isFloat ? try ReLU.apply(self) : try maximum(Tensor.number(0, beside: self))
  }
}
