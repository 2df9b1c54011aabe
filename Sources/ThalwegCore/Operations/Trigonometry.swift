package import CKernels

/// sin(x), elementwise; NaN at infinities.
/// Derivative: g cos x.
package enum Sine: UnaryOperation {
  package static let name: StaticString = "sin"
  package static var kernel: tk_unary { kernels.pointee.sin }
  package static var saves: SavedOperand { .input }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g * x.cos()
  }
}

/// cos(x), elementwise; NaN at infinities.
/// Derivative: -g sin x.
package enum Cosine: UnaryOperation {
  package static let name: StaticString = "cos"
  package static var kernel: tk_unary { kernels.pointee.cos }
  package static var saves: SavedOperand { .input }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try -(g * x.sin())
  }
}

/// tan(x), elementwise; NaN at infinities.
/// Derivative: g (1 + y²).
package enum Tangent: UnaryOperation {
  package static let name: StaticString = "tan"
  package static var kernel: tk_unary { kernels.pointee.tan }
  package static var saves: SavedOperand { .output }

  package static func derivative(_ g: Tensor, _ y: Tensor) throws(ThalwegError) -> Tensor {
    try g * (1 + y * y)
  }
}

/// asin(x), elementwise; NaN outside [-1, 1].
/// Derivative: g / sqrt(1 - x²).
package enum ArcSine: UnaryOperation {
  package static let name: StaticString = "asin"
  package static var kernel: tk_unary { kernels.pointee.asin }
  package static var saves: SavedOperand { .input }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g * (1 - x * x).rsqrt()
  }
}

/// acos(x), elementwise; NaN outside [-1, 1].
/// Derivative: -g / sqrt(1 - x²).
package enum ArcCosine: UnaryOperation {
  package static let name: StaticString = "acos"
  package static var kernel: tk_unary { kernels.pointee.acos }
  package static var saves: SavedOperand { .input }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try -(g * (1 - x * x).rsqrt())
  }
}

/// atan(x), elementwise.
/// Derivative: g / (1 + x²).
package enum ArcTangent: UnaryOperation {
  package static let name: StaticString = "atan"
  package static var kernel: tk_unary { kernels.pointee.atan }
  package static var saves: SavedOperand { .input }

  package static func derivative(_ g: Tensor, _ x: Tensor) throws(ThalwegError) -> Tensor {
    try g / (1 + x * x)
  }
}

extension Tensor {
  public func sin() throws(ThalwegError) -> Tensor { try Sine.apply(self) }
  public func cos() throws(ThalwegError) -> Tensor { try Cosine.apply(self) }
  public func tan() throws(ThalwegError) -> Tensor { try Tangent.apply(self) }
  public func asin() throws(ThalwegError) -> Tensor { try ArcSine.apply(self) }
  public func acos() throws(ThalwegError) -> Tensor { try ArcCosine.apply(self) }
  public func atan() throws(ThalwegError) -> Tensor { try ArcTangent.apply(self) }
}
