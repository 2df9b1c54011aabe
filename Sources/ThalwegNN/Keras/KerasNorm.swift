import ThalwegCore

/// BatchNormalization: as Keras, running statistics go towards the variance of the batch itself, not its estimate.
struct KerasBatchNorm: KerasMap {
  private let axis: Int
  private let momentum: Double
  private let epsilon: Double
  private let centers: Bool
  private let scales: Bool
  var passesMask: Bool { true }

  init(_ config: KerasConfig) throws(ThalwegError) {
    let axes = try config.ints("axis") ?? [-1]
    guard axes.count == 1 else { throw config.wrong("axis", "one axis") }
    axis = axes[0]
    momentum = try config.double("momentum", 0.99)
    epsilon = try config.double("epsilon", 1e-3)
    centers = try config.bool("center", true)
    scales = try config.bool("scale", true)
  }

  var weights: [KerasWeight] {
    var result: [KerasWeight] = []
    if scales { result.append(KerasWeight(name: "gamma", members: ["weight"], shape: [nil])) }
    if centers { result.append(KerasWeight(name: "beta", members: ["bias"], shape: [nil])) }
    result.append(KerasWeight(name: "moving_mean", members: ["running_mean"], shape: [nil], isTrained: false))
    result.append(
      KerasWeight(name: "moving_variance", members: ["running_var"], shape: [nil], isTrained: false))
    return result
  }

  func map(_ input: Tensor, _ layer: KerasLayer?) throws(ThalwegError) -> Tensor {
    guard let layer else { return input }
    let x = try input.asFloat(layer)
    guard x.rank >= 2 else {
      throw ThalwegError(.shape, "BatchNormalization: the input has shape \(x.shape); it must have a batch")
    }
    let channel = try Dims.resolve(axis, rank: x.rank, in: "BatchNormalization")
    guard channel > 0 else {
      throw ThalwegError(.shape, "BatchNormalization: the axis is that of the batch, which it cannot be")
    }
    let moved = try x.moved(channel, to: 1)
    return try normalize(moved, layer).moved(1, to: channel)
  }

  private func normalize(_ x: Tensor, _ layer: KerasLayer) throws(ThalwegError) -> Tensor {
    guard let mean = layer.buffer("running_mean"), let variance = layer.buffer("running_var") else {
      throw ThalwegError(.invalidArgument, "BatchNormalization: the running statistics are missing")
    }
    let (weight, bias) = (layer.parameter("weight"), layer.parameter("bias"))
    guard layer.isTraining, layer.isTrainable else {
      return try x.batchNorm(mean, variance, weight, bias, training: false, momentum: 0, epsilon: epsilon)
    }
    let move = CheckpointRun.isReplaying ? 0 : 1 - momentum
    let before = try noGrad { () throws(ThalwegError) in try variance * (1 - move) }
    let y = try x.batchNorm(mean, variance, weight, bias, training: true, momentum: move, epsilon: epsilon)
    let count = x.shape[1] == 0 ? 0 : Double(x.numel / x.shape[1])
    if count > 1, move != 0 {
      try noGrad { () throws(ThalwegError) in
        try variance.copy(from: before + (variance - before) * ((count - 1) / count))
      }
    }
    return y
  }
}

extension Tensor {
  /// A view with one dimension at another place.
  func moved(_ dim: Int, to place: Int) throws(ThalwegError) -> Tensor {
    if dim == place { return self }
    var order = Array(0..<rank)
    order.remove(at: dim)
    order.insert(dim, at: place)
    return try permute(Dims(order))
  }
}

/// LayerNormalization, RMSNormalization, GroupNormalization and UnitNormalization.
struct KerasNorm: KerasMap {
  private enum Kind { case layer, rms, group(Int), unit }

  private let kind: Kind
  private let axes: [Int]
  private var epsilon = 1e-3
  private var centers = false
  private var scales = false
  var passesMask: Bool { true }

  init(_ config: KerasConfig) throws(ThalwegError) {
    axes = try config.ints("axis") ?? [-1]
    guard !axes.isEmpty, Set(axes).count == axes.count else { throw config.wrong("axis", "axes") }
    switch config.className {
    case "GroupNormalization":
      let groups = try config.int("groups", 32)
      guard groups >= 1 || groups == -1 else { throw config.wrong("groups", "a number of groups, or -1") }
      guard axes.count == 1 else { throw config.wrong("axis", "one axis") }
      kind = .group(groups)
    case "UnitNormalization": kind = .unit
    case "RMSNormalization":
      kind = .rms
      epsilon = try config.double("epsilon", 1e-6)
      scales = true
      return
    default:
      if try config.bool("rms_scaling", false) { throw config.wrong("rms_scaling", "false") }
      kind = .layer
    }
    if case .unit = kind { return }
    epsilon = try config.double("epsilon", 1e-3)
    centers = try config.bool("center", true)
    scales = try config.bool("scale", true)
  }

  var weights: [KerasWeight] {
    let shape = [Int?](repeating: nil, count: axes.count)
    var result: [KerasWeight] = []
    let isRMS = if case .rms = kind { true } else { false }
    if scales {
      result.append(KerasWeight(name: isRMS ? "scale" : "gamma", members: ["weight"], shape: shape))
    }
    if centers { result.append(KerasWeight(name: "beta", members: ["bias"], shape: shape)) }
    return result
  }

