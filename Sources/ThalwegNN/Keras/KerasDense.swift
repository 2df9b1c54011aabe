import ThalwegCore

extension Tensor {
  /// As a float, which Keras makes of whole numbers too.
  func asFloat(_ layer: KerasLayer?) throws(ThalwegError) -> Tensor {
    if dtype.isFloat, layer?.dtype != .float64 || dtype == .float64 { return self }
    return try to(layer?.dtype ?? .float32)
  }
}

/// Dense: φ(x W + b) over the last dimension.
struct KerasDense: KerasMap {
  let units: Int
  let activation: KerasActivation
  let hasBias: Bool
  var passesMask: Bool { true }

  init(_ config: KerasConfig) throws(ThalwegError) {
    units = try config.size("units")
    activation = try config.activation()
    hasBias = try config.bool("use_bias", true)
  }

  var weights: [KerasWeight] {
    var result = [
      KerasWeight(name: "kernel", members: ["weight"], shape: [nil, units], form: .axes([1, 0]))
    ]
    if hasBias { result.append(KerasWeight(name: "bias", members: ["bias"], shape: [units])) }
    return result
  }

  func map(_ x: Tensor, _ layer: KerasLayer?) throws(ThalwegError) -> Tensor {
    guard let layer else { return x }
    return try activation(
      x.asFloat(layer).linear(layer.requiredParameter("weight"), layer.parameter("bias")))
  }
}

/// Embedding: a row for each index; with `mask_zero` the steps of index 0 do not count.
struct KerasEmbedding: KerasKind {
  let count: Int
  let size: Int
  let masksZero: Bool

  init(_ config: KerasConfig) throws(ThalwegError) {
    count = try config.size("input_dim")
    size = try config.size("output_dim")
    masksZero = try config.bool("mask_zero", false)
  }

  var weights: [KerasWeight] {
    [KerasWeight(name: "embeddings", members: ["weight"], shape: [count, size])]
  }

  func forward(
    _ layer: KerasLayer, _ inputs: [KerasValue], _ options: KerasCallOptions
  ) throws(ThalwegError) -> [KerasValue] {
    let input = try layer.only(inputs).tensor
    let indices = input.dtype == .int64 || input.dtype == .int32 ? input : try input.to(.int64)
    let output = try Tensor.embedding(indices, layer.requiredParameter("weight"))
    var mask: Tensor?
    if masksZero {
      mask = try noGrad { () throws(ThalwegError) in
        try indices.notEqual(Tensor.scalar(0, dtype: indices.dtype))
      }
    }
    return [KerasValue(output, mask: mask)]
  }
}

/// Masking: a step counts where one of its features is another number than `mask_value`; the others become zeros.
struct KerasMasking: KerasKind {
  let value: Double

  init(_ config: KerasConfig) throws(ThalwegError) { value = try config.double("mask_value", 0) }

  func forward(
    _ layer: KerasLayer, _ inputs: [KerasValue], _ options: KerasCallOptions
  ) throws(ThalwegError) -> [KerasValue] {
    let x = try layer.only(inputs).tensor.asFloat(layer)
    let counts = try noGrad { () throws(ThalwegError) in
      try x.detach().notEqual(Tensor.scalar(value, dtype: x.dtype)).any([-1], keepDim: true)
    }
    let output = try Tensor.where(counts, x, Tensor.scalar(0, dtype: x.dtype))
    return [KerasValue(output, mask: try counts.squeeze([-1]))]
  }
}

/// Activation with one of Keras's functions.
struct KerasElementwise: KerasMap {
  let activation: KerasActivation
  var passesMask: Bool { true }

  init(_ activation: KerasActivation) { self.activation = activation }

  func map(_ x: Tensor, _ layer: KerasLayer?) throws(ThalwegError) -> Tensor {
    try activation(x.asFloat(layer))
  }
}

/// ReLU, LeakyReLU, ELU, ThresholdedReLU and Softmax with options.
struct KerasRectifier: KerasMap {
  private enum Kind {
    case relu(slope: Double, most: Double?, threshold: Double)
    case elu(Double)
    case softmax([Int])
  }

  private let kind: Kind
  var passesMask: Bool { true }

