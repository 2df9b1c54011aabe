import ThalwegCore

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
