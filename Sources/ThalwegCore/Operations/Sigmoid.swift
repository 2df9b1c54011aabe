package import CKernels

/// sigmoid(x) = 1 / (1 + e^-x), the logistic function, elementwise.
/// Derivative: g y (1 - y), at most g / 4.
package enum Sigmoid: UnaryOperation {
  package static let name: StaticString = "sigmoid"
  package static var kernel: tk_unary { kernels.pointee.sigmoid }
  package static var saves: SavedOperand { .output }
  package static var derivativeKernel: tk_binary? { kernels.pointee.sigmoid_backward }

  package static func derivative(_ g: Tensor, _ y: Tensor) throws(ThalwegError) -> Tensor {
    try g * (y * (1 - y))
  }
}

extension Tensor {
  public func sigmoid() throws(ThalwegError) -> Tensor { try Sigmoid.apply(self) }
}
