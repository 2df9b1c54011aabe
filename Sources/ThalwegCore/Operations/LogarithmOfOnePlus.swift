package import CKernels

/// log1p(x) = ln(1 + x), elementwise, without cancellation near 0; NaN below -1.
/// Derivative: g / (x + 1).
package enum LogarithmOfOnePlus: UnaryOperation {
  package static let name: StaticString = "log1p"
  package static var kernel: tk_unary { kernels.pointee.log1p }
  package static var saves: SavedOperand { .input }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g / (x + 1)
  }
}

extension Tensor {
  public func log1p() throws(ThalwegError) -> Tensor { try LogarithmOfOnePlus.apply(self) }
}
