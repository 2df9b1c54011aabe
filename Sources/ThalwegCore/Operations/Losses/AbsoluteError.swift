import CKernels

/// l1_loss(x, t) = |x - t|, elementwise with broadcasting, then reduced.
/// smooth_l1_loss(x, t, β) = (x - t)² / 2β where |x - t| < β, else |x - t| - β / 2 (Girshick 2015, "Fast R-CNN"); |x - t|
/// for β = 0.
/// huber_loss(x, t, δ) = (x - t)² / 2 where |x - t| <= δ, else δ (|x - t| - δ / 2) (Huber 1964).
/// Derivative: that of `Deviation`; where shapes or dtypes differ by way of their parts; of `Huber` the difference clamped to [-δ, δ].
extension Tensor {
  public func l1Loss(_ target: Tensor, reduction: Reduce = .mean) throws(ThalwegError) -> Tensor {
    _ = try Dims.broadcast(shape, target.shape, in: "l1_loss")
    if let loss = try deviation(from: target, .magnitude, reduced: reduction) { return loss }
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
    if let loss = try deviation(from: target, .huber, beta, factor: 1 / beta, reduced: reduction) {
      return loss
    }
    return try (Huber.apply(self - target, beta) / beta).reduced(reduction)
  }

  public func huberLoss(
    _ target: Tensor, reduction: Reduce = .mean, delta: Double = 1
  ) throws(ThalwegError) -> Tensor {
    guard delta > 0 else {
      throw ThalwegError(.invalidArgument, "huber_loss: delta is \(delta); it must be positive")
    }
    try checkLoss(target, "huber_loss")
    if let loss = try deviation(from: target, .huber, delta, reduced: reduction) { return loss }
    return try Huber.apply(self - target, delta).reduced(reduction)
  }
}

/// x² / 2 where |x| <= p, else p (|x| - p / 2), elementwise.
/// Derivative: g times x clamped to [-p, p].
private enum Huber: ParametricActivation {
  static let name: StaticString = "huber"
  static func kernel(_ activations: tk_activations) -> tk_activation { activations.huber }

  static func derivative(
    _ g: Tensor, _ x: Tensor, _ p: Double, _ q: Double
  ) throws(ThalwegError) -> Tensor {
    try g * x.clamp(min: -p, max: p)
  }
}
