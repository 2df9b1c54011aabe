/// kl_div(x, t) = t (log t - x), and 0 where t = 0; with `logTarget` e^t (t - x): the Kullback-Leibler divergence of a
/// distribution t and the one whose logarithms x are, elementwise with broadcasting, then reduced.
/// Derivative: by way of its parts.
extension Tensor {
  /// - Parameter reduction: the divergence proper is the sum divided by the batch's size ("batchmean" in PyTorch).
  public func klDivergence(
    _ target: Tensor, reduction: Reduce = .mean, logTarget: Bool = false
  ) throws(ThalwegError) -> Tensor {
    try checkLoss(target, "kl_div")
    if logTarget { return try (target.exp() * (target - self)).reduced(reduction) }
    let zero = try Tensor.scalar(0, dtype: target.dtype)
    let one = try Tensor.scalar(1, dtype: target.dtype)
    let logarithm = try Tensor.where(target.equal(zero), one, target).log()
    return try (target * logarithm - target * self).reduced(reduction)
  }
}