  func map(_ input: Tensor, _ layer: KerasLayer?) throws(ThalwegError) -> Tensor {
    guard let layer else { return input }
    let x = try input.asFloat(layer)
    let chosen = try Dims.resolve(Dims(axes), rank: x.rank, in: "normalization")
    let (weight, bias) = (layer.parameter("weight"), layer.parameter("bias"))
    switch kind {
    case .unit:
      let length = try (x * x).sum(chosen, keepDim: true).sqrt()
      return try x / length.clamp(min: 1e-12)
    case .group(let groups):
      let channel = chosen[0]
      guard channel > 0 else {
        throw ThalwegError(.shape, "GroupNormalization: the axis is that of the batch")
      }
      let y = try x.moved(channel, to: 1).groupNorm(
        groups == -1 ? x.shape[channel] : groups, weight, bias, epsilon: epsilon)
      return try y.moved(1, to: channel)
    case .layer, .rms:
      // Normalised axes last, in the order of the parameters' dimensions.
      let others = (0..<x.rank).filter { !chosen.contains($0) }
      let order = others + Array(chosen)
      let isInOrder = order == Array(0..<x.rank)
      let y = isInOrder ? x : try x.permute(Dims(order))
      let shape = Dims(y.shape.suffix(chosen.count))
      var normal =
        if case .rms = kind {
          try y.rmsNorm(shape, weight, epsilon: epsilon)
        } else {
          try y.layerNorm(shape, weight, weight == nil ? nil : bias, epsilon: epsilon)
        }
      if weight == nil, let bias { normal = try normal + bias }
      return isInOrder
        ? normal : try normal.permute(Dims(order.indices.map { order.firstIndex(of: $0) ?? $0 }))
    }
  }
}

/// Normalization: (x - mean) / max(√variance, 1e-7) with numbers that were found before training.
struct KerasStandardization: KerasMap {
  private let axes: [Int]
  private let isInverse: Bool
  private var given: (mean: [Double], variance: [Double])?
  var passesMask: Bool { true }

  init(_ config: KerasConfig) throws(ThalwegError) {
    let hasAxis = config.json["axis"] != nil
    axes = try config.ints("axis") ?? (hasAxis ? [] : [-1])
    isInverse = try config.bool("invert", false)
    if config.value("mean") != nil || config.value("variance") != nil {
      given = (
        try KerasStandardization.numbers("mean", config), try KerasStandardization.numbers("variance", config)
      )
    }
  }

  /// A number, or a list of them, which may be the innermost of lists.
  private static func numbers(_ name: String, _ config: KerasConfig) throws(ThalwegError) -> [Double] {
    guard var value = config.value(name) else { throw config.wrong(name, "numbers") }
    while let list = value.array, list.count == 1, list[0].array != nil { value = list[0] }
    let numbers = (value.array ?? [value]).compactMap(\.double)
    guard numbers.count == value.array?.count ?? 1, numbers.allSatisfy(\.isFinite) else {
      throw config.wrong(name, "numbers")
    }
    return numbers
  }

  var weights: [KerasWeight] {
    if given != nil { return [] }
    let shape = [Int?](repeating: nil, count: axes.count)
    return [
      KerasWeight(name: "mean", members: ["mean"], shape: shape, isTrained: false),
      KerasWeight(name: "variance", members: ["variance"], shape: shape, isTrained: false),
      KerasWeight(name: "count", members: ["count"], shape: [], isTrained: false, isCount: true),
    ]
  }

  func map(_ input: Tensor, _ layer: KerasLayer?) throws(ThalwegError) -> Tensor {
    guard let layer else { return input }
    let x = try input.asFloat(layer)
    let (mean, variance) = try statistics(x, layer)
    let deviation = try variance.sqrt().clamp(min: 1e-7)
    return isInverse ? try mean + x * deviation : try (x - mean) / deviation
  }

  private func statistics(_ x: Tensor, _ layer: KerasLayer) throws(ThalwegError) -> (Tensor, Tensor) {
    var shape = Dims(repeating: 1, count: x.rank)
    var kept: [Int] = []
    for axis in axes { kept.append(try Dims.resolve(axis, rank: x.rank, in: "Normalization")) }
    kept.sort()
    if let given {
      let places = kept.last
      func tensor(_ numbers: [Double]) throws(ThalwegError) -> Tensor {
        if numbers.count > 1, let last = places { shape[last] = numbers.count }
        return try Tensor(numbers, shape).to(x.dtype)
      }
      return (try tensor(given.mean), try tensor(given.variance))
    }
    guard let mean = layer.buffer("mean"), let variance = layer.buffer("variance") else {
      throw ThalwegError(.invalidArgument, "Normalization: mean and variance are missing")
    }
    for axis in kept { shape[axis] = x.shape[axis] }
    return (try mean.reshape(shape), try variance.reshape(shape))
  }
}

/// Rescaling: x scale + offset, numbers or one a channel.
struct KerasRescaling: KerasMap {
  private let scale: [Double]
  private let offset: [Double]
  var passesMask: Bool { true }

  init(_ config: KerasConfig) throws(ThalwegError) {
    func numbers(_ name: String, _ standard: [Double]?) throws(ThalwegError) -> [Double] {
      guard let value = config.value(name) else {
        if let standard { return standard }
        throw config.wrong(name, "numbers")
      }
      let list = value.array ?? [value]
      let numbers = list.compactMap(\.double)
      guard numbers.count == list.count, !list.isEmpty, numbers.allSatisfy(\.isFinite) else {
        throw config.wrong(name, "numbers")
      }
      return numbers
    }
    scale = try numbers("scale", nil)
    offset = try numbers("offset", [0])
  }

  func map(_ input: Tensor, _ layer: KerasLayer?) throws(ThalwegError) -> Tensor {
    let x = try input.asFloat(layer)
    if scale.count == 1, offset.count == 1 { return try x * scale[0] + offset[0] }
    let factor = try Tensor(scale, [scale.count]).to(x.dtype)
    return try x * factor + Tensor(offset, [offset.count]).to(x.dtype)
  }
}
