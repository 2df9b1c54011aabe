package import CKernels

/// expm1(x) = e^x - 1, elementwise, without cancellation near 0.
/// Derivative: g (y + 1).
package enum ExponentialMinusOne: UnaryOperation {
  package static let name: StaticString = "expm1"
  package static var kernel: tk_unary { kernels.pointee.expm1 }
  package static var saves: SavedOperand { .output }

  package static func derivative(_ g: Tensor, _ y: Tensor) throws(ThalwegError) -> Tensor {
    try g * (y + 1)
  }
}

extension Tensor {
  public func expm1() throws(ThalwegError) -> Tensor { try ExponentialMinusOne.apply(self) }
}
