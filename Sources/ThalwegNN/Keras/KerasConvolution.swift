import ThalwegCore

/// Where channels are and how many directions an input has: [N, ..., C] or [N, C, ...].
struct KerasImage {
  let directions: Int
  let isFirst: Bool

  init(_ config: KerasConfig, _ directions: Int) throws(ThalwegError) {
    self.directions = directions
    isFirst = try config.channelsFirst()
  }

  /// A view with channels behind the batch.
  func enter(_ x: Tensor) throws(ThalwegError) -> Tensor {
    guard x.rank == directions + 2 else {
      throw ThalwegError(
        .shape,
        "the input has shape \(x.shape); it must have \(directions + 2) dimensions: batch, \(directions), channels"
      )
    }
    return isFirst ? x : try x.moved(x.rank - 1, to: 1)
  }

  /// The way back.
  func leave(_ x: Tensor) throws(ThalwegError) -> Tensor { isFirst ? x : try x.moved(1, to: x.rank - 1) }

  /// The directions' dimensions of the layer's own input.
  var axes: Dims { Dims((0..<directions).map { $0 + (isFirst ? 2 : 1) }) }

  /// "2" of "Conv2D".
  static func directions(_ className: String) -> Int? {
    for (digit, count) in [("1D", 1), ("2D", 2), ("3D", 3)] {
      let letters = Array(className.utf8)
      for start in letters.indices where letters[start...].starts(with: digit.utf8) { return count }
    }
    return nil
  }
}

/// What is put around an image: TensorFlow's `same` makes the output as long as the input over the stride, the odd one
/// behind; `causal` puts all before.
enum KerasPadding: String {
  case valid, same, causal

  /// Before and behind, for windows of `reach` elements.
  func sides(_ size: Int, reach: Int, stride: Int) -> (Int, Int) {
    switch self {
    case .valid: return (0, 0)
    case .causal: return (reach - 1, 0)
    case .same:
      let count = size / stride + (size % stride == 0 ? 0 : 1)
      let all = max((count - 1) * stride + reach - size, 0)
      return (all / 2, all - all / 2)
    }
  }
}

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

/// Maxima and means, of windows or of all.
struct KerasPooling: KerasKind {
  private let image: KerasImage
  private let isMaximum: Bool
  private let isGlobal: Bool
  private var keepsDims = false
  private var window: [Int] = []
  private var stride: [Int] = []
  private var padding = KerasPadding.valid

  init(_ config: KerasConfig, _ directions: Int) throws(ThalwegError) {
    image = try KerasImage(config, directions)
    isGlobal = config.className.hasPrefix("Global")
    isMaximum = config.className.hasPrefix(isGlobal ? "GlobalMax" : "Max")
    if isGlobal {
      keepsDims = try config.bool("keepdims", false)
    } else {
      window = try config.window("pool_size", directions, Array(repeating: 2, count: directions))
      stride = try config.window("strides", directions, window)
      padding =
        KerasPadding(rawValue: try config.string("padding", "valid", of: ["valid", "same"])) ?? .valid
    }
  }

  func forward(
    _ layer: KerasLayer, _ inputs: [KerasValue], _ options: KerasCallOptions
  ) throws(ThalwegError) -> [KerasValue] {
    let input = try layer.only(inputs)
    let x = try input.tensor.asFloat(layer)
    if !isGlobal { return [KerasValue(try image.leave(pool(image.enter(x))))] }
    _ = try image.enter(x)
    if isMaximum { return [KerasValue(try x.amax(image.axes, keepDim: keepsDims))] }
    guard let mask = input.mask, image.directions == 1 else {
      return [KerasValue(try x.mean(image.axes, keepDim: keepsDims))]
    }
    let counts = try noGrad { () throws(ThalwegError) in try mask.to(x.dtype).unsqueeze(image.isFirst ? 1 : 2)
    }
    let sum = try (x * counts).sum(image.axes, keepDim: keepsDims)
    return [KerasValue(try sum / counts.sum(image.axes, keepDim: keepsDims))]
  }

  private func pool(_ input: Tensor) throws(ThalwegError) -> Tensor {
    var pads: [Int] = []
    for i in window.indices.reversed() {
      let sides = padding.sides(input.shape[i + 2], reach: window[i], stride: stride[i])
      pads += [sides.0, sides.1]
    }
    let (size, step) = (Dims(window), Dims(stride))
    guard pads.contains(where: { $0 != 0 }) else { return try pooled(input, size, step) }
    let padded = try input.pad(pads, value: isMaximum ? -.infinity : 0)
    let y = try pooled(padded, size, step)
    if isMaximum { return y }
    // Means are of what is in the image alone.
    let share = try noGrad { () throws(ThalwegError) in
      var one = input.shape
      (one[0], one[1]) = (1, 1)
      return try pooled(Tensor.ones(one, dtype: input.dtype).pad(pads), size, step)
    }
    return try y / share
  }

