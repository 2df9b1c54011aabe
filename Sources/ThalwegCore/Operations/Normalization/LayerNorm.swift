/// layer_norm(x, shape, w, b): each part of x over the last dimensions, which `shape` names, normalised to mean 0 and
/// variance 1, times w and plus b of that shape (Ba et al. 2016, "Layer normalization").
/// rms_norm(x, shape, w): divided by the root of its mean square instead (Zhang & Sennrich 2019, "Root mean square layer
/// normalization").
/// Derivative: that of `Normalization`.
extension Tensor {
  public func layerNorm(
    _ normalized: Dims, _ weight: Tensor? = nil, _ bias: Tensor? = nil, epsilon: Double = 1e-5
  ) throws(ThalwegError) -> Tensor {
    try overLast(normalized, weight, bias, [.perElement], epsilon, "layer_norm")
  }

  /// - Parameter epsilon: nil for the dtype's distance from 1 to the next number (as PyTorch).
  public func rmsNorm(
    _ normalized: Dims, _ weight: Tensor? = nil, epsilon: Double? = nil
  ) throws(ThalwegError) -> Tensor {
    let smallest = dtype == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne)
    return try overLast(
      normalized, weight, nil, [.perElement, .uncentred], epsilon ?? smallest, "rms_norm")
  }

  private func overLast(
    _ normalized: Dims, _ weight: Tensor?, _ bias: Tensor?, _ form: Normalization.Form, _ epsilon: Double,
    _ name: StaticString
  ) throws(ThalwegError) -> Tensor {
    let kept = rank - normalized.count
    guard kept >= 0, normalized.count > 0, Dims(shape[kept...]) == normalized else {
      throw ThalwegError(
        .shape, "\(name): the input has shape \(shape); its last dimensions must be \(normalized)")
    }
    let length = normalized.product
    try checkNorm(weight, normalized, "weight", name)
    try checkNorm(bias, normalized, "bias", name)
    let line: Dims = [1, 1, 1, length]
    let result = try Normalization.apply(
      reshape([Dims(shape[..<kept]).product, 1, 1, length]), weight?.reshape(line), bias?.reshape(line), form,
      epsilon: epsilon)
    return try result.output.reshape(shape)
  }

  /// Checks this input of a normalisation and a tensor beside it.
  func checkNorm(
    _ parameter: Tensor?, _ expected: Dims, _ argument: StaticString, _ name: StaticString
  ) throws(ThalwegError) {
    guard dtype.isFloat else { throw unsupported(name, dtype) }
    guard let parameter else { return }
    guard parameter.shape == expected else {
      throw ThalwegError(
        .shape,
        "\(name): the \(argument) has shape \(parameter.shape); for an input of \(shape) it must be \(expected)"
      )
    }
    guard parameter.dtype == dtype else {
      throw ThalwegError(
        .dtype, "\(name): the \(argument) is \(parameter.dtype), the input \(dtype); they must be equal")
    }
  }
}
