package import CKernels

/// exp2(x) = 2^x, elementwise.
/// Derivative: g y ln 2.
package enum Exp2: UnaryOperation {
  package static let name: StaticString = "exp2"
  package static var kernel: tk_unary { kernels.pointee.exp2 }
  package static var saves: SavedOperand { .output }

  package static func derivative(_ g: Tensor, _ y: Tensor) throws(ThalwegError) -> Tensor {
    try g * (y * ln2)
  }
}

/// log2(x), elementwise.
/// Derivative: g / (x ln 2).
package enum Log2: UnaryOperation {
  package static let name: StaticString = "log2"
  package static var kernel: tk_unary { kernels.pointee.log2 }
  package static var saves: SavedOperand { .input }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g / (x * ln2)
  }
}

/// log10(x), elementwise.
/// Derivative: g / (x ln 10).
package enum Log10: UnaryOperation {
  package static let name: StaticString = "log10"
  package static var kernel: tk_unary { kernels.pointee.log10 }
  package static var saves: SavedOperand { .input }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g / (x * 2.302585092994046)
  }
}

private let ln2 = 0.6931471805599453

extension Tensor {
  public func exp2() throws(ThalwegError) -> Tensor { try Exp2.apply(self) }
  public func log2() throws(ThalwegError) -> Tensor { try Log2.apply(self) }
  public func log10() throws(ThalwegError) -> Tensor { try Log10.apply(self) }
}
