package import CKernels

/// tanh(x), the hyperbolic tangent, elementwise.
/// Derivative: g (1 - y²), at most g.
package enum Tanh: UnaryOperation {
  package static let name: StaticString = "tanh"
  package static var kernel: tk_unary { kernels.pointee.tanh }
  package static var saves: SavedOperand { .output }
  package static var derivativeKernel: tk_binary? { kernels.pointee.tanh_backward }

  package static func derivative(_ g: Tensor, _ y: Tensor) throws(ThalwegError) -> Tensor {
    try g * (1 - y * y)
  }
}

extension Tensor {
  public func tanh() throws(ThalwegError) -> Tensor { try Tanh.apply(self) }
}
