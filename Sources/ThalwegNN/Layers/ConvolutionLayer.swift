public import ThalwegCore

/// What the convolution layers share: `weight` and `bias`, and how the filters move.
///
/// At the start both are uniform in ±1/√fan, as PyTorch's: for the weight that is Kaiming's with a = √5. The fan is what
/// the weight's parts along its first dimension hold: in / groups · kernel, of a transposed convolution out / groups ·
/// kernel.
public class ConvolutionLayer: Module {
  public typealias Padding = ConvolutionPadding

  public let inputChannels: Int
  public let outputChannels: Int
  /// A number a direction: height and width, or length; as well `stride`, `dilation` and `outputPadding`.
  public let kernel: Dims
  public let stride: Dims
  /// As it is used, a number a side: top, left, bottom and right, or left and right. Of a transposed convolution what is
  /// taken off.
  public let padding: Dims
  public let dilation: Dims
  public let groups: Int
  /// Of a transposed convolution what is added behind; else zeros.
  public let outputPadding: Dims

  /// Whether it is for sequences [N, C, L] rather than images [N, C, H, W].
  package class var isLine: Bool { false }
  package class var isTransposed: Bool { false }

  /// Without parameters.
  /// - Throws: `.invalidArgument` for numbers out of range, groups that do not divide the channels, or `same` with a
  ///   stride.
  package required init(
    withoutParameters inputChannels: Int, _ outputChannels: Int, kernel: Dims, stride: Dims, padding: Padding,
    outputPadding: Dims, dilation: Dims, groups: Int
  ) throws(ThalwegError) {
    let (name, isLine): (StaticString, Bool) = (Self.name, Self.isLine)
    func numbers(_ value: Dims, _ what: StaticString, _ least: Int) throws(ThalwegError) -> Dims {
      let (y, x) = try windowPair(value, what, atLeast: least, isLine: isLine, in: name)
      return isLine ? [x] : [y, x]
    }
    let (taps, steps) = (try numbers(kernel, "kernel_size", 1), try numbers(stride, "stride", 1))
    let gaps = try numbers(dilation, "dilation", 1)
    let more = try numbers(outputPadding, "output_padding", 0)
    guard inputChannels >= 1, outputChannels >= 1, groups >= 1, inputChannels % groups == 0,
      outputChannels % groups == 0
    else {
      throw ThalwegError(
        .invalidArgument,
        """
        \(name): \(inputChannels) input and \(outputChannels) output channels in \(groups) groups; all must be at least \
        1, and groups divide both
        """)
    }
    for i in more.indices where more[i] >= max(steps[i], gaps[i]) {
      throw ThalwegError(
        .invalidArgument,
        "\(name): output_padding is \(more); it must be smaller than stride \(steps) or dilation \(gaps)")
    }
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.kernel = taps
    self.stride = steps
    self.dilation = gaps
    self.groups = groups
    self.outputPadding = more
    self.padding = try padding.sides(kernel: taps, stride: steps, dilation: gaps, isLine: isLine, in: name)
    super.init()
  }

  /// The forward pass of a layer that is not transposed, with other parameters, an addend and an activation of the result,
  /// unrecorded.
  final func evaluate(
    _ input: Tensor, _ weight: Tensor, _ bias: Tensor?, addend: Tensor?, activation: Int32
  ) throws(ThalwegError) -> Tensor {
    try input.convolution(
      weight, bias, stride, .zeros(padding), dilation, groups, isLine: Self.isLine, addend: addend,
      activation: activation, in: Self.isLine ? "conv1d" : "conv2d")
  }

  /// For errors.
  private static var name: StaticString {
    switch (isLine, isTransposed) {
    case (false, false): "Conv2d"
    case (false, true): "ConvTranspose2d"
    case (true, false): "Conv1d"
    case (true, true): "ConvTranspose1d"
    }
  }

  /// - Throws: `.dtype` unless float, `.outOfMemory`.
  final func makeParameters(bias: Bool, _ dtype: DType, _ generator: Generator) throws(ThalwegError) {
    guard dtype.isFloat else {
      throw ThalwegError(
        .dtype, "\(Self.name): parameters of \(dtype) cannot be trained; choose float32 or float64")
    }
    let (first, second) =
      Self.isTransposed ? (inputChannels, outputChannels) : (outputChannels, inputChannels)
    let weight = try Tensor.empty(Dims([first, second / groups] + Array(kernel)), dtype: dtype)
    try Init.kaimingUniform(weight, slope: 5.0.squareRoot(), nonlinearity: .leakyReLU, generator: generator)
    try weight.setRequiresGrad(true)
    try registerParameter("weight", weight)
    if bias {
      let fan = kernel.reduce(Double(second / groups)) { $0 * Double($1) }
      let bias = try Tensor.empty([outputChannels], dtype: dtype)
      try Init.uniform(bias, -1 / fan.squareRoot(), 1 / fan.squareRoot(), generator: generator)
      try bias.setRequiresGrad(true)
      try registerParameter("bias", bias)
    }
  }
}

extension ConvolutionLayer: DescribedLayer {
  package var options: LayerOptions {
    var pairs: [(name: String, value: LayerOption)] = [
      ("in_channels", .int(inputChannels)), ("out_channels", .int(outputChannels)),
      ("kernel_size", .ints(Array(kernel))), ("stride", .ints(Array(stride))),
      ("padding", .ints(Array(padding))), ("dilation", .ints(Array(dilation))), ("groups", .int(groups)),
    ]
    if Self.isTransposed { pairs.append(("output_padding", .ints(Array(outputPadding)))) }
    return LayerOptions(pairs)
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    let directions = isLine ? 1 : 2
    func dims(_ name: String, _ count: Int) throws(ThalwegError) -> Dims {
      try options.dims(name, count...count)
    }
    return try Self(
      withoutParameters: options.size("in_channels"), options.size("out_channels"),
      kernel: dims("kernel_size", directions), stride: dims("stride", directions),
      padding: .zeros(dims("padding", 2 * directions)),
      outputPadding: isTransposed ? dims("output_padding", directions) : [0],
      dilation: dims("dilation", directions), groups: options.size("groups"))
  }
}