  private func pooled(_ x: Tensor, _ size: Dims, _ step: Dims) throws(ThalwegError) -> Tensor {
    switch (image.directions, isMaximum) {
    case (1, true): try x.maxPool1d(size, stride: step)
    case (2, true): try x.maxPool2d(size, stride: step)
    case (3, true): try x.maxPool3d(size, stride: step)
    case (1, false): try x.avgPool1d(size, stride: step)
    case (2, false): try x.avgPool2d(size, stride: step)
    default: try x.avgPool3d(size, stride: step)
    }
  }
}

/// ZeroPadding, Cropping and UpSampling.
struct KerasResizing: KerasMap {
  private enum Kind {
    /// What comes before and behind, a pair a direction; negative where it goes.
    case room([Int])
    case larger([Int], InterpolationMode)
  }

  private let kind: Kind
  private let image: KerasImage

  init(_ config: KerasConfig, _ directions: Int) throws(ThalwegError) {
    image = try KerasImage(config, directions)
    if config.className.hasPrefix("UpSampling") {
      let word = try config.string("interpolation", "nearest", of: ["nearest", "bilinear"])
      kind = .larger(
        try config.window("size", directions, Array(repeating: 2, count: directions)),
        word == "nearest" ? .nearest : .linear)
      return
    }
    let isPadding = config.className.hasPrefix("ZeroPadding")
    let name = isPadding ? "padding" : "cropping"
    guard let value = config.value(name) else { throw config.wrong(name, "numbers") }
    var pairs: [Int] = []
    if let one = value.wholeNumber {
      pairs = Array(repeating: one, count: 2 * directions)
    } else if let list = value.array {
      if directions == 1, list.count == 2, list[0].array == nil {
        pairs = list.compactMap(\.wholeNumber)
      } else {
        for entry in list {
          if let one = entry.wholeNumber {
            pairs += [one, one]
          } else {
            pairs += (entry.array ?? []).compactMap(\.wholeNumber)
          }
        }
      }
    }
    guard pairs.count == 2 * directions, pairs.allSatisfy({ $0 >= 0 && $0 < 1 << 31 }) else {
      throw config.wrong(name, "a number, one a direction, or a pair a direction")
    }
    kind = .room(isPadding ? pairs : pairs.map { -$0 })
  }

  func map(_ input: Tensor, _ layer: KerasLayer?) throws(ThalwegError) -> Tensor {
    switch kind {
    case .room(let pairs):
      _ = try image.enter(input)
      var pads = image.isFirst ? [] : [0, 0]
      for i in (0..<image.directions).reversed() { pads += [pairs[2 * i], pairs[2 * i + 1]] }
      return try input.pad(pads)
    case .larger(let factors, .nearest):
      _ = try image.enter(input)
      var y = input
      for (factor, axis) in zip(factors, image.axes) where factor > 1 {
        y = try y.repeatInterleave(factor, axis)
      }
      return y
    case .larger(let factors, let mode):
      let x = try image.enter(input.asFloat(layer))
      var sizes = Dims()
      for (i, factor) in factors.enumerated() {
        let (size, overflow) = x.shape[i + 2].multipliedReportingOverflow(by: factor)
        guard !overflow else { throw ThalwegError(.shape, "UpSampling: the output has no size") }
        sizes.append(size)
      }
      return try image.leave(x.interpolate(to: sizes, mode: mode))
    }
  }
}

extension KerasLayer {
  static func imageKind(_ config: KerasConfig) throws(ThalwegError) -> (any KerasKind)? {
    guard let directions = KerasImage.directions(config.className) else { return nil }
    switch config.className {
    case "Conv1D", "Conv2D", "Conv3D", "DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D",
      "SeparableConv2D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose":
      return try KerasConvolution(config, directions)
    case "MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "AveragePooling1D", "AveragePooling2D",
      "AveragePooling3D", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D",
      "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D":
      return try KerasPooling(config, directions)
    case "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D", "Cropping1D", "Cropping2D", "Cropping3D",
      "UpSampling1D", "UpSampling2D", "UpSampling3D":
      return try KerasResizing(config, directions)
    default: return nil
    }
  }
}

// MARK: - Layers of several inputs

/// Add, Subtract, Multiply, Average, Maximum, Minimum, Concatenate and Dot.
struct KerasMerge: KerasKind {
  private let className: String
  private var axes: [Int] = [-1]
  private var normalizes = false

