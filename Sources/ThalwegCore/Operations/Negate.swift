package import CKernels

/// neg(x) = -x, elementwise; integers wrap.
/// Derivative: -g.
package enum Negate: UnaryOperation {
  package static let name: StaticString = "neg"
  package static var kernel: tk_unary { kernels.pointee.neg }
  package static var saves: SavedOperand { .nothing }

  package static var promotesIntegers: Bool { false }

  package static func derivative(_ g: Tensor, _ saved: Tensor) throws(ThalwegError) -> Tensor {
    try -g
  }
}

extension Tensor {
  public static prefix func - (x: Tensor) throws(ThalwegError) -> Tensor { try Negate.apply(x) }
}
