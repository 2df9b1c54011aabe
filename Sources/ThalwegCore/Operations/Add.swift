package import CKernels

/// add(a, b) = a + b, elementwise with broadcasting and type promotion.
/// Derivative: ∂L/∂a = ∂L/∂b = g, each summed over its repeated dimensions.
package enum Add: BinaryOperation {
  package static let name: StaticString = "add"
  package static var kernel: tk_binary { kernels.pointee.add }
  package static var savesOperands: Bool { false }

  package static func derivativeA(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor { g }
  package static func derivativeB(_ g: Tensor, _ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor { g }
}

extension Tensor {
  public static func + (a: Tensor, b: Tensor) throws(ThalwegError) -> Tensor { try Add.apply(a, b) }
  public static func + (a: Tensor, b: Double) throws(ThalwegError) -> Tensor {
    try a + Tensor.number(b, beside: a)
  }
  public static func + (a: Double, b: Tensor) throws(ThalwegError) -> Tensor {
    try Tensor.number(a, beside: b) + b
  }
}
