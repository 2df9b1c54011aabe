import CKernels

/// Bits of integers, and logic of bools; elementwise with broadcasting and type promotion. No derivative.
extension Tensor {
  public func bitwiseAnd(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try bitwise("bitwise_and", kernels.pointee.bit_and, other)
  }
  public func bitwiseOr(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try bitwise("bitwise_or", kernels.pointee.bit_or, other)
  }
  public func bitwiseXor(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try bitwise("bitwise_xor", kernels.pointee.bit_xor, other)
  }
  public func bitwiseNot() throws(ThalwegError) -> Tensor {
    dtype == .bool ? try logicalNot() : try BitwiseNot.apply(self)
  }

  private func bitwise(
    _ name: StaticString, _ kernel: tk_binary, _ other: Tensor
  ) throws(ThalwegError) -> Tensor {
    let dtype = DType.result(self, other)
    guard let loop = kernel[dtype] else { throw unsupported(name, dtype) }
    return try noGrad { () throws(ThalwegError) in
      try broadcast(loop, self.to(dtype), other.to(dtype), output: dtype, name)
    }
  }
}

private enum BitwiseNot: UnaryOperation {
  static let name: StaticString = "bitwise_not"
  static var kernel: tk_unary { kernels.pointee.bit_not }
  static var saves: SavedOperand { .nothing }
  static var promotesIntegers: Bool { false }
  static func derivative(_ g: Tensor, _ saved: Tensor) throws(ThalwegError) -> Tensor { g }
}
