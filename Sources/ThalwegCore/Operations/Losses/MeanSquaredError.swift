/// mse_loss(x, t) = (x - t)², elementwise with broadcasting, then reduced.
/// Derivative: that of `Deviation`; where shapes or dtypes differ by way of its parts.
extension Tensor {
  public func mseLoss(_ target: Tensor, reduction: Reduce = .mean) throws(ThalwegError) -> Tensor {
    try checkLoss(target, "mse_loss")
    if let loss = try deviation(from: target, .square, reduced: reduction) { return loss }
    let difference = try self - target
    return try (difference * difference).reduced(reduction)
  }
}
