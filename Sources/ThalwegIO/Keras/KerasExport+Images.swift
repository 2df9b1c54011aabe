import ThalwegCore
import ThalwegNN

extension KerasExport {
  /// Adds Keras's layers for one of ours that works on images of some directions; false for another one.
  mutating func image(_ module: Module, _ value: inout Value) throws(ThalwegError) -> Bool {
    guard let directions = KerasExport.directions(module) ?? upsampled(module, value) else { return false }
    try reorder(&value, .image(directions))
    let both = [module.parameter("weight"), module.parameter("bias")].compactMap { $0.map { [$0] } }
    let isPositive = value.isPositive
    switch module {
    case let layer as ConvolutionLayer: try convolution(layer, directions, &value)
    case let layer as PoolingLayer:
      try pool(layer, directions, &value)
      value.isPositive = isPositive
    case let layer as AdaptivePoolLayer:
      guard layer.outputSize.allSatisfy({ $0 == 1 }) else {
        throw KerasExport.refusal("gives \(layer.outputSize); Keras pools to 1 alone")
      }
      let isMaximum = layer is AdaptiveMaxPool1d || layer is AdaptiveMaxPool2d || layer is AdaptiveMaxPool3d
      try add(
        "Global\(isMaximum ? "Max" : "Average")Pooling\(directions)D", ["keepdims": .bool(true)], to: &value)
      value.isPoint = true
    case let layer as PaddingLayer:
      guard type(of: layer).mode == .constant, layer.value == 0 else {
        throw KerasExport.refusal("puts something else than zeros around an image")
      }
      let sides = (0..<directions).map { 2 * (directions - 1 - $0) }
      try surround(sides.map { layer.padding[$0] }, sides.map { layer.padding[$0 + 1] }, &value)
    case let layer as InstanceNorm:
      guard !layer.tracksStatistics else {
        throw KerasExport.refusal("tracks statistics, which Keras does not")
      }
      try groupNorm(-1, layer.epsilon, both, &value)
    case let layer as BatchNorm: try batchNorm(layer, both, &value)
    case let layer as DropoutLayer:
      try add("SpatialDropout\(directions)D", ["rate": .number(layer.p)], to: &value)
    case let layer as ChannelPad: try channelPad(layer, &value)
    case let layer as Upsample: try upsample(layer, directions, &value)
    default: return false
    }
    return true
  }

  // MARK: - Convolutions

  private mutating func convolution(
    _ layer: ConvolutionLayer, _ directions: Int, _ value: inout Value
  ) throws(ThalwegError) {
    let isTransposed = type(of: layer).isTransposed
    guard layer.paddingMode == .constant else {
      throw KerasExport.refusal("pads with \(layer.paddingMode), which Keras does not")
    }
    guard layer.stride.allSatisfy({ $0 == 1 }) || layer.dilation.allSatisfy({ $0 == 1 }) else {
      throw KerasExport.refusal("has a stride and a dilation, of which Keras takes one")
    }
    guard !isTransposed || layer.groups == 1 else {
      throw KerasExport.refusal("has groups, which Keras's transposed convolutions have not")
    }
    let before = Array(layer.padding.prefix(directions)), after = Array(layer.padding.suffix(directions))
    let tensors =
      [[try layer.requiredParameter("weight")]] + (layer.parameter("bias").map { [[$0]] } ?? [])
    let filters = JSONValue.integer(layer.outputChannels), hasBias = JSONValue.bool(tensors.count == 2)
    if isTransposed {
      try add(
        "Conv\(directions)DTranspose",
        [
          "filters": filters, "kernel_size": ints(layer.kernel), "strides": ints(layer.stride),
          "padding": .string("valid"), "output_padding": ints(layer.outputPadding),
          "dilation_rate": ints(layer.dilation), "use_bias": hasBias,
        ], tensors, to: &value)
      try surround(before.map { -$0 }, after.map { -$0 }, &value)
    } else {
      let same = (0..<directions).map { (layer.kernel[$0] &- 1) &* layer.dilation[$0] }
      let isSame =
        layer.stride.allSatisfy { $0 == 1 } && before == same.map { $0 / 2 }
        && after == same.map { $0 - $0 / 2 } && same.contains { $0 > 0 }
      if !isSame { try surround(before, after, &value) }
      try add(
        "Conv\(directions)D",
        [
          "filters": filters, "kernel_size": ints(layer.kernel), "strides": ints(layer.stride),
          "padding": .string(isSame ? "same" : "valid"), "dilation_rate": ints(layer.dilation),
          "groups": .integer(layer.groups), "use_bias": hasBias,
        ], tensors, to: &value)
    }
    value.channels = layer.outputChannels
    value.isPoint = false
  }

