public import ThalwegCore

/// Mini-batches of a data set, epoch after epoch: where training and evaluation get their data from.
///
/// A subclass says where the samples come from: tensors in memory (`TensorLoader`) or a file (ThalwegIO). One thread at a
/// time uses a loader.
open class DataLoader: Object {
  /// Where a loader is: an epoch, and how many of its samples were given out. At an epoch's end it is the next one's
  /// beginning.
  public struct Place: Equatable, Sendable {
    public var epoch: Int
    public var samples: Int

    public init(epoch: Int, samples: Int) {
      self.epoch = epoch
      self.samples = samples
    }
  }

  /// The epoch that was started last.
  private var epoch: Int?
  private var isOver = false
  private var isResumed = false
  /// Samples of this epoch that were given out.
  public private(set) final var givenSamples = 0
  /// Of a transform in this epoch.
  private var failure: ThalwegError?

  /// What random orders and transforms depend on, together with epoch and place.
  public final var seed: UInt64
  /// Whether random transforms are done, from the next epoch on. If not, as for evaluation, crops are the image's centre.
  public final var isAugmenting = true
  private var steps: [TransformChain.Step] = []
  /// The transforms that there were when the epoch began.
  package private(set) final var chain = TransformChain()

  public init(seed: UInt64 = 0) {
    self.seed = seed
    super.init()
  }

  /// Samples in an epoch; 0 if that is not known.
  open var sampleCount: Int { 0 }

  /// Batches in an epoch; 0 if that is not known.
  open var batchCount: Int { 0 }

  /// Arrays in a batch; 0 if that is not known.
  open var arrayCount: Int { 0 }

  /// Goes to the beginning of the epoch after the one that was started last, 0 at first, whatever is left of that. Right
  /// after `resume` it stays in the middle of its epoch.
  public final func startEpoch() throws(ThalwegError) {
    if !isResumed { return try startEpoch(upcoming) }
    isResumed = false
  }

  /// Goes to the beginning of an epoch. With shuffling every epoch has an order of its own, which depends on the seed and
  /// the epoch's number alone.
  /// - Throws: `.invalidArgument` for a negative number.
  public final func startEpoch(_ epoch: Int) throws(ThalwegError) {
    guard epoch >= 0 else {
      throw ThalwegError(
        .invalidArgument, "loader_start_epoch: the epoch is \(epoch); it must not be negative")
    }
    self.epoch = epoch
    givenSamples = 0
    isOver = false
    isResumed = false
    failure = nil
    chain = TransformChain(steps: steps, seed: seed, epoch: epoch, augments: isAugmenting)
    try begin(epoch)
  }

  /// The next batch, its arrays in step (samples along the first dimension); nil at the end of the epoch. After an error
  /// it throws the same again, until the next epoch is started. The first call starts an epoch if none was.
  public final func next() throws(ThalwegError) -> [Tensor]? {
    if epoch == nil { try startEpoch() }
    isResumed = false
    if let failure { throw failure }
    guard let batch = try nextBatch() else {
      isOver = true
      return nil
    }
    isOver = false
    let count = samples(in: batch)
    var given = batch
    if !transformsItself, !chain.isEmpty {
      do throws(ThalwegError) {
        given = try chain(batch, at: givenSamples)
      } catch {
        failure = error
        throw error
      }
    }
    givenSamples &+= count
    return given
  }

  /// Adds a transform behind those that there are, from the next epoch on.
  /// - Parameter arrays: bit i is set for array i of a batch; all of them see the same random numbers.
  /// - Throws: `.invalidArgument` for numbers that make no sense, no arrays, or a transform that the loader's samples have
  ///   no use for; `.shape`.
  public final func add(_ transform: Transform, to arrays: UInt64 = 1) throws(ThalwegError) {
    let checked = try transform.checked("loader_add")
    guard arrays != 0 else {
      throw ThalwegError(
        .invalidArgument, "loader_add: arrays is 0; bit i must be set for each array i that is transformed")
    }
    try check(checked)
    steps.append(TransformChain.Step(transform: checked, arrays: arrays))
  }

  /// Takes all transforms away, from the next epoch on.
  public final func removeTransforms() { steps = [] }

  /// Runs `body` over an epoch's batches without augmentation; afterwards the loader is where it was.
  final func visit(_ body: ([Tensor]) throws(ThalwegError) -> Void) throws(ThalwegError) {
    let (before, wasResumed, augmented) = (place, isResumed, isAugmenting)
    isAugmenting = false
    var trouble: ThalwegError?
    do throws(ThalwegError) {
      try startEpoch(0)
      while let batch = try next() { try body(batch) }
    } catch {
      trouble = error
    }
    isAugmenting = augmented
    if let before {
      try resume(at: before)
      isResumed = wasResumed || before.samples == 0
    } else {
      epoch = nil
    }
    if let trouble { throw trouble }
  }

  // MARK: - Going on where another loader was

  /// Where the loader is; nil before the first epoch.
  public final var place: Place? {
    guard let epoch else { return nil }
    return isOver ? Place(epoch: upcoming, samples: 0) : Place(epoch: epoch, samples: givenSamples)
  }

  /// The epoch that `startEpoch()` goes to.
  private var upcoming: Int { epoch.map { $0 == .max ? 0 : $0 + 1 } ?? 0 }

  /// Goes to where a loader of the same data and options was: the batches that follow are those that followed there.
  /// - Throws: `.invalidArgument` for a place that no epoch of this loader has.
  public final func resume(at place: Place) throws(ThalwegError) {
    try startEpoch(place.epoch)
    if place.samples != 0 {
      guard place.samples > 0, try skip(to: place.samples) else {
        try startEpoch(place.epoch)
        throw ThalwegError(
          .invalidArgument,
          """
          loader_resume: no batch of an epoch begins after \(place.samples) samples of \(sampleCount); the data or the \
          batch size is another one
          """)
      }
    }
    givenSamples = place.samples
    isResumed = true
  }

  // MARK: - What a subclass does

  /// At the beginning of an epoch.
  open func begin(_ epoch: Int) throws(ThalwegError) {}

  /// The next batch; nil at the end of the epoch.
  open func nextBatch() throws(ThalwegError) -> [Tensor]? { nil }

  /// How many samples a batch has.
  open func samples(in batch: [Tensor]) -> Int { batch.first?.shape.first ?? 0 }

  /// Whether `nextBatch` gives batches that were transformed by `chain`: on a thread of the loader's, for instance.
  open var transformsItself: Bool { false }

  /// Stops what is made ahead, and its thread; `next` goes on where it was.
  open func pause() {}

  /// Whether the loader's samples have a use for the transform.
  func check(_ transform: Transform) throws(ThalwegError) {}

  /// Goes on, at the beginning of an epoch, to where `samples` have been given out; false if that is inside a batch. Here
  /// by giving them out and away: a subclass may know a shorter way.
  open func skip(to samples: Int) throws(ThalwegError) -> Bool {
    while givenSamples < samples, try next() != nil {}
    return givenSamples == samples
  }
}
