package import CKernels

/// rsqrt(x) = 1 / sqrt(x), elementwise; NaN below 0.
/// Derivative: -g y³ / 2.
package enum ReciprocalSquareRoot: UnaryOperation {
  package static let name: StaticString = "rsqrt"
  package static var kernel: tk_unary { kernels.pointee.rsqrt }
  package static var saves: SavedOperand { .output }

  package static func derivative(_ g: Tensor, _ y: Tensor) throws(ThalwegError) -> Tensor {
    try g * (-0.5 * (y * y * y))
  }
}

extension Tensor {
  public func rsqrt() throws(ThalwegError) -> Tensor { try ReciprocalSquareRoot.apply(self) }
}
