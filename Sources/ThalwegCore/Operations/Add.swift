package import CKernels

/// add(a, b) = a + b, elementwise with broadcasting and type promotion; integers wrap, bools are or-ed.
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

  /// self + alpha other.
  /// - Throws: `.dtype` for a fraction beside integers, as PyTorch.
  public func add(_ other: Tensor, alpha: Double) throws(ThalwegError) -> Tensor {
    try self + other.scaled(by: alpha, beside: self, "add")
  }

  /// self - alpha other.
  /// - Throws: `.dtype` for a fraction beside integers, as PyTorch.
  public func subtract(_ other: Tensor, alpha: Double) throws(ThalwegError) -> Tensor {
    try self - other.scaled(by: alpha, beside: self, "sub")
  }

  private func scaled(
    by alpha: Double, beside first: Tensor, _ function: StaticString
  ) throws(ThalwegError) -> Tensor {
    if alpha == 1 { return self }
    let dtype = DType.result(first, self)
    guard alpha.rounded(.towardZero) == alpha || dtype.isFloat else {
      throw ThalwegError(
        .dtype, "\(function): the factor \(alpha) is a fraction beside integers; convert one to a float first"
      )
    }
    return try to(dtype) * Tensor.scalar(alpha, dtype: dtype)
  }
}
