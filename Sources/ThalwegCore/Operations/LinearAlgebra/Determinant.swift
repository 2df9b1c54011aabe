/// Determinants of square matrices: from the factors of `PivotedLU`, of singular ones from their singular values, with which
/// the first derivative is exact whatever the rank.
extension Tensor {
  public func determinant() throws(ThalwegError) -> Tensor {
    try checkMatrices(square: true, in: "linalg.det")
    let factors = try PivotedLU(self, in: "linalg.det")
    let diagonal = try factors.packed.diagonal(0, -2, -1)
    if Node.records(self), numel > 0, try diagonal.detach().abs().amin().item() == 0 {
      let (u, s, v) = try svd(full: false)
      let sign = try noGrad { () throws(ThalwegError) in
        try u.detach().determinant() * v.detach().determinant()
      }
      return try s.product(-1) * sign.sign()
    }
    return try diagonal.product(-1) * factors.signs.to(dtype)
  }

  /// The sign of the determinant, and the logarithm of its magnitude; 0 and -∞ for singular matrices.
  public func signLogDeterminant() throws(ThalwegError) -> (sign: Tensor, logarithm: Tensor) {
    try checkMatrices(square: true, in: "linalg.slogdet")
    let factors = try PivotedLU(self, in: "linalg.slogdet")
    let diagonal = try factors.packed.diagonal(0, -2, -1)
    return (
      try diagonal.sign().product(-1) * factors.signs.to(dtype), try diagonal.abs().log().sum([-1])
    )
  }

  /// The logarithm of the determinant; NaN where that is negative.
  public func logDeterminant() throws(ThalwegError) -> Tensor {
    let (sign, logarithm) = try signLogDeterminant()
    let nan = try Tensor.scalar(.nan, dtype: dtype)
    return try Tensor.where(sign.less(Tensor.scalar(0, dtype: dtype)), nan, logarithm)
  }
}
