package import CKernels

/// mul(a, b) = a b, elementwise with broadcasting and type promotion; integers wrap, bools are and-ed.
/// Derivative: ∂L/∂a = g b, ∂L/∂b = g a, each summed over its repeated dimensions.
package enum Multiply: BinaryOperation {
  package static let name: StaticString = "mul"
  package static var kernel: tk_binary { kernels.pointee.mul }

  package static func derivativeA(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try g * b
  }
  package static func derivativeB(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try g * a
  }
}

extension Tensor {
  public static func * (a: Tensor, b: Tensor) throws(ThalwegError) -> Tensor { try Multiply.apply(a, b) }
  public static func * (a: Tensor, b: Double) throws(ThalwegError) -> Tensor {
    try a * Tensor.number(b, beside: a)
  }
  public static func * (a: Double, b: Tensor) throws(ThalwegError) -> Tensor {
    try Tensor.number(a, beside: b) * b
  }
}
