package import CKernels

/// atan2(a, b), the angle of the point (b, a), elementwise with broadcasting; special values as C's. Integers are computed
/// as float32.
/// Derivative: ∂L/∂a = g b / (a² + b²), ∂L/∂b = -g a / (a² + b²).
package enum ArcTangent2: BinaryOperation {
  package static let name: StaticString = "atan2"
  package static var kernel: tk_binary { kernels.pointee.atan2 }
  package static var promotesIntegers: Bool { true }

  package static func derivativeA(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try g * (b / (a * a + b * b))
  }
  package static func derivativeB(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try -(g * (a / (a * a + b * b)))
  }
}

/// hypot(a, b) = sqrt(a² + b²) without overflow, elementwise with broadcasting; floats.
/// Derivative: ∂L/∂a = g a / y, ∂L/∂b = g b / y.
package enum Hypotenuse: BinaryOperation {
  package static let name: StaticString = "hypot"
  package static var kernel: tk_binary { kernels.pointee.hypot }

  package static func derivativeA(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try g * (a / a.hypot(b))
  }
  package static func derivativeB(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try g * (b / a.hypot(b))
  }
}

extension Tensor {
  public func atan2(_ other: Tensor) throws(ThalwegError) -> Tensor { try ArcTangent2.apply(self, other) }
  public func hypot(_ other: Tensor) throws(ThalwegError) -> Tensor { try Hypotenuse.apply(self, other) }
}