  /// Zeros around an image, or less of it where numbers are negative.
  private mutating func surround(
    _ before: [Int], _ after: [Int], _ value: inout Value
  ) throws(ThalwegError) {
    let directions = before.count
    let isPositive = value.isPositive
    for (name, option, sign) in [("ZeroPadding", "padding", 1), ("Cropping", "cropping", -1)] {
      let pairs = zip(before, after).map { ints([max(0, sign * $0), max(0, sign * $1)]) }
      guard zip(before, after).contains(where: { sign * $0 > 0 || sign * $1 > 0 }) else { continue }
      try add(
        "\(name)\(directions)D", [option: directions == 1 ? pairs[0] : .array(pairs)], to: &value)
      value.isPoint = false
    }
    value.isPositive = isPositive
  }

  // MARK: - Pooling

  private mutating func pool(
    _ layer: PoolingLayer, _ directions: Int, _ value: inout Value
  ) throws(ThalwegError) {
    func numbers(_ dims: Dims) -> [Int] {
      (0..<directions).map { dims.count == 1 ? dims[0] : dims[$0] }
    }
    let maximum = layer as? MaxPoolLayer, mean = layer as? AvgPoolLayer
    guard maximum != nil || mean != nil else { throw KerasExport.refusal("has no equal in Keras") }
    guard !layer.ceilMode, maximum?.dilation.allSatisfy({ $0 == 1 }) ?? true else {
      throw KerasExport.refusal("has a dilation or ceil_mode, which Keras's pooling has not")
    }
    let (window, stride, padding) = (numbers(layer.kernel), numbers(layer.stride), numbers(layer.padding))
    let name = "\(maximum != nil ? "Max" : "Average")Pooling\(directions)D"
    let one = Array(repeating: 1, count: directions)
    let countsZeros =
      maximum != nil ? value.isPositive : (mean?.countsPadding ?? true) || mean?.divisor != nil
    if countsZeros || padding.allSatisfy({ $0 == 0 }) {
      try surround(padding, padding, &value)
      try add(
        name, ["pool_size": ints(window), "strides": ints(stride), "padding": .string("valid")], to: &value)
    } else {
      // Keras's padding depends on the image's size but for a stride of 1: with that, and then of its results some.
      let reach = zip(window, padding).allSatisfy {
        $1 == 0 && $0 == 1 || $1 <= ($0 - 1) / 2 && ($0 % 2 == 1 || maximum != nil)
      }
      guard reach else {
        throw KerasExport.refusal(
          "has windows of \(layer.kernel) with padding \(layer.padding), which Keras's have not")
      }
      try add(
        name, ["pool_size": ints(window), "strides": ints(one), "padding": .string("same")], to: &value)
      try surround(
        zip(window, padding).map { $1 - ($0 - 1) / 2 }, zip(window, padding).map { $1 - $0 / 2 }, &value)
      if stride != one {
        try add(
          name, ["pool_size": ints(one), "strides": ints(stride), "padding": .string("valid")], to: &value)
      }
    }
    if let divisor = mean?.divisor {
      let area = window.reduce(1.0) { $0 * Double($1) }
      try add("Rescaling", ["scale": .number(area / Double(divisor))], to: &value)
    }
    value.isPoint = false
  }

  // MARK: - Sizes

  /// Every `stride`-th pixel, and channels of zeros: padding in an image whose rows Keras takes for channels.
  private mutating func channelPad(_ layer: ChannelPad, _ value: inout Value) throws(ThalwegError) {
    if layer.stride > 1 {
      try add(
        "MaxPooling2D", ["pool_size": ints([1, 1]), "strides": ints([layer.stride, layer.stride])], to: &value
      )
    }
    let extra = layer.outputChannels - layer.inputChannels
    let sides = JSONValue.array([ints([0, 0]), ints([extra / 2, extra - extra / 2])])
    try add(
      "ZeroPadding2D", ["padding": sides, "data_format": .string("channels_first")], to: &value)
    value.channels = layer.outputChannels
  }

  /// The directions of a layer that takes any.
  private func upsampled(_ module: Module, _ value: Value) -> Int? {
    module is Upsample && (3...5).contains(value.rank) ? value.rank - 2 : nil
  }

  private mutating func upsample(
    _ layer: Upsample, _ directions: Int, _ value: inout Value
  ) throws(ThalwegError) {
    let scales = layer.scales.count == 1 ? Array(repeating: layer.scales[0], count: directions) : layer.scales
    let factors = scales.compactMap { Int(exactly: $0) }
    let isNearest = ["nearest", "nearest-exact"].contains(layer.mode)
    guard factors.count == directions, factors.allSatisfy({ $0 >= 1 && $0 <= Int(Int32.max) }),
      isNearest || layer.mode == "bilinear" && directions == 2 && !layer.alignsCorners
    else {
      throw KerasExport.refusal("enlarges in a way that Keras has not: by whole factors, nearest or bilinear")
    }
    var options: Options = ["size": directions == 1 ? .integer(factors[0]) : ints(factors)]
    if directions == 2 { options.add("interpolation", .string(isNearest ? "nearest" : "bilinear")) }
    try add("UpSampling\(directions)D", options, to: &value)
    value.isPoint = false
  }
}