  init(_ config: KerasConfig) throws(ThalwegError) {
    className = config.className
    if className == "Concatenate" { axes = [try config.int("axis", -1)] }
    if className == "Dot" {
      guard let found = try config.ints("axes", atMost: 2), !found.isEmpty else {
        throw config.wrong("axes", "one or two axes")
      }
      axes = [found[0], found[found.count - 1]]
      normalizes = try config.bool("normalize", false)
    }
  }

  func forward(
    _ layer: KerasLayer, _ inputs: [KerasValue], _ options: KerasCallOptions
  ) throws(ThalwegError) -> [KerasValue] {
    guard let first = inputs.first, inputs.count >= 2 || className == "Concatenate",
      inputs.count == 2 || !["Dot", "Subtract"].contains(className)
    else { throw ThalwegError(.invalidArgument, "\(className): \(inputs.count) inputs") }
    if className == "Dot" { return [KerasValue(try dot(first.tensor, inputs[1].tensor))] }
    if className == "Concatenate" {
      var tensors: [Tensor] = []
      for input in inputs { tensors.append(input.tensor) }
      return [KerasValue(try Tensor.cat(tensors, dim: axes[0]), mask: try concatenatedMask(inputs))]
    }
    let rank = inputs.map(\.tensor.rank).max() ?? 0
    var result = try widened(first.tensor, rank)
    for input in inputs.dropFirst() {
      let next = try widened(input.tensor, rank)
      switch className {
      case "Subtract": result = try result - next
      case "Multiply": result = try result * next
      case "Maximum": result = try result.maximum(next)
      case "Minimum": result = try result.minimum(next)
      default: result = try result + next
      }
    }
    if className == "Average" { result = try result / Double(inputs.count) }
    var mask = inputs.contains { $0.mask == nil } ? nil : first.mask
    for input in inputs.dropFirst() {
      if let one = mask, let other = input.mask { mask = try one.logicalOr(other) }
    }
    return [KerasValue(result, mask: mask)]
  }

  /// With dimensions of 1 behind the batch, up to the rank of the others.
  private func widened(_ x: Tensor, _ rank: Int) throws(ThalwegError) -> Tensor {
    var y = x
    while y.rank < rank, y.rank >= 1 { y = try y.unsqueeze(1) }
    return y
  }

  private func concatenatedMask(_ inputs: [KerasValue]) throws(ThalwegError) -> Tensor? {
    guard inputs.contains(where: { $0.mask != nil }) else { return nil }
    return try noGrad { () throws(ThalwegError) in
      var masks: [Tensor] = []
      for input in inputs {
        var mask =
          if let mask = input.mask { mask } else { try Tensor.ones(input.tensor.shape, dtype: .bool) }
        while mask.rank < input.tensor.rank { mask = try mask.unsqueeze(-1) }
        masks.append(try mask.expand(input.tensor.shape))
      }
      return try Tensor.cat(masks, dim: axes[0]).any([-1])
    }
  }

  private func dot(_ first: Tensor, _ second: Tensor) throws(ThalwegError) -> Tensor {
    let i = try Dims.resolve(axes[0], rank: first.rank, in: "Dot")
    let j = try Dims.resolve(axes[1], rank: second.rank, in: "Dot")
    guard i > 0, j > 0, first.rank >= 2, second.rank >= 2, first.shape[i] == second.shape[j],
      first.shape[0] == second.shape[0]
    else {
      throw ThalwegError(.shape, "Dot: inputs of \(first.shape) and \(second.shape) along \(axes)")
    }
    var (a, b) = (first, second)
    if normalizes {
      a = try a / (a * a).sum([i], keepDim: true).clamp(min: 1e-12).sqrt()
      b = try b / (b * b).sum([j], keepDim: true).clamp(min: 1e-12).sqrt()
    }
    a = try a.moved(i, to: a.rank - 1)
    b = try b.moved(j, to: 1)
    let rows = Array(a.shape)[1..<(a.rank - 1)], columns = Array(b.shape)[2...]
    let (batch, length) = (a.shape[0], a.shape[a.rank - 1])
    let left = try a.reshape([batch, KerasReshape.product(rows), length])
    let right = try b.reshape([batch, length, KerasReshape.product(columns)])
    let shape = [batch] + rows + columns
    return try left.matmul(right).reshape(Dims(shape.count == 1 ? [batch, 1] : shape))
  }
}

extension KerasLayer {
  static func mergeKind(_ config: KerasConfig) throws(ThalwegError) -> (any KerasKind)? {
    switch config.className {
    case "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot":
      try KerasMerge(config)
    default: nil
    }
  }
}
