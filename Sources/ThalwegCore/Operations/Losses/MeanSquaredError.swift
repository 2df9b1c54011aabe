/// mse_loss(x, t) = (x - t)², elementwise with broadcasting, then reduced.
/// Derivative: by way of its parts.
extension Tensor {
  public func mseLoss(_ target: Tensor, reduction: Reduce = .mean) throws(ThalwegError) -> Tensor {
    try checkLoss(target, "mse_loss")
    let difference = try self - target
    return try (difference * difference).reduced(reduction)
  }
}
