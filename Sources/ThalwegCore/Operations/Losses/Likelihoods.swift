/// Negative log-likelihoods of what a net says a distribution is. Derivatives: by way of their parts.
extension Tensor {
  /// gaussian_nll_loss(μ, t, v) = (log max(v, ε) + (μ - t)² / max(v, ε)) / 2, plus log(2π) / 2 if `full` (Nix & Weigend
  /// 1994). The gradient for v is as if v had not been raised to ε (as PyTorch's).
  /// - Parameter variance: of this tensor's shape, or of one that has 1 in the place of its last dimension or lacks it.
  /// - Throws: `.invalidArgument` for a negative variance.
  public func gaussianNLLLoss(
    _ target: Tensor, _ variance: Tensor, full: Bool = false, epsilon: Double = 1e-6,
    reduction: Reduce = .mean
  ) throws(ThalwegError) -> Tensor {
    let name: StaticString = "gaussian_nll_loss"
    try checkLoss(target, name)
    var spread = variance
    if spread.shape != shape {
      if rank > 0, spread.shape == Dims(shape.dropLast()) { spread = try spread.unsqueeze(-1) }
      guard try Dims.broadcast(shape, spread.shape, in: name) == shape, spread.dtype.isFloat else {
        throw ThalwegError(
          .shape,
          "\(name): the variance has shape \(variance.shape); for input \(shape) it must be that, or 1 at its end"
        )
      }
    }
    let least = try noGrad { () throws(ThalwegError) in spread.numel > 0 ? try spread.amin().item() : 0 }
    if least < 0 {
      throw ThalwegError(.invalidArgument, "\(name): the variance has negative elements")
    }
    let raised = try spread.raisedUnseen(to: epsilon)
    let difference = try self - target
    var losses = try (raised.log() + difference * difference / raised) * 0.5
    if full { losses = try losses + 0.9189385332046727 }  // log(2π) / 2
    return try losses.reduced(reduction)
  }

  /// poisson_nll_loss(x, t) = e^x - t x, or without `logInput` x - t log(x + ε); plus Stirling's t log t - t + log(2π t) / 2
  /// where t > 1 if `full`.
  public func poissonNLLLoss(
    _ target: Tensor, logInput: Bool = true, full: Bool = false, epsilon: Double = 1e-8,
    reduction: Reduce = .mean
  ) throws(ThalwegError) -> Tensor {
    _ = try Dims.broadcast(shape, target.shape, in: "poisson_nll_loss")
    var losses = try logInput ? exp() - target * self : self - target * (self + epsilon).log()
    if full {
      let one = try Tensor.scalar(1, dtype: target.dtype)
      let isSmall = try target.lessOrEqual(one)
      let t = try Tensor.where(isSmall, one, target)
      let stirling = try t * t.log() - t + (t * (2 * Double.pi)).log() * 0.5
      losses = try losses + Tensor.where(isSmall, Tensor.scalar(0, dtype: target.dtype), stirling)
    }
    return try losses.reduced(reduction)
  }

  /// At least `least`, with the gradient of this tensor.
  func raisedUnseen(to least: Double) throws(ThalwegError) -> Tensor {
    let lift = try noGrad { () throws(ThalwegError) in try clamp(min: least) - self }
    return try self + lift
  }
}
