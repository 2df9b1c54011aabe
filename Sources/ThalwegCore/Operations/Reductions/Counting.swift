import CKernels

// Reductions of what is not 0; NaN is not. No derivatives.

extension Tensor {
  /// Whether all elements over `dims` (none given: all dimensions) are not 0; true of no elements. Bool, but uint8 for
  /// uint8 (as PyTorch).
  public func all(_ dims: Dims = [], keepDim: Bool = false) throws(ThalwegError) -> Tensor {
    try logical("all", dims, keepDim, ofNone: 1) { x, dims throws(ThalwegError) in
      try x.amin(dims, keepDim: keepDim)
    }
  }

  /// Whether an element over `dims` (none given: all dimensions) is not 0; false of no elements. Dtype as `all`.
  public func any(_ dims: Dims = [], keepDim: Bool = false) throws(ThalwegError) -> Tensor {
    try logical("any", dims, keepDim, ofNone: 0) { x, dims throws(ThalwegError) in
      try x.amax(dims, keepDim: keepDim)
    }
  }

  private func logical(
    _ name: StaticString, _ dims: Dims, _ keepDim: Bool, ofNone: Double,
    _ reduce: (Tensor, Dims) throws(ThalwegError) -> Tensor
  ) throws(ThalwegError) -> Tensor {
    let over = try ReducedDims(shape, dims, in: name)
    return try noGrad { () throws(ThalwegError) in
      let result =
        over.count == 0
        ? try Tensor.full(over.shape(keepDim: keepDim), ofNone, dtype: .bool)
        : try reduce(to(.bool), over.dims)
      return dtype == .uint8 ? try result.to(.uint8) : result
    }
  }

  /// The number of elements over `dims` (none given: all dimensions) that are not 0, int64.
  public func countNonzero(_ dims: Dims = []) throws(ThalwegError) -> Tensor {
    let over = try ReducedDims(shape, dims, in: "count_nonzero")
    return try noGrad { () throws(ThalwegError) in try to(.bool).sum(over.dims) }
  }

  /// nansum(x, dims): the sum of the elements that are not NaN. Derivative: g at those, 0 at the others.
  public func nanSum(_ dims: Dims = [], keepDim: Bool = false) throws(ThalwegError) -> Tensor {
    let isNaN = try notEqual(self)
    return try Tensor.where(isNaN, Tensor.scalar(0, dtype: dtype), self).sum(dims, keepDim: keepDim)
  }

  /// nanmean(x, dims): the mean of the elements that are not NaN; NaN where there are none. Floats.
  public func nanMean(_ dims: Dims = [], keepDim: Bool = false) throws(ThalwegError) -> Tensor {
    guard dtype.isFloat else { throw unsupported("nanmean", dtype) }
    let counted = try equal(self).to(dtype).sum(dims, keepDim: keepDim)
    return try nanSum(dims, keepDim: keepDim) / counted
  }
}
