/// mse_loss(x, t) = (x - t)², elementwise with broadcasting, then reduced.
/// Derivative: by way of its parts.
extension Tensor {
  public func mseLoss(_ target: Tensor, reduction: Reduce = .mean) throws(ThalwegError) -> Tensor {
    guard dtype.isFloat, target.dtype.isFloat else {
      throw ThalwegError(.dtype, "mse_loss: input \(dtype), target \(target.dtype); both must be float")
    }
    let difference = try self - target
    let squares = try difference * difference
    switch reduction {
    case .none: return squares
    case .mean: return try squares.mean()
    case .sum: return try squares.sum()
    }
  }
}
