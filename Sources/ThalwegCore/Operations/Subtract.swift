package import CKernels

/// sub(a, b) = a - b, elementwise with broadcasting and type promotion. Not for bool.
/// Derivative: ∂L/∂a = g, ∂L/∂b = -g, each summed over its repeated dimensions.
package enum Subtract: BinaryOperation {
  package static let name: StaticString = "sub"
  package static var kernel: tk_binary { kernels.pointee.sub }
  package static var savesOperands: Bool { false }

  package static func derivativeA(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor { g }
  package static func derivativeB(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    try -g
  }
}

extension Tensor {
  public static func - (a: Tensor, b: Tensor) throws(ThalwegError) -> Tensor { try Subtract.apply(a, b) }
  public static func - (a: Tensor, b: Double) throws(ThalwegError) -> Tensor {
    try a - Tensor.number(b, beside: a)
  }
  public static func - (a: Double, b: Tensor) throws(ThalwegError) -> Tensor {
    try Tensor.number(a, beside: b) - b
  }
}