  init(_ config: KerasConfig) throws(ThalwegError) {
    switch config.className {
    case "LeakyReLU":
      let old = try config.double("alpha", 0.3)
      kind = .relu(slope: try config.double("negative_slope", old), most: nil, threshold: 0)
    case "ELU": kind = .elu(try config.double("alpha", 1))
    case "ThresholdedReLU":
      kind = .relu(slope: 0, most: nil, threshold: try config.double("theta", 1))
    case "Softmax": kind = .softmax(try config.ints("axis") ?? [-1])
    default:
      kind = .relu(
        slope: try config.double("negative_slope", 0),
        most: config.value("max_value") == nil ? nil : try config.double("max_value"),
        threshold: try config.double("threshold", 0))
    }
  }

  func map(_ input: Tensor, _ layer: KerasLayer?) throws(ThalwegError) -> Tensor {
    let x = try input.asFloat(layer)
    switch kind {
    case .elu(let alpha): return try x.elu(alpha)
    case .softmax(let axes):
      if axes.count == 1 { return try x.softmax(axes[0]) }
      return try (x - x.logSumExp(Dims(axes), keepDim: true)).exp()
    case .relu(let slope, let most, let threshold):
      var y: Tensor
      if threshold == 0 {
        y = slope == 0 ? try x.relu() : try x.leakyReLU(slope)
      } else {
        let isLarge = try noGrad { () throws(ThalwegError) in
          let bound = try Tensor.scalar(threshold, dtype: x.dtype)
          return slope == 0 ? try x.detach().greater(bound) : try x.detach().greaterOrEqual(bound)
        }
        y = try Tensor.where(isLarge, x, (x - threshold) * slope)
      }
      if let most { y = try y.clamp(max: most) }
      return y
    }
  }
}

/// PReLU: a slope an element of the input without the batch, shared along some axes.
struct KerasPReLU: KerasMap {
  var passesMask: Bool { true }

  init(_ config: KerasConfig) throws(ThalwegError) { _ = try config.ints("shared_axes") }

  var weights: [KerasWeight] {
    [KerasWeight(name: "alpha", members: ["weight"], shape: [], hasAnyShape: true)]
  }

  func map(_ input: Tensor, _ layer: KerasLayer?) throws(ThalwegError) -> Tensor {
    guard let layer else { return input }
    let x = try input.asFloat(layer)
    let alpha = try layer.requiredParameter("weight")
    return try x.relu() - alpha * (-x).relu()
  }
}

/// What changes nothing when it is evaluated, and nothing that is recorded here in training.
struct KerasIdentity: KerasMap {
  var passesMask: Bool { true }

  init(_ config: KerasConfig) throws(ThalwegError) {
    if config.className == "ActivityRegularization" {
      _ = try config.double("l1", 0)
      _ = try config.double("l2", 0)
    }
  }

  func map(_ x: Tensor, _ layer: KerasLayer?) throws(ThalwegError) -> Tensor { x }
}

/// The layers that add chance in training.
struct KerasNoise: KerasMap {
  private enum Kind { case dropout, alpha, gaussianDropout, gaussianNoise }

  private let kind: Kind
  private let rate: Double
  /// The sizes of what is drawn, where there is less of it than of the input: -1 the input's.
  private var shape: [Int]?
  /// Channels are dropped whole: all directions but batch and channels have one draw.
  private var isSpatial = false
  private var isFirst = false
  var passesMask: Bool { true }

  init(_ config: KerasConfig) throws(ThalwegError) {
    switch config.className {
    case "AlphaDropout": kind = .alpha
    case "GaussianDropout": kind = .gaussianDropout
    case "GaussianNoise": kind = .gaussianNoise
    default: kind = .dropout
    }
    rate = try config.double(kind == .gaussianNoise ? "stddev" : "rate")
    if kind != .gaussianNoise, rate < 0 || rate > 1 || (kind == .gaussianDropout && rate == 1) {
      throw config.wrong("rate", "from 0 to 1")
    }
    if config.className.hasPrefix("Spatial") {
      isSpatial = true
      isFirst = config.className == "SpatialDropout1D" ? false : try config.channelsFirst()
    } else if kind == .dropout || kind == .alpha, let sizes = config.value("noise_shape") {
      shape = []
      for size in sizes.array ?? [] {
        guard size == .null || (size.wholeNumber ?? 0) > 0 else { throw config.wrong("noise_shape", "sizes") }
        shape?.append(size.wholeNumber ?? -1)
      }
      if kind == .alpha { throw config.wrong("noise_shape", "none") }
    }
  }

