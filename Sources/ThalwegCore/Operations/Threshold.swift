/// Activations that are made of other operations, and so are their derivatives.
extension Tensor {
  /// threshold(x) = x above `threshold`, else `value`.
  public func threshold(_ threshold: Double, _ value: Double) throws(ThalwegError) -> Tensor {
    let replacement = try Tensor.scalar(value, dtype: dtype)
    return try Tensor.where(greater(Tensor.number(threshold, beside: self)), self, replacement)
  }

  /// softsign(x) = x / (1 + |x|). Turian et al. 2009.
  public func softSign() throws(ThalwegError) -> Tensor { try self / (1 + abs()) }

  /// tanhshrink(x) = x - tanh(x).
  public func tanhShrink() throws(ThalwegError) -> Tensor { try self - tanh() }

  /// softshrink(x): towards 0 by `lambda`, and 0 where |x| <= `lambda`.
  /// - Throws: `.invalidArgument` for a negative lambda.
  public func softShrink(_ lambda: Double = 0.5) throws(ThalwegError) -> Tensor {
    guard lambda >= 0 else {
      throw ThalwegError(.invalidArgument, "softshrink: lambd is \(lambda); it must not be negative")
    }
    return try self - HardTanh.apply(self, -lambda, lambda)
  }

  /// hardshrink(x) = x where |x| > `lambda`, else 0; NaN stays.
  public func hardShrink(_ lambda: Double = 0.5) throws(ThalwegError) -> Tensor {
    let isSmall = try lessOrEqual(Tensor.scalar(lambda, dtype: dtype))
      .logicalAnd(greaterOrEqual(Tensor.scalar(-lambda, dtype: dtype)))
    return try Tensor.where(isSmall, Tensor.scalar(0, dtype: dtype), self)
  }
}
