package import CKernels

/// hardtanh(x): x clamped to [p, q], elementwise; NaN stays.
/// Derivative: g in (p, q), bounds excluded (as PyTorch), else 0.
package enum HardTanh: ParametricActivation {
  package static let name: StaticString = "hardtanh"
  package static func kernel(_ activations: tk_activations) -> tk_activation { activations.hardtanh }

  package static func derivative(
    _ g: Tensor, _ x: Tensor, _ p: Double, _ q: Double
  ) throws(ThalwegError) -> Tensor {
    let isInside = try x.greater(Tensor.scalar(p, dtype: x.dtype))
      .logicalAnd(x.less(Tensor.scalar(q, dtype: x.dtype)))
    return try Tensor.where(isInside, g, Tensor.scalar(0, dtype: g.dtype))
  }
}

extension Tensor {
  /// Of integers with the bounds cut to whole numbers.
  /// - Throws: `.invalidArgument` for min > max.
  public func hardTanh(min: Double = -1, max: Double = 1) throws(ThalwegError) -> Tensor {
    guard min <= max else {
      throw ThalwegError(.invalidArgument, "hardtanh: min_val is \(min), above max_val, \(max)")
    }
    if dtype.isFloat { return try HardTanh.apply(self, min, max) }
    return try clamp(min: min.rounded(.towardZero), max: max.rounded(.towardZero))
  }

  /// relu6(x): x clamped to [0, 6]. Krizhevsky 2010.
  public func relu6() throws(ThalwegError) -> Tensor { try hardTanh(min: 0, max: 6) }

  /// hardsigmoid(x) = relu6(x + 3) / 6. Howard et al. 2019.
  public func hardSigmoid() throws(ThalwegError) -> Tensor { try HardTanh.apply(self + 3, 0, 6) / 6 }

  /// hardswish(x) = x relu6(x + 3) / 6. Howard et al. 2019, "Searching for MobileNetV3".
  public func hardSwish() throws(ThalwegError) -> Tensor { try self * hardSigmoid() }
}
