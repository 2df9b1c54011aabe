/// isclose(a, b): whether |a - b| <= atol + rtol |b|, as bools, elementwise with broadcasting. Equal infinities are close,
/// NaNs only with `equalNaN`. Both of one dtype. No derivative.
extension Tensor {
  public func isClose(
    _ other: Tensor, rtol: Double = 1e-5, atol: Double = 1e-8, equalNaN: Bool = false
  ) throws(ThalwegError) -> Tensor {
    guard dtype == other.dtype else {
      throw ThalwegError(.dtype, "isclose: \(dtype) and \(other.dtype) given; both must be of one dtype")
    }
    guard rtol >= 0, atol >= 0 else {
      throw ThalwegError(
        .invalidArgument, "isclose: rtol is \(rtol) and atol is \(atol); neither may be negative")
    }
    return try noGrad { () throws(ThalwegError) in
      var close = try equal(other)
      if equalNaN { close = try close.logicalOr(isNaN().logicalAnd(other.isNaN())) }
      if dtype == .bool { return close }
      let real: DType = dtype.isFloat ? dtype : .float64
      let (a, b) = (try to(real), try other.to(real))
      let distance = try (a - b).abs()
      let isNear = try distance.lessOrEqual((b * rtol).abs() + atol).logicalAnd(distance.isFinite())
      return try close.logicalOr(isNear)
    }
  }

  /// Whether all elements are close; true for no elements.
  public func allClose(
    _ other: Tensor, rtol: Double = 1e-5, atol: Double = 1e-8, equalNaN: Bool = false
  ) throws(ThalwegError) -> Bool {
    try isClose(other, rtol: rtol, atol: atol, equalNaN: equalNaN).holdsEverywhere()
  }

  /// Whether both have the same shape and the same elements (PyTorch's `torch.equal`).
  public func isEqual(to other: Tensor) throws(ThalwegError) -> Bool {
    shape == other.shape ? try equal(other).holdsEverywhere() : false
  }

  private func holdsEverywhere() throws(ThalwegError) -> Bool { numel == 0 ? true : try amin().item() != 0 }
}
