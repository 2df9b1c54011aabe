package import CKernels

/// erf(x) = 2 / sqrt(π) ∫ e^-t² dt from 0 to x, elementwise.
/// Derivative: g 2 / sqrt(π) e^-x².
package enum ErrorFunction: UnaryOperation {
  package static let name: StaticString = "erf"
  package static var kernel: tk_unary { kernels.pointee.erf }
  package static var saves: SavedOperand { .input }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g * (1.1283791670955126 * (-(x * x)).exp())
  }
}

extension Tensor {
  public func erf() throws(ThalwegError) -> Tensor { try ErrorFunction.apply(self) }
}