  func map(_ input: Tensor, _ layer: KerasLayer?) throws(ThalwegError) -> Tensor {
    guard let layer, layer.isTraining else { return input }
    let x = try input.asFloat(layer)
    switch kind {
    case .alpha: return try x.alphaDropout(rate)
    case .gaussianDropout:
      let noise = try Tensor.randn(
        x.shape, mean: 1, deviation: (rate / (1 - rate)).squareRoot(), dtype: x.dtype)
      return try x * noise
    case .gaussianNoise: return try x + Tensor.randn(x.shape, deviation: rate, dtype: x.dtype)
    case .dropout: break
    }
    guard let sizes = sizes(x.shape) else { return try x.dropout(rate) }
    return try x * Tensor.ones(sizes, dtype: x.dtype).dropout(rate)
  }

  private func sizes(_ input: Dims) -> Dims? {
    var result = input
    if isSpatial {
      for i in input.indices where i > 0 && i != (isFirst ? 1 : input.count - 1) { result[i] = 1 }
      return result
    }
    guard let shape, shape.count == input.count else { return nil }
    for i in input.indices where shape[i] > 0 { result[i] = shape[i] }
    return result
  }
}

/// Flatten, Reshape, Permute and RepeatVector.
struct KerasReshape: KerasMap {
  private enum Kind {
    case flatten(isFirst: Bool)
    case reshape([Int])
    case permute([Int])
    case repeated(Int)
  }

  private let kind: Kind

  init(_ config: KerasConfig) throws(ThalwegError) {
    switch config.className {
    case "Flatten": kind = .flatten(isFirst: try config.channelsFirst())
    case "Reshape":
      guard let shape = try config.ints("target_shape", atMost: Dims.maxRank - 1),
        shape.allSatisfy({ $0 >= -1 }), shape.filter({ $0 == -1 }).count <= 1
      else { throw config.wrong("target_shape", "sizes, one of them perhaps -1") }
      kind = .reshape(shape)
    case "Permute":
      guard let dims = try config.ints("dims", atMost: Dims.maxRank - 1),
        dims.sorted() == Array(1...max(1, dims.count)),
        !dims.isEmpty
      else { throw config.wrong("dims", "an order of dimensions, from 1") }
      kind = .permute(dims)
    default: kind = .repeated(try config.size("n"))
    }
  }

  func map(_ x: Tensor, _ layer: KerasLayer?) throws(ThalwegError) -> Tensor {
    guard x.rank >= 1 else { throw ThalwegError(.shape, "the input has no dimensions; it must have a batch") }
    switch kind {
    case .flatten(let isFirst):
      let y = isFirst && x.rank > 2 ? try x.permute(Dims([0] + Array(2..<x.rank) + [1])) : x
      return try y.reshape([x.shape[0], KerasReshape.product(x.shape.dropFirst())])
    case .reshape(let target):
      let whole = KerasReshape.product(x.shape.dropFirst())
      let known = KerasReshape.product(target.filter { $0 != -1 })
      var shape = Dims([x.shape[0]])
      for size in target { shape.append(size == -1 ? (known > 0 ? whole / known : 0) : size) }
      return try x.reshape(shape)
    case .permute(let dims): return try x.permute(Dims([0] + dims))
    case .repeated(let count):
      guard x.rank == 2 else {
        throw ThalwegError(.shape, "RepeatVector: the input has shape \(x.shape); it must have 2 dimensions")
      }
      return try x.unsqueeze(1).expand([x.shape[0], count, x.shape[1]])
    }
  }

  static func product(_ sizes: some Sequence<Int>) -> Int {
    var result = 1
    for size in sizes { result = result.multipliedReportingOverflow(by: size).partialValue }
    return result
  }
}
