package import CKernels

/// sqrt(x), elementwise; NaN below 0.
/// Derivative: g / (2 y).
package enum SquareRoot: UnaryOperation {
  package static let name: StaticString = "sqrt"
  package static var kernel: tk_unary { kernels.pointee.sqrt }
  package static var saves: SavedOperand { .output }

  package static func derivative(_ g: Tensor, _ y: Tensor) throws(ThalwegError) -> Tensor {
    try g / (2 * y)
  }
}

extension Tensor {
  public func sqrt() throws(ThalwegError) -> Tensor { try SquareRoot.apply(self) }
}
