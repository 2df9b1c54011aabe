/// prelu(x, w): x where x > 0, else w x, with one w or one for each channel of x [N, C, ...] (He et al. 2015, "Delving
/// deep into rectifiers").
/// rrelu(x, l, u): the same with a w for each element, uniform in [l, u) in training and (l + u) / 2 outside (Xu et al.
/// 2015, "Empirical evaluation of rectified activations in convolutional network").
/// Derivative: by way of their parts.
extension Tensor {
  /// - Parameter weight: of one element, or of as many as there are channels.
  public func prelu(_ weight: Tensor) throws(ThalwegError) -> Tensor {
    guard dtype.isFloat, weight.dtype == dtype else {
      throw ThalwegError(
        .dtype, "prelu: the input is \(dtype), the weight \(weight.dtype); both must be of one float type")
    }
    let channels = rank >= 2 ? shape[1] : 1
    guard weight.rank <= 1, weight.numel == 1 || weight.numel == channels else {
      throw ThalwegError(
        .shape,
        "prelu: the weight has shape \(weight.shape) for an input of \(shape); it must have 1 or \(channels) elements"
      )
    }
    var line = Dims(repeating: 1, count: rank)
    if weight.numel > 1 { line[1] = channels }
    return try leaky(weight.reshape(line))
  }

  public func rrelu(
    lower: Double = 1.0 / 8, upper: Double = 1.0 / 3, training: Bool = false, generator: Generator = .default
  ) throws(ThalwegError) -> Tensor {
    guard dtype.isFloat else { throw unsupported("rrelu", dtype) }
    guard lower <= upper, (upper - lower).isFinite else {
      throw ThalwegError(.invalidArgument, "rrelu: from \(lower) to \(upper) is no interval")
    }
    if !training { return try leakyReLU((lower + upper) / 2) }
    let slopes = try noGrad { () throws(ThalwegError) in
      // The same in both float dtypes.
      try (Tensor.rand(shape, dtype: .float64, generator: generator) * (upper - lower) + lower).to(dtype)
    }
    return try leaky(slopes)
  }

  private func leaky(_ slope: Tensor) throws(ThalwegError) -> Tensor {
    let isPositive = try noGrad { () throws(ThalwegError) in
      try detach().greater(Tensor.scalar(0, dtype: dtype))
    }
    return try Tensor.where(isPositive, self, self * slope)
  }
}
