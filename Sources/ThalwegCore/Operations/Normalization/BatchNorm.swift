/// batch_norm(x, ...): x [N, C, ...] normalised over all but the channels, times w [C] and plus b [C]; not in training,
/// with the running mean and variance instead (Ioffe & Szegedy 2015, "Batch normalization").
/// Derivative: that of `Normalization`; with running statistics by way of its parts.
extension Tensor {
  /// - Parameters:
  ///   - runningMean, runningVariance: [C] or, in training, nil. In training they become (1 - momentum) times themselves
  ///     plus momentum times the batch's, the variance unbiased.
  /// - Throws: `.shape` for one element a channel in training, `.invalidArgument` without statistics outside.
  public func batchNorm(
    _ runningMean: Tensor?, _ runningVariance: Tensor?, _ weight: Tensor? = nil, _ bias: Tensor? = nil,
    training: Bool = false, momentum: Double = 0.1, epsilon: Double = 1e-5
  ) throws(ThalwegError) -> Tensor {
    let name: StaticString = "batch_norm"
    if rank == 1, numel == 0 { return try self * 1 }
    guard rank >= 2 else {
      throw ThalwegError(.shape, "batch_norm: the input has shape \(shape); it must be [N, C, ...]")
    }
    let channels: Dims = [shape[1]]
    try checkNorm(runningMean, channels, "running_mean", name)
    try checkNorm(runningVariance, channels, "running_var", name)
    if !training { return try withStatistics(runningMean, runningVariance, weight, bias, epsilon, name) }
    try checkNorm(weight, channels, "weight", name)
    try checkNorm(bias, channels, "bias", name)
    if numel == 0 { return try self * 1 }
    let count = numel / shape[1]
    guard count > 1 else {
      throw ThalwegError(
        .shape,
        "batch_norm: in training, an input of \(shape) has one element a channel; at least two are needed")
    }
    let (result, y) = try overBatch(weight, bias, epsilon)
    try noGrad { () throws(ThalwegError) in
      try runningMean?.follow(result.mean.reshape(channels), momentum)
      try runningVariance?.follow(
        result.variance.reshape(channels) * (Double(count) / Double(count - 1)), momentum)
    }
    return y
  }

  private func overBatch(
    _ weight: Tensor?, _ bias: Tensor?, _ epsilon: Double
  ) throws(ThalwegError) -> (Normalization.Result, Tensor) {
    let (batch, channels, places) = (shape[0], shape[1], Dims(shape[2...]).product)
    let line: Dims = [1, channels, 1, 1]
    let (w, b) = (try weight?.reshape(line), try bias?.reshape(line))
    if places >= 16 || places == 1 || batch == 1 {
      let x = try reshape([batch, channels, 1, places])
      let result = try Normalization.apply(x, w, b, [.overBatch], epsilon: epsilon)
      return (result, try result.output.reshape(shape))
    }
    // The elements of a channel lie in many short pieces: side by side they are faster by more than a copy takes.
    let x = try reshape([batch, channels, places]).transpose(0, 1).reshape([1, channels, 1, batch * places])
    let result = try Normalization.apply(x, w, b, [], epsilon: epsilon)
    let y = try result.output.reshape([channels, batch, places]).transpose(0, 1).reshape(shape)
    return (result, y)
  }

  /// (x - mean) / √(variance + ε) w + b with given statistics, all [C].
  func withStatistics(
    _ mean: Tensor?, _ variance: Tensor?, _ weight: Tensor?, _ bias: Tensor?, _ epsilon: Double,
    _ name: StaticString
  ) throws(ThalwegError) -> Tensor {
    guard let mean, let variance else {
      throw ThalwegError(
        .invalidArgument,
        "\(name): running_mean and running_var are needed where the input's own are not used")
    }
    try checkNorm(weight, [shape[1]], "weight", name)
    try checkNorm(bias, [shape[1]], "bias", name)
    var line = Dims(repeating: 1, count: rank)
    line[1] = shape[1]
    var scale = try 1 / (variance + epsilon).sqrt()
    if let weight { scale = try scale * weight }
    let y = try (self - mean.reshape(line)) * scale.reshape(line)
    return if let bias { try y + bias.reshape(line) } else { y }
  }

  /// Becomes (1 - momentum) self + momentum value. A checkpointed function that runs again has done so already.
  func follow(_ value: Tensor, _ momentum: Double) throws(ThalwegError) {
    if CheckpointRun.isReplaying { return }
    try copy(from: self * (1 - momentum) + value * momentum)
  }
}
