/// isnan, isinf, isfinite: what kind of number each element is, as bools. Integers are finite. No derivative.
extension Tensor {
  public func isNaN() throws(ThalwegError) -> Tensor { try notEqual(self) }

  public func isInfinite() throws(ThalwegError) -> Tensor {
    guard dtype.isFloat else { return try Tensor.zeros(shape, dtype: .bool) }
    return try noGrad { () throws(ThalwegError) in
      try abs().equal(Tensor.scalar(.infinity, dtype: dtype))
    }
  }

  public func isFinite() throws(ThalwegError) -> Tensor {
    guard dtype.isFloat else { return try Tensor.ones(shape, dtype: .bool) }
    return try noGrad { () throws(ThalwegError) in
      try abs().less(Tensor.scalar(.infinity, dtype: dtype))
    }
  }
}
