/// mean(x, dims): the sum over `dims` (none given: all) divided by their number of elements; floats only. Of no
/// elements: NaN.
/// Derivative: g / count repeated along `dims`, by way of `sum`.
extension Tensor {
  public func mean(_ dims: Dims = [], keepDim: Bool = false) throws(ThalwegError) -> Tensor {
    guard dtype.isFloat else {
      throw ThalwegError(.dtype, "mean: the tensor is \(dtype); only floats have a mean, convert with to()")
    }
    let count = try ReducedDims(shape, dims, in: "mean").count
    return try sum(dims, keepDim: keepDim) / Double(count)
  }
}
