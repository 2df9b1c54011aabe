public import ThalwegCore
public import ThalwegNN

/// All that training goes on from, and its way into a file and back: parameters and buffers, what the optimiser and the
/// schedules remember, random numbers, the place in the data, counters and the user's own notes.
///
/// Training that was ended at any moment and goes on from the last checkpoint computes the same bits as one that was never
/// ended, given the same data, instruction set and calls.
///
/// The file is a model file too: `Module.load` and Keras read it. It appears in one step, so there is always a whole one.
/// One thread at a time uses a checkpoint and what it keeps.
public final class TrainingCheckpoint: Object {
  public let module: Module
  public let optimizer: Optimizer?
  /// In the order in which they were given; a file is read into as many of the same kinds.
  public let schedules: [Schedule]
  /// Streams of random numbers beside the default one, which is always kept.
  public let generators: [Generator]
  /// Whose place in the data is kept.
  public let loader: DataLoader?

  /// Counted by whoever trains.
  public var step = 0
  public var epoch = 0
  /// The user's own notes.
  public var metadata: [(name: String, value: String)] = []
  /// What `fit` keeps.
  var fit = FitMemory()
  /// The best score that `save(in:)` was given.
  var bestScore: Double?
  /// Names that the C interface has handed out.
  package let names = NamePool()

  var background: BackgroundSave?

  public init(
    _ module: Module, optimizer: Optimizer? = nil, schedules: [Schedule] = [], generators: [Generator] = [],
    loader: DataLoader? = nil
  ) {
    self.module = module
    self.optimizer = optimizer
    self.schedules = schedules
    self.generators = generators
    self.loader = loader
    super.init()
  }

  deinit { background?.finish() }

  /// Writes a file at `path`, in one step: a failure or a crash leaves what was there.
  /// - Throws: as `Module.save`.
  public func save(_ path: String) throws(ThalwegError) {
    try wait()
    try CheckpointSnapshot(self, isCopied: false, "checkpoint_save").write(to: path, "checkpoint_save")
  }

  /// As `save`, on a thread of its own: returns when everything is copied, and training may go on. An error is thrown by
  /// the next call of any function of this checkpoint, `wait` at the latest.
  /// - Throws: `.outOfMemory` for the copy; what went wrong in the save before.
  public func saveInBackground(_ path: String) throws(ThalwegError) {
    try wait()
    let snapshot = try CheckpointSnapshot(self, isCopied: true, "checkpoint_save")
    background = try BackgroundSave { () throws(ThalwegError) in
      try snapshot.write(to: path, "checkpoint_save")
    }
  }

  /// Waits for the save in the background, if there is one.
  /// - Throws: what went wrong in it.
  public func wait() throws(ThalwegError) {
    let failure = background?.finish()
    background = nil
    if let failure { throw failure }
  }

  /// Reads a file that `save` wrote into module, optimiser, schedules, generators and loader: all of it or, on any error,
  /// nothing.
  /// - Throws: `.io` no readable file; `.format` damaged, or of other modules, optimisers or schedules than these: the
  ///   sentence says which; `.unavailable`; `.outOfMemory`.
  public func load(_ path: String) throws(ThalwegError) {
    try wait()
    try CheckpointRestorer(self, path).run()
  }
}
