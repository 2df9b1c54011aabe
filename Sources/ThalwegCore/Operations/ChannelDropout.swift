/// Dropout of whole channels, and dropout that keeps mean and variance.
/// Derivative: by way of their parts; the mask is a constant.
extension Tensor {
  /// Sets whole channels of x [N, C, ...] to 0 with probability `p` and scales the others by 1 / (1 - p) (Tompson et al.
  /// 2015, "Efficient object localization using convolutional networks").
  public func featureDropout(
    _ p: Double = 0.5, training: Bool = true, generator: Generator = .default
  ) throws(ThalwegError) -> Tensor {
    guard rank >= 2 else {
      throw ThalwegError(.shape, "feature_dropout: the input has shape \(shape); it must be [N, C, ...]")
    }
    return try self * channels().dropout(p, training: training, generator: generator)
  }

  /// Sets elements to the negative limit of SELU with probability `p`, then scales and shifts so that mean 0 and variance 1
  /// stay (Klambauer et al. 2017, "Self-normalizing neural networks").
  /// - Parameter wholeChannels: whole channels of x [N, C, ...] rather than elements.
  public func alphaDropout(
    _ p: Double = 0.5, training: Bool = true, wholeChannels: Bool = false, generator: Generator = .default
  ) throws(ThalwegError) -> Tensor {
    guard p >= 0, p <= 1 else {
      throw ThalwegError(.invalidArgument, "alpha_dropout: the probability is \(p); it must be from 0 to 1")
    }
    guard dtype.isFloat else { throw unsupported("alpha_dropout", dtype) }
    guard rank >= 2 || !wholeChannels else {
      throw ThalwegError(.shape, "alpha_dropout: the input has shape \(shape); it must be [N, C, ...]")
    }
    if !training || p == 0 { return self }
    if p == 1 { return try self * 0 }
    let limit = 1.7580993408473766  // of SELU: scale times alpha
    let scale = 1 / ((limit * limit * p + 1) * (1 - p)).squareRoot()
    let kept = try noGrad { () throws(ThalwegError) in
      let ones = wholeChannels ? try channels() : try Tensor.ones(shape, dtype: dtype)
      return try ones.dropout(p, generator: generator).sign()
    }
    return try self * (kept * scale) + (kept - 1 + p) * (limit * scale)
  }

  /// 1 for each channel, in a shape that broadcasts.
  private func channels() throws(ThalwegError) -> Tensor {
    var line = Dims(repeating: 1, count: rank)
    (line[0], line[1]) = (shape[0], shape[1])
    return try Tensor.ones(line, dtype: dtype)
  }
}
