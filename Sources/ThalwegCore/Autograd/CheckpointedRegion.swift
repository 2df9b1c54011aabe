import CSystem
import Synchronization

/// Computes `function(inputs)` and keeps for backward nothing of what it computes, but its inputs: backward runs the
/// function once more when it needs the rest (Chen et al. 2016, "Training deep nets with sublinear memory cost").
/// Time for memory: of a chain of n layers in √n functions the tensors of about 2 √n are alive at once, for one more
/// forward pass. Functions may be nested, and gradients differentiated again.
///
/// The second run has the random numbers of the first, of every generator, and leaves running statistics of
/// normalisation as they are. The function must compute the same both times from its inputs and what it refers to; it
/// may use tensors beside its inputs, such as parameters, whose gradients come as always.
///
/// Where nothing is recorded, or within forward-mode differentiation, this is `function(inputs)`.
///
/// - Parameter preservesRandom: false if nothing in the function is random, or may differ.
/// - Throws: what `function` does; later, in backward, also `.autograd` if it computes something else than before.
public func checkpoint(
  _ inputs: [Tensor], preservesRandom: Bool = true,
  _ function: @escaping ([Tensor]) throws(ThalwegError) -> [Tensor]
) throws(ThalwegError) -> [Tensor] {
  guard GradMode.isEnabled, ForwardLevel.current == nil else { return try function(inputs) }
  let region = CheckpointedRegion(inputs, preservesRandom, function)
  if Recording.isActive { Recording.note(region.random.remember) }
  return try CheckpointRun(region, isReplay: false).whileCurrent { () throws(ThalwegError) in
    try function(inputs)
  }
}

/// The generators that a checkpointed function draws from, with their states before it did.
///
/// A recorded step has the work of both runs, whose draws are no longer told apart: there the generators themselves go
/// back for the second run, and on behind it.
private final class RandomStates {
  var list: [(generator: Generator, state: Generator.State)] = []
  private var later: [Generator.State] = []

  /// Before the first run of a step that has been recorded; while it is recorded there are none yet.
  func remember() {
    for i in list.indices { list[i].state = list[i].generator.state }
  }

  func goBack() {
    later = list.map { $0.generator.state }
    for (generator, state) in list { generator.state = state }
  }

  func goOn() {
    for ((generator, _), state) in zip(list, later) { generator.state = state }
  }
}

/// A checkpointed function, with what its second run needs.
package final class CheckpointedRegion {
  private let function: ([Tensor]) throws(ThalwegError) -> [Tensor]
  private let inputs: [Input]
  fileprivate let preservesRandom: Bool
  /// Anomaly mode records more: on or off, it is the same in both runs.
  fileprivate let anomaly = GradMode.bits & GradMode.anomaly

  private let lock = SpinLock()
  private var isRunning = false
  /// The tensors that nodes asked to keep, by their number; nil while nobody needs them.
  private var tensors: [Tensor?] = []
  /// How many there were in the first run.
  private var count = 0
  fileprivate let random = RandomStates()

  /// An input as it was, or where another region finds it.
  private struct Input {
    let tensor: Tensor
    let version: Int
    let requiresGrad: Bool
    let outer: CheckpointRun?
    let place: Int32
  }

  fileprivate init(
    _ inputs: [Tensor], _ preservesRandom: Bool,
    _ function: @escaping ([Tensor]) throws(ThalwegError) -> [Tensor]
  ) {
    self.function = function
    self.preservesRandom = preservesRandom
    let outer = CheckpointRun.current
    self.inputs = inputs.map { input in
      let place = outer?.take(input) ?? -1
      return Input(
        tensor: place < 0 ? input : input.husk(), version: input.storage.version.load(ordering: .relaxed),
        requiresGrad: input.requiresGrad, outer: place < 0 ? nil : outer, place: place)
    }
  }

  // MARK: - The first run

  fileprivate func countOne() -> Int32 {
    count += 1
    return Int32(truncatingIfNeeded: count - 1)
  }

  // MARK: - In backward

  /// Tensor number `place`, computed again if need be.
  /// - Parameter original: what has the shape and dtype that it had.
  /// - Throws: `.autograd` if it is another one than it was.
  package func tensor(at place: Int, like original: Tensor) throws(ThalwegError) -> Tensor {
    let tensor = if let known = lookUp(place) { known } else { try replay(for: place) }
    guard tensor.shape == original.shape, tensor.dtype == original.dtype else {
      throw ThalwegError(
        .autograd,
        """
        checkpoint: the function computed \(tensor.dtype) \(tensor.shape) in backward where it had computed \
        \(original.dtype) \(original.shape); it must do the same both times
        """)
    }
    return tensor
  }

  private func lookUp(_ place: Int) -> Tensor? {
    lock.lock()
    defer { lock.unlock() }
    return place < tensors.count ? tensors[place] : nil
  }

  package func forget(_ place: Int) {
    lock.lock()
    var old: Tensor?  // freed behind the lock
    if place < tensors.count { swap(&old, &tensors[place]) }
    lock.unlock()
  }

  private func replay(for place: Int) throws(ThalwegError) -> Tensor {
    lock.lock()
    let isBusy = isRunning
    isRunning = true
    lock.unlock()
    guard !isBusy else {
      throw ThalwegError(
        .autograd,
        "checkpoint: the function is being run again already, by another thread or by itself; do one after the other"
      )
    }
    defer {
      lock.lock()
      isRunning = false
      lock.unlock()
    }
    let run = CheckpointRun(self, isReplay: true)
    let points = try self.points(for: run)
    let random = random
    if Recording.isActive { Recording.note(random.goBack) }
    defer { if Recording.isActive { Recording.note(random.goOn) } }
    try run.whileCurrent { () throws(ThalwegError) in _ = try function(points) }
    guard run.collected.count >= count, place < run.collected.count, let wanted = run.collected[place] else {
      throw ThalwegError(
        .autograd,
        """
        checkpoint: the function kept \(run.collected.count) tensors for backward when it ran again, \(count) the \
        first time; it must do the same both times
        """)
    }
    lock.lock()
    swap(&tensors, &run.collected)
    lock.unlock()
    return wanted
  }

  /// The inputs as leaves of a graph of their own.
  private func points(for run: CheckpointRun) throws(ThalwegError) -> [Tensor] {
    var points: [Tensor] = []
    for input in inputs {
      let value = try input.outer?.region.tensor(at: Int(input.place), like: input.tensor) ?? input.tensor
      guard input.outer != nil || value.storage.version.load(ordering: .relaxed) == input.version else {
        throw ThalwegError(
          .autograd,
          """
          checkpoint: an input (shape \(value.shape), \(value.dtype)) is needed as it was, but \
          \(value.storage.changedBy) has changed it in place since; clone() it first
          """)
      }
      let point = value.alias()
      if input.requiresGrad { try point.setRequiresGrad(true) }
      if input.tensor.node != nil { run.computed.append(point) }
      points.append(point)
    }
    return points
  }
}

