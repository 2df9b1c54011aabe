package import ThalwegCore

/// The transforms of an epoch, in order, each with the arrays that it is for.
///
/// What a sample draws depends on the loader's seed, the epoch, the sample's place in it and the transform's place in the
/// list: not on threads, nor on what was made before.
package struct TransformChain {
  package struct Step {
    let transform: Transform
    /// Bit i: array i of the batch.
    let arrays: UInt64
  }

  var steps: [Step] = []
  var seed: UInt64 = 0
  var epoch = 0
  /// Whether what is random is done; if not, crops are the image's centre.
  var augments = true

  package var isEmpty: Bool { steps.isEmpty }

  /// A batch of which the first sample is the epoch's `place`.
  package func callAsFunction(_ batch: [Tensor], at place: Int) throws(ThalwegError) -> [Tensor] {
    try noGrad { () throws(ThalwegError) -> [Tensor] in
      var batch = batch
      for (index, step) in steps.enumerated() {
        let chosen = batch.indices.filter { $0 < 64 && step.arrays >> UInt64($0) & 1 != 0 }
        guard let first = chosen.first else { continue }
        if case .custom(let isRandom, let change) = step.transform {
          if augments || !isRandom { batch = try custom(batch, change, index, place) }
          continue
        }
        let change = try pixelChange(step.transform, batch[first], index, place)
        for i in chosen { batch[i] = try apply(step.transform, change, batch[i]) }
      }
      return batch
    }
  }

  private func custom(
    _ batch: [Tensor], _ change: ([Tensor], UInt64) throws(ThalwegError) -> [Tensor?], _ index: Int,
    _ place: Int
  ) throws(ThalwegError) -> [Tensor] {
    let ownSeed = mix(
      mix(streamSeed(index), UInt64(truncatingIfNeeded: epoch)), UInt64(truncatingIfNeeded: place))
    let changed = try change(batch, ownSeed)
    guard changed.count == batch.count else {
      throw ThalwegError(
        .invalidArgument,
        "loader_next: a transform gave \(changed.count) arrays for \(batch.count); as many are needed")
    }
    var result = batch
    for (i, tensor) in changed.enumerated() {
      guard let tensor else { continue }
      guard tensor.shape.first == batch[i].shape.first else {
        throw ThalwegError(
          .shape,
          """
          loader_next: a transform gave shape \(tensor.shape) for array \(i) of shape \(batch[i].shape); the samples \
          along the first dimension must stay as many
          """)
      }
      result[i] = tensor.detach()
    }
    return result
  }

  private func apply(_ transform: Transform, _ change: PixelChange?, _ x: Tensor) throws(ThalwegError)
    -> Tensor
  {
    if let change { return try change(x) }
    switch transform {
    case .normalize(let mean, let std, let dim):
      let x = try floats(x)
      let axis = try Dims.resolve(dim, rank: x.rank, in: "loader_next")
      guard x.rank > 0, x.shape[axis] == mean.shape[0] else {
        throw ThalwegError(
          .shape,
          """
          loader_next: normalize has \(mean.shape[0]) means for dimension \(dim) of a batch of shape \(x.shape); one for \
          each place along it is needed
          """)
      }
      var shape = Dims(repeating: 1, count: x.rank)
      shape[axis] = mean.shape[0]
      return try (x - mean.to(x.dtype).reshape(shape)) / std.to(x.dtype).reshape(shape)
    case .scale(let factor, let offset):
      let x = try floats(x)
      return try x * factor + offset
    case .cast(let dtype, let isScaled):
      let y = try x.to(dtype)
      return isScaled && x.dtype == .uint8 && dtype.isFloat ? try y / 255 : y
    case .oneHot(let classes):
      guard !x.dtype.isFloat else {
        throw ThalwegError(.dtype, "loader_next: one_hot of \(x.dtype); classes are integers")
      }
      return try x.to(.int64).oneHot(classes).to(.float32)
    default: return x
    }
  }

  private func floats(_ x: Tensor) throws(ThalwegError) -> Tensor { x.dtype.isFloat ? x : try x.to(.float32) }

  // MARK: - What is drawn

  /// Two numbers in [0, 1) for each sample, whatever batches the samples are in.
  private func draws(_ index: Int, _ place: Int, _ count: Int) throws(ThalwegError) -> [Double] {
    let random = Generator(seed: streamSeed(index))
    random.state.offset =
      (UInt64(truncatingIfNeeded: epoch) &+ 1) &<< 40 &+ UInt64(truncatingIfNeeded: place) &<< 2
    return try Tensor.rand([count, 2], dtype: .float64, generator: random).toArray()
  }

  /// What becomes of the pixels of a batch of images; nil for a transform that leaves them where they are.
  private func pixelChange(
    _ transform: Transform, _ x: Tensor, _ index: Int, _ place: Int
  ) throws(ThalwegError) -> PixelChange? {
    if transform.isElementwise { return nil }
    guard x.rank >= 3 else {
      throw ThalwegError(
        .shape,
        "loader_next: a random transform of images for a batch of shape \(x.shape); it must be [n, ..., height, width]"
      )
    }
    let count = x.shape[0]
    let (height, width) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
    var change = PixelChange(inputHeight: height, inputWidth: width, height: height, width: width)
    if !augments {
      if case .randomCrop(let h, let w, let padding, let mode, let fill) = transform {
        try change.crop(h, w, padding, mode, fill)
        let window = PixelChange.Window(top: change.freeRows / 2, left: change.freeColumns / 2)
        change.windows = Array(repeating: window, count: count)
      }
      return change
    }
    let u = try draws(index, place, count)
    func whole(_ u: Double, _ range: Int) -> Int { min(Int(u * Double(range &+ 1)), range) }
    func shift(_ u: Double, _ share: Double, _ size: Int) -> Int {
      Int(((2 * u - 1) * share * Double(size)).rounded(.toNearestOrEven))
    }
    switch transform {
    case .randomFlip(let isVertical, let probability):
      change.windows = (0..<count).map { i in
        let flips = u[2 * i] < probability
        return .init(isFlippedDown: flips && isVertical, isFlippedAcross: flips && !isVertical)
      }
    case .randomCrop(let h, let w, let padding, let mode, let fill):
      try change.crop(h, w, padding, mode, fill)
      let (rows, columns) = (change.freeRows, change.freeColumns)
      change.windows = (0..<count).map {
        .init(top: whole(u[2 * $0], rows), left: whole(u[2 * $0 + 1], columns))
      }
    case .randomShift(let horizontal, let vertical, let fill):
      change.fill = fill
      change.windows = (0..<count).map {
        .init(top: -shift(u[2 * $0 + 1], vertical, height), left: -shift(u[2 * $0], horizontal, width))
      }
    default: break
    }
    return change
  }

  /// A stream of its own for each transform, apart from that of the loader's orders.
  private func streamSeed(_ index: Int) -> UInt64 {
    mix(mix(seed, 0x7472_616e), UInt64(truncatingIfNeeded: index))
  }

  /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators").
  private func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
    var z = a &+ (b &+ 1) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ z &>> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z &>> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z &>> 31
  }
}
