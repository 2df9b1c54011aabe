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
  /// A number a direction: length; height and width; or depth, height and width; as well `stride`, `dilation` and `outputPadding`.
  public let kernel: Dims
  public let stride: Dims
  /// As it is used, a number a side: left and right; top, left, bottom and right; or front, top, left, back, bottom and
  /// right. Of a transposed convolution what is taken off.
  public let padding: Dims
  /// What stands in the padding; constants are zeros.
  public let paddingMode: PadMode
  public let dilation: Dims
  public let groups: Int
  /// Of a transposed convolution what is added behind; else zeros.
  public let outputPadding: Dims

  /// Of the input [N, C, ...], behind the channels.
  package class var directions: Int { 2 }
  private final class var isLine: Bool { directions == 1 }
  package class var isTransposed: Bool { false }

  /// Without parameters.
  /// - Throws: `.invalidArgument` for numbers out of range, groups that do not divide the channels, or `same` with a
  ///   stride.
  package required init(
    withoutParameters inputChannels: Int, _ outputChannels: Int, kernel: Dims, stride: Dims, padding: Padding,
    outputPadding: Dims, dilation: Dims, groups: Int, paddingMode: PadMode = .constant
  ) throws(ThalwegError) {
    let (name, directions) = ("\(Self.self)", Self.directions)
    func numbers(_ value: Dims, _ what: StaticString, _ least: Int) throws(ThalwegError) -> Dims {
      try windowNumbers(value, what, atLeast: least, directions: directions, in: name)
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
    self.paddingMode = paddingMode
    self.padding = try padding.sides(
      kernel: taps, stride: steps, dilation: gaps, directions: directions, in: name)
    super.init()
  }

  /// The input with what `paddingMode` puts around it, and the padding that is left to the convolution.
  final func padded(_ input: Tensor) throws(ThalwegError) -> (Tensor, Padding) {
    if paddingMode == .constant { return (input, .zeros(padding)) }
    let directions = Self.directions
    let sides = (0..<directions).reversed().flatMap { [padding[$0], padding[$0 + directions]] }
    return (try input.pad(sides, mode: paddingMode), .valid)
  }

  /// Whether `evaluate` computes what this layer does.
  final var isPlain: Bool { !Self.isTransposed && Self.directions < 3 && paddingMode == .constant }

  /// The forward pass of a layer that `isPlain`, with other parameters, an addend and an activation of the result,
  /// unrecorded.
  final func evaluate(
    _ input: Tensor, _ weight: Tensor, _ bias: Tensor?, addend: Tensor?, activation: Int32
  ) throws(ThalwegError) -> Tensor {
    try input.convolution(
      weight, bias, stride, .zeros(padding), dilation, groups, isLine: Self.isLine, addend: addend,
      activation: activation, in: Self.isLine ? "conv1d" : "conv2d")
  }

  /// - Throws: `.dtype` unless float, `.outOfMemory`.
  final func makeParameters(bias: Bool, _ dtype: DType, _ generator: Generator) throws(ThalwegError) {
    guard dtype.isFloat else {
      throw ThalwegError(
        .dtype, "\(Self.self): parameters of \(dtype) cannot be trained; choose float32 or float64")
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
    if paddingMode != .constant { pairs.append(("padding_mode", .string("\(paddingMode)"))) }
    return LayerOptions(pairs)
  }

  package static func make(_ options: LayerOptions) throws(ThalwegError) -> Module {
    let modes: [PadMode] = [.reflect, .replicate, .circular]
    var mode: PadMode?
    if options["padding_mode"] != nil {
      let word = try options.string("padding_mode", of: modes.map { "\($0)" })
      mode = modes.first { "\($0)" == word }
    }
    func dims(_ name: String, _ count: Int) throws(ThalwegError) -> Dims {
      try options.dims(name, count...count)
    }
    return try Self(
      withoutParameters: options.size("in_channels"), options.size("out_channels"),
      kernel: dims("kernel_size", directions), stride: dims("stride", directions),
      padding: .zeros(dims("padding", 2 * directions)),
      outputPadding: isTransposed ? dims("output_padding", directions) : [0],
      dilation: dims("dilation", directions), groups: options.size("groups"), paddingMode: mode ?? .constant)
  }
}
