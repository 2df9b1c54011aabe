public import ThalwegCore

/// y = x Wᵀ + b, with `weight` [out, in] and `bias` [out].
/// Shape: [..., in] to [..., out].
///
/// At the start both are uniform in ±1/√in, as PyTorch's: for the weight that is Kaiming's with a = √5.
public final class Linear: Module {
  public let inputSize: Int
  public let outputSize: Int

  /// - Throws: `.invalidArgument` for sizes below 1, `.dtype` unless float, `.outOfMemory`.
  public convenience init(
    _ inputSize: Int, _ outputSize: Int, bias: Bool = true, dtype: DType = .float32,
    generator: Generator = .default
  ) throws(ThalwegError) {
    try self.init(withoutParameters: inputSize, outputSize)
    guard dtype.isFloat else {
      throw ThalwegError(
        .dtype, "Linear: parameters of \(dtype) cannot be trained; choose float32 or float64")
    }
    let weight = try Tensor.empty([outputSize, inputSize], dtype: dtype)
    try Init.kaimingUniform(weight, slope: 5.0.squareRoot(), nonlinearity: .leakyReLU, generator: generator)
    try weight.setRequiresGrad(true)
    try registerParameter("weight", weight)
    if bias {
      let bound = 1 / Double(inputSize).squareRoot()
      let bias = try Tensor.empty([outputSize], dtype: dtype)
      try Init.uniform(bias, -bound, bound, generator: generator)
      try bias.setRequiresGrad(true)
      try registerParameter("bias", bias)
    }
  }

  private init(withoutParameters inputSize: Int, _ outputSize: Int) throws(ThalwegError) {
    guard inputSize >= 1, outputSize >= 1 else {
      throw ThalwegError(
        .invalidArgument, "Linear: \(inputSize) inputs and \(outputSize) outputs; both must be at least 1")
    }
    self.inputSize = inputSize
    self.outputSize = outputSize
    super.init()
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.linear(requiredParameter("weight"), parameter("bias"))
  }

  /// `forward` with other parameters and an activation of the result, unrecorded.
  static func evaluate(
    _ input: Tensor, _ weight: Tensor, _ bias: Tensor?, activation: Int32
  ) throws(ThalwegError) -> Tensor {
    try ThalwegCore.Linear.apply(input, weight, bias, activation: activation)
  }
}

extension Linear: DescribedLayer {
  package var options: LayerOptions { ["in_features": .int(inputSize), "out_features": .int(outputSize)] }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try Linear(withoutParameters: options.size("in_features"), options.size("out_features"))
  }
}
