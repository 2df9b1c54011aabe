package import CKernels

/// exp(x) = e^x, elementwise.
/// Derivative: g y.
package enum Exponential: UnaryOperation {
  package static let name: StaticString = "exp"
  package static var kernel: tk_unary { kernels.pointee.exp }
  package static var saves: SavedOperand { .output }
  package static var derivativeKernel: tk_binary? { kernels.pointee.mul }

  package static func derivative(_ g: Tensor, _ y: Tensor) throws(ThalwegError) -> Tensor {
    try g * y
  }
}

extension Tensor {
  public func exp() throws(ThalwegError) -> Tensor { try Exponential.apply(self) }
}
