public import ThalwegCore

/// Filters sliding over images: `weight` [out, in / groups, kernel height, kernel width] and `bias` [out].
/// Shape: [N, in, H, W] to [N, out, H', W'], or both without N;
/// H' = ⌊(H + padding before and behind - dilation (kernel height - 1) - 1) / stride⌋ + 1.
///
/// At the start both are uniform in ±1/√(in / groups · kernel height · kernel width), as PyTorch's: for the weight that
/// is Kaiming's with a = √5.
public final class Conv2d: Module {
  /// What is put around the image, in zeros.
  public enum Padding {
    /// Rows above and below, columns left and right: one number, or one for height and one for width; or four, for top,
    /// left, bottom and right.
    case zeros(Dims)
    /// As many as make the output as large as the input; the odd one goes below and to the right. For stride 1.
    case same

    public static var valid: Padding { .zeros([0]) }
  }

  public let inputChannels: Int
  public let outputChannels: Int
  /// Height and width.
  public let kernel: Dims
  public let stride: Dims
  /// As it is used: top, left, bottom and right.
  public let padding: Dims
  public let dilation: Dims
  public let groups: Int

  /// - Parameter kernel: one number, or one for height and one for width; as well `stride` and `dilation`.
  /// - Throws: `.invalidArgument` for numbers out of range, groups that do not divide the channels, or `same` with a
  ///   stride; `.dtype` unless float; `.outOfMemory`.
  public convenience init(
    _ inputChannels: Int, _ outputChannels: Int, kernel: Dims, stride: Dims = [1], padding: Padding = .valid,
    dilation: Dims = [1], groups: Int = 1, bias: Bool = true, dtype: DType = .float32,
    generator: Generator = .default
  ) throws(ThalwegError) {
    try self.init(
      withoutParameters: inputChannels, outputChannels, kernel: kernel, stride: stride, padding: padding,
      dilation: dilation, groups: groups)
    guard dtype.isFloat else {
      throw ThalwegError(
        .dtype, "Conv2d: parameters of \(dtype) cannot be trained; choose float32 or float64")
    }
    let (height, width) = (self.kernel[0], self.kernel[1])
    let weight = try Tensor.empty([outputChannels, inputChannels / groups, height, width], dtype: dtype)
    try Init.kaimingUniform(weight, slope: 5.0.squareRoot(), nonlinearity: .leakyReLU, generator: generator)
    try weight.setRequiresGrad(true)
    try registerParameter("weight", weight)
    if bias {
      let bound = 1 / (Double(inputChannels / groups) * Double(height) * Double(width)).squareRoot()
      let bias = try Tensor.empty([outputChannels], dtype: dtype)
      try Init.uniform(bias, -bound, bound, generator: generator)
      try bias.setRequiresGrad(true)
      try registerParameter("bias", bias)
    }
  }

  private init(
    withoutParameters inputChannels: Int, _ outputChannels: Int, kernel: Dims, stride: Dims, padding: Padding,
    dilation: Dims, groups: Int
  ) throws(ThalwegError) {
    let (height, width) = try windowPair(kernel, "kernel_size", atLeast: 1, in: "Conv2d")
    let dilations = try windowPair(dilation, "dilation", atLeast: 1, in: "Conv2d")
    let strides = try windowPair(stride, "stride", atLeast: 1, in: "Conv2d")
    guard inputChannels >= 1, outputChannels >= 1, groups >= 1, inputChannels % groups == 0,
      outputChannels % groups == 0
    else {
      throw ThalwegError(
        .invalidArgument,
        """
        Conv2d: \(inputChannels) input and \(outputChannels) output channels in \(groups) groups; all must be at least \
        1, and groups divide both
        """)
    }
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.kernel = [height, width]
    self.stride = [strides.0, strides.1]
    self.dilation = [dilations.0, dilations.1]
    self.groups = groups
    self.padding = try Conv2d.resolve(padding, [height, width], self.dilation, self.stride)
    super.init()
  }

  private static func resolve(
    _ padding: Padding, _ kernel: Dims, _ dilation: Dims, _ stride: Dims
  ) throws(ThalwegError) -> Dims {
    switch padding {
    case .zeros(let zeros):
      let (before, behind) = try paddingPairs(zeros, in: "Conv2d")
      return [before.0, before.1, behind.0, behind.1]
    case .same:
      guard stride == [1, 1] else {
        throw ThalwegError(
          .invalidArgument,
          "Conv2d: padding 'same' keeps height and width, which a stride of \(stride) cannot; give the padding in numbers"
        )
      }
      let (height, width) = (dilation[0] * (kernel[0] - 1), dilation[1] * (kernel[1] - 1))
      return [height / 2, width / 2, height - height / 2, width - width / 2]
    }
  }

  public override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
    try input.conv2d(
      requiredParameter("weight"), parameter("bias"), stride: stride, padding: padding, dilation: dilation,
      groups: groups)
  }
}

extension Conv2d: DescribedLayer {
  package var options: LayerOptions {
    [
      "in_channels": .int(inputChannels), "out_channels": .int(outputChannels),
      "kernel_size": .ints(Array(kernel)), "stride": .ints(Array(stride)), "padding": .ints(Array(padding)),
      "dilation": .ints(Array(dilation)), "groups": .int(groups),
    ]
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    try Conv2d(
      withoutParameters: options.size("in_channels"), options.size("out_channels"),
      kernel: options.dims("kernel_size", 2...2), stride: options.dims("stride", 2...2),
      padding: .zeros(options.dims("padding", 4...4)), dilation: options.dims("dilation", 2...2),
      groups: options.size("groups"))
  }
}
