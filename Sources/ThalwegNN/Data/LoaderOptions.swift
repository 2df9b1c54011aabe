package import ThalwegCore

/// How a loader makes batches of samples.
public struct LoaderOptions: Sendable {
  /// Samples in a batch.
  public var batchSize = 1
  /// Whether every epoch has a random order of its own.
  public var isShuffled = false
  /// What the order depends on, with the number of the epoch.
  public var seed: UInt64 = 0
  /// Whether samples at the end that do not fill a batch are left out.
  public var dropsLast = false
  /// Only the first samples of the data are used, so many; 0: all.
  public var limit = 0
  /// Files only: memory for samples that were read and are not given out yet. Half of it is a window, inside which
  /// samples are shuffled.
  public var windowBytes = 64 << 20
  /// Files only: batches that are made ahead, on a thread of the loader's own; 0: none and no thread. The order is the
  /// same for any number.
  public var prefetch = 2

  public init(batchSize: Int = 1, isShuffled: Bool = false, seed: UInt64 = 0) {
    self.batchSize = batchSize
    self.isShuffled = isShuffled
    self.seed = seed
  }

  /// - Throws: `.invalidArgument` for a number that makes no sense.
  package func check(_ function: StaticString) throws(ThalwegError) {
    func refuse(_ what: String, _ value: Int, _ least: Int) -> ThalwegError {
      ThalwegError(.invalidArgument, "\(function): \(what) is \(value); it must be at least \(least)")
    }
    if batchSize < 1 { throw refuse("batch_size", batchSize, 1) }
    if limit < 0 { throw refuse("limit", limit, 0) }
    if windowBytes < 1 { throw refuse("window_bytes", windowBytes, 1) }
    if prefetch < 0 { throw refuse("prefetch", prefetch, 0) }
  }

  /// Of `available` samples, those in an epoch.
  package func samples(of available: Int) -> Int { limit > 0 ? min(limit, available) : available }

  /// Batches that `samples` make.
  package func batches(of samples: Int) -> Int {
    samples / batchSize + (dropsLast || samples % batchSize == 0 ? 0 : 1)
  }
}

/// Random orders that depend on a seed, an epoch and a place in it alone.
package enum SampleOrder {
  /// A random order of 0 ..< count, int64, from the part of the seed's stream that belongs to the epoch and begins at
  /// `word`, a multiple of four, below 2^40. It takes 2 * count + 4 words at most.
  package static func permutation(
    _ count: Int, seed: UInt64, epoch: Int, word: UInt64 = 0
  ) throws(ThalwegError) -> Tensor {
    try Tensor.randperm(count, generator: generator(seed: seed, epoch: epoch, word: word))
  }

  /// The part of the seed's stream that belongs to the epoch, from `word` on.
  package static func generator(seed: UInt64, epoch: Int, word: UInt64 = 0) -> Generator {
    let random = Generator(seed: seed)
    // Words below 2^40 are left to others that start with the seed, such as a net's first weights.
    random.state.offset = (UInt64(truncatingIfNeeded: epoch) &+ 1) &<< 40 &+ word
    return random
  }
}
