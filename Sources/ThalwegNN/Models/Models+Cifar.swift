public import ThalwegCore

/// He et al. 2016, "Deep residual learning for image recognition", section 4.2: a filter layer, three stages of n pairs of
/// filter layers with 16, 32 and 64 channels, an average and a dense layer: 6 n + 2 in all.
extension Models {
  /// Shape: [N, 3, 32, 32] (or any other size from 4) to [N, classes].
  /// - Parameters:
  ///   - residual: whether each pair has a shortcut; else the net is the paper's plain one.
  ///   - projection: whether shortcuts to more channels are 1 x 1 filters (the paper's option B) rather than channels of
  ///     zeros (its option A).
  /// - Throws: `.invalidArgument` unless the depth is 6 n + 2 for an n from 1.
  public static func cifar(
    depth: Int, residual: Bool = true, projection: Bool = false, classes: Int = 10, dtype: DType = .float32,
    generator: Generator = .default
  ) throws(ThalwegError) -> Sequential {
    guard depth >= 8, depth <= 2000, (depth - 2) % 6 == 0 else {
      throw ThalwegError(
        .invalidArgument, "cifar: the depth is \(depth); it must be 6 n + 2, such as 20, 32, 44, 56 or 110")
    }
    let maker = CifarMaker(residual: residual, projection: projection, dtype: dtype, generator: generator)
    let net = try Sequential()
    for layer in try maker.filters(3, 16, 1) + [ReLU()] { try net.append(layer) }
    var channels = 16
    for wanted in [16, 32, 64] {
      let stage = try Sequential()
      for i in 0..<(depth - 2) / 6 {
        try stage.append(maker.pair(channels, wanted, stride: i == 0 && wanted > 16 ? 2 : 1))
        channels = wanted
      }
      try net.append(stage)
    }
    let last = try Linear(64, classes, dtype: dtype, generator: generator)
    if let weight = last.parameter("weight") {
      try Init.kaimingNormal(weight, nonlinearity: .relu, generator: generator)
    }
    for layer in [try AdaptiveAvgPool2d([1]), Flatten(), last] { try net.append(layer) }
    return net
  }
}

private struct CifarMaker {
  let residual: Bool
  let projection: Bool
  let dtype: DType
  let generator: Generator

  /// 3 x 3 filters, or 1 x 1, and their normalisation.
  func filters(
    _ from: Int, _ to: Int, _ stride: Int, window: Int = 3
  ) throws(ThalwegError) -> [Module] {
    let filters = try Conv2d(
      from, to, kernel: [window], stride: [stride], padding: .zeros([window / 2]), bias: false, dtype: dtype,
      generator: generator)
    if let weight = filters.parameter("weight") {
      try Init.kaimingNormal(weight, nonlinearity: .relu, generator: generator)
    }
    return [filters, try BatchNorm2d(to, dtype: dtype)]
  }

  /// Two layers of filters, with a shortcut around them or without.
  func pair(_ from: Int, _ to: Int, stride: Int) throws(ThalwegError) -> Module {
    let branch = try Sequential(filters(from, to, stride) + [ReLU()] + filters(to, to, 1))
    if !residual {
      try branch.append(ReLU())
      return branch
    }
    var shortcut: Module?
    if from != to || stride != 1 {
      shortcut =
        projection
        ? try Sequential(filters(from, to, stride, window: 1)) : try ChannelPad(from, to, stride: stride)
    }
    return try Sequential(Residual(branch, shortcut: shortcut), ReLU())
  }
}
