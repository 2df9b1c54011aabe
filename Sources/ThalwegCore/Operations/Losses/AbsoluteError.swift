/// l1_loss(x, t) = |x - t|, elementwise with broadcasting, then reduced.
/// smooth_l1_loss(x, t, β) = (x - t)² / 2β where |x - t| < β, else |x - t| - β / 2 (Girshick 2015, "Fast R-CNN"); |x - t|
/// for β = 0.
/// huber_loss(x, t, δ) = (x - t)² / 2 where |x - t| <= δ, else δ (|x - t| - δ / 2) (Huber 1964).
/// Derivative: by way of their parts.
extension Tensor {
  public func l1Loss(_ target: Tensor, reduction: Reduce = .mean) throws(ThalwegError) -> Tensor {
    _ = try Dims.broadcast(shape, target.shape, in: "l1_loss")
    return try (self - target).abs().reduced(reduction)
  }

  public func smoothL1Loss(
    _ target: Tensor, reduction: Reduce = .mean, beta: Double = 1
  ) throws(ThalwegError) -> Tensor {
    guard beta >= 0 else {
      throw ThalwegError(.invalidArgument, "smooth_l1_loss: beta is \(beta); it must not be negative")
    }
    if beta == 0 { return try l1Loss(target, reduction: reduction) }
    try checkLoss(target, "smooth_l1_loss")
    let difference = try self - target
    let distance = try difference.abs()
    let isNear = try distance.less(Tensor.scalar(beta, dtype: distance.dtype))
    return try Tensor.where(isNear, difference * difference * (0.5 / beta), distance - 0.5 * beta)
      .reduced(reduction)
  }

  public func huberLoss(
    _ target: Tensor, reduction: Reduce = .mean, delta: Double = 1
  ) throws(ThalwegError) -> Tensor {
    guard delta > 0 else {
      throw ThalwegError(.invalidArgument, "huber_loss: delta is \(delta); it must be positive")
    }
    try checkLoss(target, "huber_loss")
    let difference = try self - target
    let distance = try difference.abs()
    let isNear = try distance.lessOrEqual(Tensor.scalar(delta, dtype: distance.dtype))
    return try Tensor.where(isNear, difference * difference * 0.5, (distance - 0.5 * delta) * delta)
      .reduced(reduction)
  }
}
