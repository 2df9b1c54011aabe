package import CKernels

/// log(x), the natural logarithm, elementwise; -inf at 0, NaN below.
/// Derivative: g / x.
package enum Logarithm: UnaryOperation {
  package static let name: StaticString = "log"
  package static var kernel: tk_unary { kernels.pointee.log }
  package static var saves: SavedOperand { .input }
  package static var derivativeKernel: tk_binary? { kernels.pointee.div }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g / x
  }
}

extension Tensor {
  public func log() throws(ThalwegError) -> Tensor { try Logarithm.apply(self) }
}
