package import CKernels

/// div(a, b) = a / b, elementwise with broadcasting; true division: integers are computed as float32.
/// Derivative: ∂L/∂a = g / b, ∂L/∂b = -g a / b², each summed over its repeated dimensions.
package enum Divide: BinaryOperation {
  package static let name: StaticString = "div"
  package static var kernel: tk_binary { kernels.pointee.div }
  package static var promotesIntegers: Bool { true }

  package static func derivativeA(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try g / b
  }
  package static func derivativeB(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try -(g * (a / b)) / b
  }
}

extension Tensor {
  public static func / (a: Tensor, b: Tensor) throws(ThalwegError) -> Tensor { try Divide.apply(a, b) }
  public static func / (a: Tensor, b: Double) throws(ThalwegError) -> Tensor {
    try a / Tensor.number(b, beside: a)
  }
  public static func / (a: Double, b: Tensor) throws(ThalwegError) -> Tensor {
    try Tensor.number(a, beside: b) / b
  }
}
