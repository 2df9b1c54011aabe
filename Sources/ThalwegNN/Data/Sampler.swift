public import ThalwegCore

/// Which samples an epoch has, in which order, and how they make batches.
public enum Sampler {
  /// Each sample once, in order or shuffled, as the options say.
  case plain
  /// Samples by chance, in proportion to their weights, so many an epoch (0: as many as there are). With replacement a
  /// sample may come again.
  case weighted(Tensor, draws: Int = 0, replacement: Bool = true)
  /// Each sample once, those of like lengths together: an epoch is cut into pools of so many samples (0: one), each sorted
  /// by length and cut into batches, whose order is random if the options shuffle. With a budget a batch has as many
  /// samples as keep its padded steps, samples times the longest, within it, and at least one; otherwise `batchSize`.
  case bucketed(lengths: Tensor, pool: Int = 0, budget: Int = 0)
  /// What a function says for an epoch: numbers of samples, int64 [n], and the batches' sizes (nil: `batchSize`). Training
  /// that goes on from a checkpoint computes the same if the function gives the same for the same epoch.
  case custom((_ epoch: Int) throws(ThalwegError) -> (samples: Tensor, sizes: [Int]?))

  /// - Throws: `.shape` unless there is a weight or length for each of `count` samples, `.dtype`, `.invalidArgument` for
  ///   weights and numbers that make no sense.
  func checked(_ count: Int) throws(ThalwegError) -> Sampler {
    func refuse(_ what: String) -> ThalwegError { ThalwegError(.invalidArgument, "loader_sampler: \(what)") }
    switch self {
    case .plain, .custom: return self
    case .weighted(let weights, let draws, let replacement):
      guard weights.rank == 1, weights.shape[0] == count, count > 0 else {
        throw ThalwegError(
          .shape,
          "loader_sampler: weights have shape \(weights.shape); there must be one for each of \(count) samples"
        )
      }
      guard draws >= 0 else {
        throw refuse("\(draws) draws an epoch; there must be at least 1, or 0 for all")
      }
      let values = try weights.detach().to(.float64).contiguous().clone()
      // What is wrong with the weights is said now, not at the first epoch.
      _ = try values.multinomial(
        replacement ? 1 : draws == 0 ? count : draws, replacement: replacement,
        generator: Generator(seed: 0))
      return .weighted(values, draws: draws, replacement: replacement)
    case .bucketed(let lengths, let pool, let budget):
      guard lengths.rank == 1, lengths.shape[0] == count else {
        throw ThalwegError(
          .shape,
          "loader_sampler: lengths have shape \(lengths.shape); there must be one for each of \(count) samples"
        )
      }
      guard lengths.dtype == .int64 || lengths.dtype == .int32 else {
        throw ThalwegError(
          .dtype, "loader_sampler: lengths are \(lengths.dtype); they must be int64 or int32")
      }
      guard pool >= 0, budget >= 0 else {
        throw refuse("a pool of \(pool), a budget of \(budget); neither may be negative")
      }
      return .bucketed(
        lengths: try lengths.detach().to(.int64).contiguous().clone(), pool: pool, budget: budget)
    }
  }

  /// Samples an epoch of so many has; nil if only the epoch tells.
  func draws(of count: Int) -> Int? {
    switch self {
    case .plain, .bucketed: count
    case .weighted(_, let draws, _): draws == 0 ? count : draws
    case .custom: nil
    }
  }

  /// An epoch of `count` samples.
  func order(
    of count: Int, _ options: LoaderOptions, seed: UInt64, epoch: Int
  ) throws(ThalwegError) -> EpochOrder {
    switch self {
    case .plain:
      guard options.isShuffled else { return EpochOrder(count: count, options: options) }
      let order = try SampleOrder.permutation(count, seed: seed, epoch: epoch)
      return EpochOrder(order, count: count, options: options)
    case .weighted(let weights, let draws, let replacement):
      let order = try weights.multinomial(
        draws == 0 ? count : draws, replacement: replacement,
        generator: SampleOrder.generator(seed: seed, epoch: epoch))
      return EpochOrder(order, count: order.numel, options: options)
    case .bucketed(let lengths, let pool, let budget):
      return try Buckets(lengths, pool, budget, options).order(seed: seed, epoch: epoch)
    case .custom(let give):
      let given = try give(epoch)
      let order = try SampleNumbers.checked(given.samples, below: count, "loader_sampler")
      var ends: [Int]?
      if let sizes = given.sizes {
        var end = 0
        ends = []
        for size in sizes {
          guard size >= 1, size <= order.numel - end else {
            throw ThalwegError(
              .invalidArgument,
              "loader_sampler: a batch of \(size) where \(order.numel - end) of \(order.numel) samples are left"
            )
          }
          end += size
          ends?.append(end)
        }
        guard end == order.numel else {
          throw ThalwegError(
            .invalidArgument, "loader_sampler: the batches have \(end) samples, the list has \(order.numel)")
        }
      }
      return EpochOrder(order, count: order.numel, ends: ends, options: options)
    }
  }
}

