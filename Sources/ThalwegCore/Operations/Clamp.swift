package import CKernels

/// clamp(x) to [p, q], elementwise; q where p > q, NaN stays.
/// Derivative: g in [p, q], bounds included (as PyTorch), else 0.
package enum Clamp: ParametricActivation {
  package static let name: StaticString = "clamp"
  package static func kernel(_ activations: tk_activations) -> tk_activation { activations.clamp }

  package static func derivative(
    _ g: Tensor, _ x: Tensor, _ p: Double, _ q: Double
  ) throws(ThalwegError) -> Tensor {
    let isInside = try x.greaterOrEqual(Tensor.scalar(p, dtype: x.dtype))
      .logicalAnd(x.lessOrEqual(Tensor.scalar(q, dtype: x.dtype)))
    return try Tensor.where(isInside, g, Tensor.scalar(0, dtype: g.dtype))
  }
}

extension Tensor {
  /// Clamps to [min, max], either of which may be nil; dtypes promote, so fractions beside integers give float32.
  /// - Throws: `.invalidArgument` if both are nil.
  public func clamp(min: Double? = nil, max: Double? = nil) throws(ThalwegError) -> Tensor {
    if dtype.isFloat, min != nil || max != nil, min?.isNaN != true, max?.isNaN != true {
      return try Clamp.apply(self, min ?? -.infinity, max ?? .infinity)
    }
    let low = if let min { try Tensor.number(min, beside: self) } else { Tensor?.none }
    let high = if let max { try Tensor.number(max, beside: self) } else { Tensor?.none }
    return try clamp(min: low, max: high)
  }

  /// Clamps to [min, max] elementwise with broadcasting. A bound gets the gradient of the elements it replaces.
  /// - Throws: `.invalidArgument` if both are nil.
  public func clamp(min: Tensor?, max: Tensor?) throws(ThalwegError) -> Tensor {
    guard min != nil || max != nil else {
      throw ThalwegError(.invalidArgument, "clamp: neither min nor max is given; at least one is needed")
    }
    if dtype.isFloat, let low = try plainNumber(min, -.infinity), let high = try plainNumber(max, .infinity) {
      return try Clamp.apply(self, low, high)
    }
    var y = self
    if let min { y = try y.replaced(by: min, where: y.less(min)) }
    if let max { y = try y.replaced(by: max, where: y.greater(max)) }
    return y
  }

  /// The larger of this and `bound`. A bound that is a mere number gets no gradient, and this all of it where both are
  /// equal; otherwise they share it there, as in `maximum`. PyTorch's clamp_min.
  public func clampMin(_ bound: Tensor) throws(ThalwegError) -> Tensor {
    try plainNumber(bound, 0) == nil ? maximum(bound) : clamp(min: bound, max: nil)
  }

  /// The smaller of this and `bound`; see `clampMin`.
  public func clampMax(_ bound: Tensor) throws(ThalwegError) -> Tensor {
    try plainNumber(bound, 0) == nil ? minimum(bound) : clamp(min: nil, max: bound)
  }

  /// The value of a bound that is a mere number, with which the result has this tensor's dtype; nil for other bounds.
  private func plainNumber(_ bound: Tensor?, _ none: Double) throws(ThalwegError) -> Double? {
    guard let bound else { return none }
    guard bound.rank == 0, !bound.requiresGrad, DType.result(self, bound) == dtype else { return nil }
    let value = try bound.item()
    return value.isNaN ? nil : value
  }

  /// `bound` where `beyond`, or where it is NaN.
  private func replaced(by bound: Tensor, where beyond: Tensor) throws(ThalwegError) -> Tensor {
    let isNaN = try bound.dtype.isFloat ? bound.isNaN() : Tensor.scalar(0, dtype: .bool)
    return try Tensor.where(beyond.logicalOr(isNaN), bound, self)
  }
}
