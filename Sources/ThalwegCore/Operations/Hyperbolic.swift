package import CKernels

/// sinh(x), elementwise.
/// Derivative: g cosh x.
package enum HyperbolicSine: UnaryOperation {
  package static let name: StaticString = "sinh"
  package static var kernel: tk_unary { kernels.pointee.sinh }
  package static var saves: SavedOperand { .input }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g * x.cosh()
  }
}

/// cosh(x), elementwise.
/// Derivative: g sinh x.
package enum HyperbolicCosine: UnaryOperation {
  package static let name: StaticString = "cosh"
  package static var kernel: tk_unary { kernels.pointee.cosh }
  package static var saves: SavedOperand { .input }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g * x.sinh()
  }
}

/// asinh(x), elementwise.
/// Derivative: g / sqrt(x² + 1).
package enum AreaSine: UnaryOperation {
  package static let name: StaticString = "asinh"
  package static var kernel: tk_unary { kernels.pointee.asinh }
  package static var saves: SavedOperand { .input }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g * (x * x + 1).rsqrt()
  }
}

/// acosh(x), elementwise; NaN below 1.
/// Derivative: g / sqrt(x² - 1).
package enum AreaCosine: UnaryOperation {
  package static let name: StaticString = "acosh"
  package static var kernel: tk_unary { kernels.pointee.acosh }
  package static var saves: SavedOperand { .input }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g * (x * x - 1).rsqrt()
  }
}

/// atanh(x), elementwise; NaN outside [-1, 1].
/// Derivative: g / (1 - x²).
package enum AreaTangent: UnaryOperation {
  package static let name: StaticString = "atanh"
  package static var kernel: tk_unary { kernels.pointee.atanh }
  package static var saves: SavedOperand { .input }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g / (1 - x * x)
  }
}

extension Tensor {
  public func sinh() throws(ThalwegError) -> Tensor { try HyperbolicSine.apply(self) }
  public func cosh() throws(ThalwegError) -> Tensor { try HyperbolicCosine.apply(self) }
  public func asinh() throws(ThalwegError) -> Tensor { try AreaSine.apply(self) }
  public func acosh() throws(ThalwegError) -> Tensor { try AreaCosine.apply(self) }
  public func atanh() throws(ThalwegError) -> Tensor { try AreaTangent.apply(self) }
}
