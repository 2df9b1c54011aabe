public import ThalwegCore
public import ThalwegNN

/// A data set of a file, and how its samples come.
public struct HDF5Source: Sendable {
  public var path: String
  public var dataset: String
  /// Whether the samples come as float32: value * `scale` + `offset`, the data set's attributes, 1 and 0 where they are
  /// absent; uint8 without either attribute is divided by 255. Otherwise the dtypes are those of `HDF5.read`.
  public var isScaled: Bool

  public init(_ path: String, _ dataset: String, isScaled: Bool = false) {
    self.path = path
    self.dataset = dataset
    self.isScaled = isScaled
  }
}

/// Batches of data sets in HDF5 files, which may be larger than memory: several, in step along their first dimension.
///
/// Chunks come in random order and samples are shuffled inside a window of them (`StreamPlan`), so that a file is read in
/// large pieces, each once an epoch. A thread of the loader's own reads and converts ahead. Files are open only while
/// they are read. Samples in an order that a sampler gives, or a list without shuffling, are read row by row, a window of
/// them in the file's order.
public final class HDF5Loader: IndexedLoader {
  private enum Batches {
    case made(BatchStream)
    case ahead(Prefetcher)
  }

  private let sources: [StreamSource]
  /// Of the epochs that begin from now on, and of this one.
  private var nextPlan: StreamPlan
  private var plan: StreamPlan
  private var batches: Batches?
  private var epoch: BatchStream.Epoch?
  /// For `samples`, made when it is called for the first time.
  private var readers: [HDF5RowReader] = []

  /// Errors: as `HDF5.read` has them; `.shape` for a scalar or different numbers of samples; `.invalidArgument` for
  /// options that make no sense, too little memory for a chunk among them.
  public convenience init(
    _ sources: [HDF5Source], options: LoaderOptions = LoaderOptions()
  ) throws(ThalwegError) {
    try options.check("loader_open")
    let found = try HDF5Session.run("loader_open", reading: sources.map(\.path)) {
      session throws(ThalwegError) in
      var found: [StreamSource] = []
      for source in sources {
        let dataset = try HDF5Dataset(source.dataset, in: HDF5File(source.path, session))
        found.append(try StreamSource(dataset, isScaled: source.isScaled))
      }
      return found
    }
    try self.init(found, options)
  }

  init(_ found: [StreamSource], _ options: LoaderOptions) throws(ThalwegError) {
    guard !found.isEmpty else {
      throw ThalwegError(.invalidArgument, "loader_open: there are no data sets; at least one is needed")
    }
    let this = try StreamPlan(found, options)
    (self.sources, nextPlan, plan) = (found, this, this)
    super.init(available: found.first?.rows ?? 0, options: options)
  }

  deinit { stop() }

  public override var arrayCount: Int { sources.count }
  public override var transformsItself: Bool { true }
  public override var hasOwnOrder: Bool { !plan.isByRow }

  /// The plan has an order of its own for all samples, and for a list that is in the file's order, or would be if it were not
  /// shuffled. Other orders, and lists with repetitions, are kept as they are.
  public override func selectionChanged() throws(ThalwegError) {
    var rows: [Int]?
    var isByRow = true
    if case .plain = sampler {
      isByRow = false
      if let subset {
        let start = subset.data.assumingMemoryBound(to: Int64.self)
        var list = UnsafeBufferPointer(start: start, count: selected).map { Int($0) }
        withExtendedLifetime(subset) {}
        if options.isShuffled { list.sort() }
        for i in 1..<max(list.count, 1) where list[i] <= list[i - 1] { isByRow = true }
        if !isByRow { rows = list }
      }
    }
    nextPlan = try StreamPlan(sources, options, subset: rows, isByRow: isByRow)
  }

  public override func begin(_ epoch: Int) throws(ThalwegError) {
    stop()
    self.epoch = nil
    plan = nextPlan
    try super.begin(epoch)
    self.epoch = BatchStream.Epoch(number: epoch, seed: seed, order: order, chain: chain)
    try start(from: 0)
  }

  public override func skip(to samples: Int) throws(ThalwegError) -> Bool {
    guard order.isBoundary(samples) else { return false }
    stop()
    try start(from: samples)
    return true
  }

  public override func pause() { stop() }

  public override func nextBatch() throws(ThalwegError) -> [Tensor]? {
    if case .ahead(let prefetcher) = batches, prefetcher.isInherited {
      // A forked child goes on where its parent was, with a thread of its own.
      batches = nil
    }
    if batches == nil { try start(from: givenSamples) }
    return switch batches {
    case .made(let stream): try stream.next()
    case .ahead(let prefetcher): try prefetcher.next()
    case nil: nil
    }
  }

  /// The samples with these numbers, in the data's order and any dtype of integers, as a batch of them. Decoded chunks are
  /// kept, in half of the window's memory: whoever asks for a chunk's samples together, in ascending order, or again soon
  /// is served fastest.
  ///
  /// Errors: `.invalidArgument` for a number that no sample has; `.shape` unless the numbers are of rank 1; those of reading.
  public func samples(_ numbers: Tensor) throws(ThalwegError) -> [Tensor] {
    let function = "loader_samples"
    let stretches = try RowStretch.gather(numbers, of: plan.sources.first?.rows ?? 0, function)
    if readers.isEmpty {
      let share = plan.options.windowBytes / 2 / max(plan.sources.count, 1)
      readers = plan.sources.map { HDF5RowReader($0.stored, cacheBytes: share) }
    }
    var batch: [Tensor] = []
    for (source, reader) in zip(plan.sources, readers) {
      let shape = Dims([numbers.numel] + source.rowShape)
      let stored = try Tensor.empty(shape, dtype: source.stored.dtype)
      try reader.read(stretches, into: stored.data, function)
      batch.append(try stored.scaled(by: source.scaling))
    }
    return batch
  }

  private func start(from samples: Int) throws(ThalwegError) {
    guard let epoch else { return }
    let stream = try BatchStream(plan, epoch, from: samples)
    if plan.options.prefetch > 0, let prefetcher = Prefetcher(stream, capacity: plan.options.prefetch) {
      batches = .ahead(prefetcher)
    } else {
      batches = .made(stream)
    }
  }

  private func stop() {
    if case .ahead(let prefetcher) = batches, !prefetcher.isInherited { prefetcher.stop() }
    batches = nil
  }
}