/// Batches of like lengths.
private struct Buckets {
  private let lengths: Tensor
  private let pool: Int
  private let budget: Int
  private let options: LoaderOptions

  init(_ lengths: Tensor, _ pool: Int, _ budget: Int, _ options: LoaderOptions) {
    (self.lengths, self.pool, self.budget, self.options) = (lengths, pool, budget, options)
  }

  func order(seed: UInt64, epoch: Int) throws(ThalwegError) -> EpochOrder {
    let count = lengths.numel
    if count == 0 { return EpochOrder(count: 0, options: options) }
    let samples =
      options.isShuffled
      ? try SampleOrder.permutation(count, seed: seed, epoch: epoch)
      : try Tensor.arange(0, Double(count), dtype: .int64)
    let pool = self.pool == 0 ? count : min(self.pool, count)
    var batches: [Range<Int>] = []
    var sorted: [Tensor] = []
    var first = 0
    while first < count {
      let end = first + min(pool, count - first)
      let part = try samples.slice(0, first, end)
      // Equal lengths stay in their random order.
      let order = try part.indexSelect(0, lengths.indexSelect(0, part).argsort())
      cut(try lengths.indexSelect(0, order).toArray(), from: first, &batches)
      sorted.append(order)
      first = end
    }
    let all = try Tensor.cat(sorted, dim: 0).contiguous()
    if options.isShuffled {
      let turn = try SampleOrder.permutation(batches.count, seed: seed, epoch: epoch, word: 1 << 39)
      batches = try turn.toArray().map { batches[Int($0)] }
    }
    let numbers = all.data.assumingMemoryBound(to: Int64.self)
    var (result, ends): ([Int64], [Int]) = ([], [])
    for batch in batches {
      for i in batch { result.append(numbers[i]) }
      ends.append(result.count)
    }
    withExtendedLifetime(all) {}
    return EpochOrder(try Tensor(result, [result.count]), count: result.count, ends: ends, options: options)
  }

  /// Adds the batches of a pool of ascending lengths that begins at `first`.
  private func cut(_ lengths: [Double], from first: Int, _ batches: inout [Range<Int>]) {
    var begin = 0
    for end in 1...lengths.count {
      let size = end - begin
      let isFull =
        budget == 0
        ? size == options.batchSize
        : end < lengths.count && Double(size + 1) * max(lengths[end], 1) > Double(budget)
      guard isFull || end == lengths.count else { continue }
      if budget > 0 || !options.dropsLast || size == options.batchSize {
        batches.append(first + begin..<first + end)
      }
      begin = end
    }
  }
}

/// Lists of the numbers of samples.
enum SampleNumbers {
  /// As int64 in one piece, a copy.
  static func checked(
    _ numbers: Tensor, below count: Int, _ function: StaticString
  ) throws(ThalwegError) -> Tensor {
    guard numbers.rank == 1, numbers.dtype == .int64 || numbers.dtype == .int32 else {
      throw ThalwegError(
        numbers.rank == 1 ? .dtype : .shape,
        "\(function): the samples are \(numbers.dtype) of shape \(numbers.shape); a list of int64 or int32 is needed"
      )
    }
    let result = try numbers.detach().to(.int64).contiguous().clone()
    let values = result.data.assumingMemoryBound(to: Int64.self)
    for i in 0..<result.numel where values[i] < 0 || values[i] >= count {
      throw ThalwegError(
        .invalidArgument,
        "\(function): there is no sample \(values[i]) among \(count), number \(i) of the list")
    }
    return result
  }
}
