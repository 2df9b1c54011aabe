/// group_norm(x, groups, w, b): x [N, C, ...] normalised over each group of C / groups neighbouring channels and all
/// places, times w [C] and plus b [C] (Wu & He 2018, "Group normalization").
/// instance_norm: the same with one channel a group (Ulyanov et al. 2016), or with running statistics.
/// Derivative: that of `Normalization`.
extension Tensor {
  public func groupNorm(
    _ groups: Int, _ weight: Tensor? = nil, _ bias: Tensor? = nil, epsilon: Double = 1e-5
  ) throws(ThalwegError) -> Tensor {
    try inGroups(groups, weight, bias, epsilon, "group_norm").output.reshape(shape)
  }

  private func inGroups(
    _ groups: Int, _ weight: Tensor?, _ bias: Tensor?, _ epsilon: Double, _ name: StaticString
  ) throws(ThalwegError) -> Normalization.Result {
    guard rank >= 2, groups > 0, shape[1] % groups == 0 else {
      throw ThalwegError(
        .shape, "\(name): an input of \(shape) has no [N, C, ...] with C divisible by \(groups) groups")
    }
    let channels = shape[1]
    try checkNorm(weight, [channels], "weight", name)
    try checkNorm(bias, [channels], "bias", name)
    let line: Dims = [1, groups, channels / groups, 1]
    return try Normalization.apply(
      reshape([shape[0], groups, channels / groups, Dims(shape[2...]).product]), weight?.reshape(line),
      bias?.reshape(line), [], epsilon: epsilon)
  }

  /// - Parameters:
  ///   - runningMean, runningVariance: [C] or nil. Where the input's own statistics are used, they become
  ///     (1 - momentum) times themselves plus momentum times the batch's mean of those (of unbiased variances).
  ///   - usesInputStatistics: else x is normalised with the running ones, which must be given.
  public func instanceNorm(
    _ runningMean: Tensor? = nil, _ runningVariance: Tensor? = nil, _ weight: Tensor? = nil,
    _ bias: Tensor? = nil, usesInputStatistics: Bool = true, momentum: Double = 0.1, epsilon: Double = 1e-5
  ) throws(ThalwegError) -> Tensor {
    let name: StaticString = "instance_norm"
    guard rank >= 2 else {
      throw ThalwegError(.shape, "instance_norm: the input has shape \(shape); it must be [N, C, ...]")
    }
    try checkNorm(runningMean, [shape[1]], "running_mean", name)
    try checkNorm(runningVariance, [shape[1]], "running_var", name)
    if !usesInputStatistics {
      return try withStatistics(runningMean, runningVariance, weight, bias, epsilon, name)
    }
    let places = Dims(shape[2...]).product
    guard places != 1 else {
      throw ThalwegError(
        .shape, "instance_norm: an input of \(shape) has one element a channel; at least two are needed")
    }
    if numel == 0 { return try self * 1 }
    let result = try inGroups(shape[1], weight, bias, epsilon, name)
    try noGrad { () throws(ThalwegError) in
      try runningMean?.follow(result.mean.mean([0]), momentum)
      try runningVariance?.follow(result.variance.mean([0]) * (Double(places) / Double(places - 1)), momentum)
    }
    return try result.output.reshape(shape)
  }
}
