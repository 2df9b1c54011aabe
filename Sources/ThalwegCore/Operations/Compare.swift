package import CKernels

/// Comparisons and logic, elementwise with broadcasting: bool results, no derivative. NaN compares as in IEEE 754.
package enum Compare {
  package static func apply(
    _ name: StaticString, _ kernel: tk_binary, _ first: Tensor, _ second: Tensor
  ) throws(ThalwegError) -> Tensor {
    try noGrad { () throws(ThalwegError) in
      let dtype = DType.result(first, second)
      guard let loop = kernel[dtype] else { throw unsupported(name, dtype) }
      return try broadcast(loop, first.to(dtype), second.to(dtype), output: .bool, name)
    }
  }

  /// As `apply`, after converting both to bool: not 0.
  package static func logic(
    _ name: StaticString, _ kernel: tk_binary, _ first: Tensor, _ second: Tensor
  ) throws(ThalwegError) -> Tensor {
    try noGrad { () throws(ThalwegError) in try apply(name, kernel, first.to(.bool), second.to(.bool)) }
  }
}

extension Tensor {
  public func equal(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try Compare.apply("eq", kernels.pointee.eq, self, other)
  }
  public func notEqual(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try Compare.apply("ne", kernels.pointee.ne, self, other)
  }
  public func less(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try Compare.apply("lt", kernels.pointee.lt, self, other)
  }
  public func lessOrEqual(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try Compare.apply("le", kernels.pointee.le, self, other)
  }
  public func greater(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try Compare.apply("gt", kernels.pointee.gt, self, other)
  }
  public func greaterOrEqual(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try Compare.apply("ge", kernels.pointee.ge, self, other)
  }
  public func logicalAnd(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try Compare.logic("logical_and", kernels.pointee.logical_and, self, other)
  }
  public func logicalOr(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try Compare.logic("logical_or", kernels.pointee.logical_or, self, other)
  }
  public func logicalXor(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try Compare.logic("logical_xor", kernels.pointee.ne, self, other)
  }
  public func logicalNot() throws(ThalwegError) -> Tensor {
    try noGrad { () throws(ThalwegError) in try LogicalNot.apply(self.to(.bool)) }
  }
}

private enum LogicalNot: UnaryOperation {
  static let name: StaticString = "logical_not"
  static var kernel: tk_unary { kernels.pointee.logical_not }
  static var saves: SavedOperand { .nothing }
  static var promotesIntegers: Bool { false }
  static func derivative(_ g: Tensor, _ saved: Tensor) throws(ThalwegError) -> Tensor { g }
}
