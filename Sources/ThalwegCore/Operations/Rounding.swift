package import CKernels

/// An operation that is constant but for steps: its derivative is 0.
package protocol RoundingOperation: UnaryOperation {}

extension RoundingOperation {
  package static var saves: SavedOperand { .nothing }

  package static func derivative(_ g: Tensor, _ saved: Tensor) throws(ThalwegError) -> Tensor {
    try Tensor.zeros(g.shape, dtype: g.dtype)
  }
}

/// floor(x), the next whole number below, elementwise; integers stay as they are.
/// Derivative: 0.
package enum Floor: RoundingOperation {
  package static let name: StaticString = "floor"
  package static var kernel: tk_unary { kernels.pointee.floor }
}

/// ceil(x), the next whole number above, elementwise; integers stay as they are.
/// Derivative: 0.
package enum Ceiling: RoundingOperation {
  package static let name: StaticString = "ceil"
  package static var kernel: tk_unary { kernels.pointee.ceil }
}

/// trunc(x), the next whole number towards 0, elementwise; integers stay as they are.
/// Derivative: 0.
package enum Truncate: RoundingOperation {
  package static let name: StaticString = "trunc"
  package static var kernel: tk_unary { kernels.pointee.trunc }
}

/// round(x), the nearest whole number, halves to the even one, elementwise; integers stay as they are.
/// Derivative: 0.
package enum Round: RoundingOperation {
  package static let name: StaticString = "round"
  package static var kernel: tk_unary { kernels.pointee.round }
}

extension Tensor {
  public func floor() throws(ThalwegError) -> Tensor { try rounded(Floor.self) }
  public func ceil() throws(ThalwegError) -> Tensor { try rounded(Ceiling.self) }
  public func trunc() throws(ThalwegError) -> Tensor { try rounded(Truncate.self) }

  /// - Parameter decimals: the digits behind the point to keep; floats only, negative ones for whole tens.
  /// - Throws: `.dtype` for decimals of integers.
  public func round(decimals: Int = 0) throws(ThalwegError) -> Tensor {
    if decimals == 0 { return try rounded(Round.self) }
    guard dtype.isFloat else {
      throw ThalwegError(.dtype, "round: \(dtype) has no decimals; convert with to()")
    }
    var scale = 1.0
    for _ in 0..<min(decimals.magnitude, 400) { scale *= 10 }
    return decimals > 0 ? try Round.apply(self * scale) / scale : try Round.apply(self / scale) * scale
  }

  private func rounded(_ operation: any UnaryOperation.Type) throws(ThalwegError) -> Tensor {
    if dtype.isFloat { return try operation.apply(self) }
    guard dtype != .bool else { throw unsupported(operation.name, dtype) }
    return try clone()
  }
}