/// One run of a checkpointed function, the first or a later one, on one thread.
package final class CheckpointRun {
  package let region: CheckpointedRegion
  private let isReplay: Bool
  /// Of a later run: what nodes keep, in order, and the generators' states.
  fileprivate var collected: [Tensor?] = []
  private var randomStates: [(generator: Generator, state: Generator.State)] = []
  /// Of a later run: its inputs that were no leaves in the first.
  fileprivate var computed: [Tensor] = []
  /// The run within which this one is, while it is; a replay begins anew.
  private unowned(unsafe) var outer: CheckpointRun?

  fileprivate init(_ region: CheckpointedRegion, isReplay: Bool) {
    self.region = region
    self.isReplay = isReplay
    if isReplay { randomStates = region.random.list }
  }

  /// The one that the calling thread is in.
  package static var current: CheckpointRun? {
    guard let address = UnsafeRawPointer(bitPattern: tw_thread_get(Int32(TW_THREAD_REGION))) else {
      return nil
    }
    return Unmanaged<CheckpointRun>.fromOpaque(address).takeUnretainedValue()
  }

  /// Whether what runs has run before.
  package static var isReplaying: Bool {
    GradMode.bits & GradMode.checkpointing != 0 && replay != nil
  }

  /// Runs `body` as this run. A later one records whatever the thread does otherwise.
  fileprivate func whileCurrent<Result>(
    _ body: () throws(ThalwegError) -> Result
  ) throws(ThalwegError) -> Result {
    let (word, bits) = (tw_thread_get(Int32(TW_THREAD_REGION)), GradMode.bits)
    let level = tw_thread_get(Int32(TW_THREAD_LEVEL))
    tw_thread_set(Int32(TW_THREAD_LEVEL), 0)
    outer = isReplay ? nil : CheckpointRun.current
    tw_thread_set(Int32(TW_THREAD_REGION), Int(bitPattern: Unmanaged.passUnretained(self).toOpaque()))
    let kept = isReplay ? region.anomaly : bits
    tw_thread_set(Int32(TW_THREAD_GRAD_MODE), kept | GradMode.checkpointing)
    defer {
      tw_thread_set(Int32(TW_THREAD_REGION), word)
      tw_thread_set(Int32(TW_THREAD_LEVEL), level)
      tw_thread_set(Int32(TW_THREAD_GRAD_MODE), bits)
      outer = nil
      withExtendedLifetime(self) {}
    }
    return try body()
  }

  /// The number under which the region finds `tensor` again; nil if whoever asks is to keep it: leaves that require a
  /// gradient live anyway, and the nodes of a later run are as any others.
  package func take(_ tensor: Tensor) -> Int32? {
    if tensor.node == nil, tensor.requiresGrad, !computed.contains(where: { $0 === tensor }) { return nil }
    guard isReplay else { return region.countOne() }
    collected.append(tensor.alias())
    return nil
  }

  // MARK: - Random numbers

  private static var replay: CheckpointRun? {
    var run = current
    while let one = run, !one.isReplay { run = one.outer }
    return run
  }

  /// The later run that the thread is in, if `generator` is to give there what it gave in the first.
  package static func replay(of generator: Generator) -> CheckpointRun? {
    guard GradMode.bits & GradMode.checkpointing != 0, let run = replay,
      run.randomStates.contains(where: { $0.generator === generator })
    else { return nil }
    return run
  }

  package func state(of generator: Generator) -> Generator.State {
    randomStates.first { $0.generator === generator }?.state ?? Generator.State(seed: 0, offset: 0)
  }

  package func setState(of generator: Generator, _ state: Generator.State) {
    for i in randomStates.indices where randomStates[i].generator === generator {
      randomStates[i].state = state
    }
  }

  /// Remembers in every first run that the thread is in how `generator` stands before they use it.
  package static func note(_ generator: Generator) {
    var run = current
    while let one = run, !one.isReplay {
      if one.region.preservesRandom, !one.region.random.list.contains(where: { $0.generator === generator }) {
        one.region.random.list.append((generator, generator.state))
      }
      run = one.outer
    }
  }
}
