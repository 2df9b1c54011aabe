import ThalwegCore

/// Conv1D to 3D, DepthwiseConv, SeparableConv and their transposed form.
struct KerasConvolution: KerasMap {
  private enum Kind { case plain, depthwise, separable, transposed }

  private let kind: Kind
  private let image: KerasImage
  private let filters: Int
  private let multiplier: Int
  private let kernel, stride, dilation: [Int]
  private var outputPadding: [Int]?
  private let groups: Int
  private let padding: KerasPadding
  private let hasBias: Bool
  private let activation: KerasActivation

  init(_ config: KerasConfig, _ directions: Int) throws(ThalwegError) {
    let name = config.className
    kind =
      name.hasPrefix("Depthwise")
      ? .depthwise
      : name.hasPrefix("Separable") ? .separable : name.hasSuffix("Transpose") ? .transposed : .plain
    image = try KerasImage(config, directions)
    filters = kind == .depthwise ? 0 : try config.size("filters")
    let has = kind == .depthwise || kind == .separable
    multiplier = has ? try config.size("depth_multiplier", 1) : 1
    kernel = try config.window("kernel_size", directions)
    stride = try config.window("strides", directions, Array(repeating: 1, count: directions))
    dilation = try config.window("dilation_rate", directions, Array(repeating: 1, count: directions))
    groups = kind == .plain ? try config.size("groups", 1) : try config.int("groups", 1)
    if kind == .transposed, config.value("output_padding") != nil {
      outputPadding = try config.window("output_padding", directions, atLeast: 0)
    }
    let words =
      kind == .plain && directions == 1 || name == "SeparableConv1D"
      ? ["valid", "same", "causal"] : ["valid", "same"]
    padding = KerasPadding(rawValue: try config.string("padding", "valid", of: words)) ?? .valid
    hasBias = try config.bool("use_bias", true)
    activation = try config.activation()
    guard zip(kernel, dilation).allSatisfy({ $0.multipliedReportingOverflow(by: $1).partialValue < 1 << 31 })
    else {
      throw config.wrong("kernel_size", "smaller windows")
    }
  }

  var weights: [KerasWeight] {
    let open = kernel.map { Optional($0) }
    var result: [KerasWeight] = []
    let count = kernel.count
    // Directions first in Keras: [..., I, O] becomes [O, I, ...]; of the transposed [..., O, I] becomes [I, O, ...].
    let turned = KerasWeight.Form.axes([count + 1, count] + Array(0..<count))
    switch kind {
    case .plain:
      result.append(
        KerasWeight(name: "kernel", members: ["weight"], shape: open + [nil, filters], form: turned))
    case .transposed:
      result.append(
        KerasWeight(name: "kernel", members: ["weight"], shape: open + [filters, nil], form: turned))
    case .depthwise:
      result.append(
        KerasWeight(name: "kernel", members: ["weight"], shape: open + [nil, multiplier], form: .depthwise))
    case .separable:
      result.append(
        KerasWeight(
          name: "depthwise_kernel", members: ["depthwise"], shape: open + [nil, multiplier], form: .depthwise)
      )
      let one = [Int?](repeating: 1, count: count)
      result.append(
        KerasWeight(name: "pointwise_kernel", members: ["weight"], shape: one + [nil, filters], form: turned))
    }
    if hasBias {
      result.append(KerasWeight(name: "bias", members: ["bias"], shape: [kind == .depthwise ? nil : filters]))
    }
    return result
  }

  func map(_ input: Tensor, _ layer: KerasLayer?) throws(ThalwegError) -> Tensor {
    guard let layer else { return input }
    let x = try image.enter(input.asFloat(layer))
    let weight = try layer.requiredParameter("weight"), bias = layer.parameter("bias")
    var y: Tensor
    switch kind {
    case .plain: y = try slide(x, weight, bias, groups)
    case .depthwise: y = try slide(x, weight, bias, x.shape[1])
    case .separable:
      let deep = try slide(x, layer.requiredParameter("depthwise"), nil, x.shape[1])
      y = try convolve(deep, weight, bias, stride: [1], padding: [0], dilation: [1], 1)
    case .transposed: y = try spread(x, weight, bias)
    }
    if activation.isElementwise { y = try activation(y) }
    y = try image.leave(y)
    return activation.isElementwise ? y : try activation(y)
  }

  private func slide(
    _ input: Tensor, _ weight: Tensor, _ bias: Tensor?, _ groups: Int
  ) throws(ThalwegError) -> Tensor {
    guard groups >= 1 else { throw ThalwegError(.shape, "the input has no channels") }
    var first: [Int] = [], last: [Int] = []
    for i in kernel.indices {
      let reach = (kernel[i] - 1) * dilation[i] + 1
      let sides = padding.sides(input.shape[i + 2], reach: reach, stride: stride[i])
      first.append(sides.0)
      last.append(sides.1)
    }
    return try convolve(
      input, weight, bias, stride: Dims(stride), padding: .zeros(Dims(first + last)),
      dilation: Dims(dilation),
      groups)
  }

  private func convolve(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, stride: Dims, padding: ConvolutionPadding, dilation: Dims,
    _ groups: Int
  ) throws(ThalwegError) -> Tensor {
    switch image.directions {
    case 1:
      try x.conv1d(weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    case 2:
      try x.conv2d(weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    default:
      try x.conv3d(weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    }
  }

  /// The transposed convolution: all that it reaches, of which `same` and `output_padding` keep a part.
  private func spread(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?) throws(ThalwegError) -> Tensor {
    let (steps, gaps) = (Dims(stride), Dims(dilation))
    var y =
      switch image.directions {
      case 1: try x.convTranspose1d(weight, nil, stride: steps, dilation: gaps)
      case 2: try x.convTranspose2d(weight, nil, stride: steps, dilation: gaps)
      default: try x.convTranspose3d(weight, nil, stride: steps, dilation: gaps)
      }
    var pads: [Int] = []
    for i in kernel.indices.reversed() {
      let reach = (kernel[i] - 1) * dilation[i] + 1
      let extra = outputPadding?[i]
      if padding == .valid {
        pads += [0, extra ?? max(reach, stride[i]) - reach]
      } else {
        let all = extra.map { reach + reach % 2 - 2 + $0 } ?? (stride[i] + reach - 2)
        let before = min(all / 2 + all % 2, reach - 1)
        pads += [before - (reach - 1), all - before - (reach - 1)]
      }
    }
    if pads.contains(where: { $0 != 0 }) { y = try y.pad(pads) }
    guard let bias else { return y }
    var line = Dims(repeating: 1, count: y.rank)
    line[1] = bias.numel
    return try y + bias.reshape(line)
  }
}
