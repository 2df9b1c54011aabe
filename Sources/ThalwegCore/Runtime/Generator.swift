/// A stream of random numbers: Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2,
/// 3"). Word i of the stream is a function of the seed and i alone, so whoever needs random numbers reserves a
/// range of the stream and computes it in any order on any number of threads, to the same bits.
///
/// Any thread may use a generator at any time; what each gets then depends on who came first.
public final class Generator: Object, @unchecked Sendable {
  /// The whole state of a generator: set it again, and the same numbers follow.
  public struct State: Equatable, Sendable {
    public var seed: UInt64
    /// The next word of the stream.
    public var offset: UInt64

    public init(seed: UInt64, offset: UInt64) {
      self.seed = seed
      self.offset = offset
    }
  }

  /// The one that is used where no other is given. It starts with seed 0.
  public static let `default` = Generator(seed: 0)

  private let lock = SpinLock()
  private var current: State

  public init(seed: UInt64) {
    current = State(seed: seed, offset: 0)
    super.init()
    // A step would go on with it where the recording made it anew.
    if Recording.isActive { Recording.refuse() }
  }

  /// In a checkpointed function that runs again: what it was there the first time.
  public var state: State {
    get {
      if let run = CheckpointRun.replay(of: self) { return run.state(of: self) }
      lock.lock()
      defer { lock.unlock() }
      return current
    }
    set {
      if Recording.isActive { Recording.refuse() }
      if let run = CheckpointRun.replay(of: self) { return run.setState(of: self, newValue) }
      lock.lock()
      current = newValue
      lock.unlock()
    }
  }

  /// Starts the stream of `seed` from its beginning.
  public func manualSeed(_ seed: UInt64) {
    state = State(seed: seed, offset: 0)
  }

  /// Takes the next `words` 32-bit words of the stream for the caller, rounded up to whole blocks of four:
  /// every range starts at a multiple of four.
  package func reserve(_ words: Int) -> (seed: UInt64, offset: UInt64) {
    if Recording.isActive { Recording.refuse() }
    let step = (UInt64(truncatingIfNeeded: max(words, 0)) &+ 3) & ~3
    if GradMode.bits & GradMode.checkpointing != 0 { CheckpointRun.note(self) }
    var start: State
    if let run = CheckpointRun.replay(of: self) {
      start = run.state(of: self)
      run.setState(of: self, State(seed: start.seed, offset: start.offset &+ step))
    } else {
      lock.lock()
      start = current
      current.offset = start.offset &+ step
      lock.unlock()
    }
    // A state that somebody has set may point anywhere.
    return (start.seed, start.offset)
  }
}
