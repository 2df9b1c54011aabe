public import ThalwegCore

/// Σ over i, j of x_i weight_kij y_j, plus bias_k, of two inputs, with `weight` [out, in1, in2] and `bias` [out].
/// Shape: [..., in1] and [..., in2] to [..., out].
///
/// At the start both are uniform in ±1/√in1, as PyTorch's.
public final class Bilinear: Module, DescribedLayer {
  public let inputSizes: (Int, Int)
  public let outputSize: Int

  /// - Throws: `.invalidArgument` for sizes below 1, `.dtype` unless float, `.outOfMemory`.
  public convenience init(
    _ first: Int, _ second: Int, _ outputSize: Int, bias: Bool = true, dtype: DType = .float32,
    generator: Generator = .default
  ) throws(ThalwegError) {
    try self.init(withoutParameters: first, second, outputSize)
    try Self.checkFloat(dtype)
    let bound = 1 / Double(first).squareRoot()
    for (name, shape) in [("weight", [outputSize, first, second] as Dims), ("bias", [outputSize])] {
      if name == "bias" && !bias { continue }
      let tensor = try Tensor.empty(shape, dtype: dtype)
      try Init.uniform(tensor, -bound, bound, generator: generator)
      try tensor.setRequiresGrad(true)
      try registerParameter(name, tensor)
    }
  }

  private init(withoutParameters first: Int, _ second: Int, _ output: Int) throws(ThalwegError) {
    (inputSizes, outputSize) = ((first, second), output)
    super.init()
    try Self.require(
      first >= 1 && second >= 1 && output >= 1,
      "\(first) and \(second) inputs and \(output) outputs; all must be at least 1")
  }

  public func callAsFunction(_ first: Tensor, _ second: Tensor) throws(ThalwegError) -> Tensor {
    try first.bilinear(second, requiredParameter("weight"), parameter("bias"))
  }

  /// - Throws: `.invalidArgument`: there must be two inputs.
  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    throw ThalwegError(.invalidArgument, "Bilinear: there is one input; call it with two")
  }

  package var options: LayerOptions {
    [
      "in1_features": .int(inputSizes.0), "in2_features": .int(inputSizes.1),
      "out_features": .int(outputSize),
    ]
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try Bilinear(
      withoutParameters: options.size("in1_features"), options.size("in2_features"),
      options.size("out_features"))
  }
}
