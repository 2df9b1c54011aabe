import CSystem
import Synchronization

/// Notes what the calling thread's operations compute, for a `RecordedStep` to compute it again.
///
/// An operation checks, allocates, computes and enters the graph of derivatives. What it computes, a function of addresses
/// and sizes, it gives to `note`, which keeps it and does it. Whatever else reads or writes elements is refused
/// (`Tensor.data` sees to that), so that nothing can be left out without a word: an operation can be recorded only if
/// somebody has seen to it.
///
///     let (from, to, count) = (x.address, y.address, x.numel)
///     func run() { loop(count, to, from) }
///     if Recording.isActive { Recording.note(run) } else { run() }
///
/// So the eager way makes no closure. What is noted runs as it would without a recording: it may use `data`, have
/// workspaces, and call what notes otherwise. Tensors that it refers to live as long as the step; an address alone lets the
/// memory be used again, by what is computed later.
package final class Recording {
  package typealias Work = () throws(ThalwegError) -> Void

  /// What is noted: each as it came, as the compiler cannot make one of the other.
  enum Part {
    case plain(() -> Void)
    case throwing(Work)
    case effect(() throws(ThalwegError) -> [Double])

    func run() throws(ThalwegError) {
      switch self {
      case .plain(let work): work()
      case .throwing(let work): try work()
      case .effect(let work): _ = try work()
      }
    }
  }

  /// A leaf's gradient that the step relies on to be there, or not to be, when it begins.
  struct Condition {
    let leaf: Tensor
    let gradient: Tensor?
  }

  let inputs: [Tensor]
  let memory = StepMemory()
  private(set) var work: [Part] = []
  private(set) var conditions: [Condition] = []
  /// Leaves from before whose gradient the step has set, or has a condition for.
  private var settled: Set<ObjectIdentifier> = []
  /// Memory from before the recording that is read or written.
  private(set) var kept: [ObjectIdentifier: Storage] = [:]
  /// Memory of scalars that the program has given, with its version then: their value is the same each time.
  private var given: [ObjectIdentifier: (storage: Storage, version: Int)] = [:]
  /// What the latest memory was for, and what it was for when something was refused.
  private var latest: StaticString = "an operation"
  private var suspect: StaticString?

  private static let clock = Atomic<UInt32>(0)
  private let ownNumber: UInt32

  init(_ inputs: [Tensor]) {
    self.inputs = inputs
    ownNumber = Recording.clock.wrappingAdd(1, ordering: .relaxed).newValue
  }

  // MARK: - The calling thread's

  /// Whether the calling thread records.
  @inline(__always)
  package static var isActive: Bool { tw_thread_get(Int32(TW_THREAD_STEP)) != 0 }

  /// The number of what the calling thread records; 0: nothing.
  @inline(__always)
  static var number: UInt32 { isActive ? currentNumber : 0 }

  @inline(never)
  private static var currentNumber: UInt32 { current?.ownNumber ?? 0 }

  static var current: Recording? {
    guard let address = UnsafeRawPointer(bitPattern: tw_thread_get(Int32(TW_THREAD_STEP))) else { return nil }
    return Unmanaged<Recording>.fromOpaque(address).takeUnretainedValue()
  }

  /// Makes it the calling thread's, until `detach`.
  func attach() {
    tw_thread_set(Int32(TW_THREAD_STEP), Int(bitPattern: Unmanaged.passRetained(self).toOpaque()))
  }

  /// Ends the calling thread's recording, if there is one.
  static func detach() -> Recording? {
    guard let address = UnsafeRawPointer(bitPattern: tw_thread_get(Int32(TW_THREAD_STEP))) else { return nil }
    tw_thread_set(Int32(TW_THREAD_STEP), 0)
    let recording = Unmanaged<Recording>.fromOpaque(address).takeRetainedValue()
    recording.memory.freeze()
    return recording
  }

  /// Runs `body` as if nothing were recorded. For what depends on shapes alone: it is the same each time.
  package static func outside<Result>(
    _ body: () throws(ThalwegError) -> Result
  ) throws(ThalwegError) -> Result {
    let word = tw_thread_get(Int32(TW_THREAD_STEP))
    if word == 0 { return try body() }
    tw_thread_set(Int32(TW_THREAD_STEP), 0)
    defer { tw_thread_set(Int32(TW_THREAD_STEP), word) }
    return try body()
  }

  // MARK: - What is noted

  /// Notes `work`, and does it.
  @inline(never)
  package static func note(throwing work: @escaping Work) throws(ThalwegError) {
    guard let recording = current else { return try work() }
    let word = tw_thread_get(Int32(TW_THREAD_STEP))
    tw_thread_set(Int32(TW_THREAD_STEP), 0)
    defer { tw_thread_set(Int32(TW_THREAD_STEP), word) }
    try work()
    recording.work.append(.throwing(work))
  }

  @inline(never)
  package static func note(_ work: @escaping () -> Void) {
    guard let recording = current else { return work() }
    let word = tw_thread_get(Int32(TW_THREAD_STEP))
    tw_thread_set(Int32(TW_THREAD_STEP), 0)
    work()
    tw_thread_set(Int32(TW_THREAD_STEP), word)
    recording.work.append(.plain(work))
  }

  /// Notes a call that is to be made anew each time, with whatever numbers the host has then: a step of an optimiser.
  /// - Returns: what it gives the first time.
  @inline(never)
  package static func effect(
    _ body: @escaping () throws(ThalwegError) -> [Double]
  ) throws(ThalwegError) -> [Double] {
    guard let recording = current else { return try body() }
    let word = tw_thread_get(Int32(TW_THREAD_STEP))
    tw_thread_set(Int32(TW_THREAD_STEP), 0)
    defer { tw_thread_set(Int32(TW_THREAD_STEP), word) }
    let result = try body()
    recording.work.append(.effect(body))
    return result
  }

  /// Tensors without derivatives, new ones of shapes that are the same each time, that `body` makes of others by any means:
  /// it is kept whole, and what it makes in a run of the step is copied to where the first ones are.
  package static func tensors(
    _ body: @escaping () throws(ThalwegError) -> [Tensor]
  ) throws(ThalwegError) -> [Tensor] {
    if !isActive { return try noGrad(body) }
    var results: [Tensor] = []
    try note(throwing: { () throws(ThalwegError) in
      let values = try noGrad(body)
      if results.isEmpty {
        for value in values { value.storage.expose() }
        results = values
      }
      for (result, value) in zip(results, values) where result !== value {
        guard result.shape == value.shape else {
          throw ThalwegError(
            .shape,
            "step_run: what had shape \(result.shape) when recorded has \(value.shape); record it anew")
        }
        try result.copy(from: value)
      }
    })
    return results.map { $0.alias() }
  }

  /// The same for one tensor.
  package static func tensor(
    _ body: @escaping () throws(ThalwegError) -> Tensor
  ) throws(ThalwegError) -> Tensor {
    if !isActive { return try noGrad(body) }
    return try tensors { () throws(ThalwegError) in [try body()] }[0]
  }

  /// Memory for a tensor; nil if nothing is recorded.
  static func allocate(
    _ byteCount: Int, for function: StaticString
  ) throws(ThalwegError) -> (base: UnsafeMutableRawPointer, memory: StepMemory)? {
    guard let recording = current else { return nil }
    recording.latest = function
    return (try recording.memory.allocate(byteCount, for: function), recording.memory)
  }

  /// An address is about to be noted: what is there has to stay.
  @inline(never)
  static func keep(_ storage: Storage) {
    guard let recording = current, !storage.belongs(to: recording.memory) else { return }
    recording.kept[ObjectIdentifier(storage)] = storage
  }

  /// Elements of memory from before have changed in place.
  @inline(never)
  static func changes(_ storage: Storage, _ operation: StaticString) {
    guard let recording = current, !storage.belongs(to: recording.memory) else { return }
    recording.work.append(.plain { storage.didChange(by: operation) })
  }

  // MARK: - What is refused

  /// Elements are read or written by what nobody has noted.
  @inline(never)
  package static func refuse() {
    if let recording = current, recording.suspect == nil { recording.suspect = recording.latest }
  }

  /// - Parameter name: the function that has returned.
  /// - Throws: `.invalidArgument` if something was refused.
  package static func check(_ name: String? = nil) throws(ThalwegError) {
    guard let recording = current, let failure = recording.refusal(name) else { return }
    recording.suspect = nil
    throw failure
  }

  /// What was refused and has not been reported.
  func refusal(_ name: String? = nil) -> ThalwegError? {
    guard let suspect else { return nil }
    let place =
      name.map { $0 == "\(suspect)" ? $0 : "\($0) (at or after \(suspect))" }
      ?? "\(suspect), or what follows it,"
    return ThalwegError(
      .invalidArgument,
      "step: \(place) cannot be recorded: it reads or writes elements in a way that a step cannot repeat; call it outside"
    )
  }

  /// - Throws: `.invalidArgument` while the calling thread records: `function` has to do with values that are known now only.
  @inline(__always)
  package static func forbid(_ function: StaticString) throws(ThalwegError) {
    if isActive { throw forbidden(function) }
  }

  @inline(never)
  private static func forbidden(_ function: StaticString) -> ThalwegError {
    ThalwegError(
      .invalidArgument,
      """
      \(function): a step is being recorded, which would have the values of this one time for good; do it outside \
      the step
      """)
  }

  /// - Throws: as `forbid`, for the value of a tensor that is no number of the program's.
  @inline(never)
  static func forbidValue(of tensor: Tensor, _ function: StaticString) throws(ThalwegError) {
    guard let recording = current else { return }
    let given = recording.given[ObjectIdentifier(tensor.storage)]
    if let given, given.version == tensor.storage.version.load(ordering: .relaxed) { return }
    throw forbidden(function)
  }

  /// A scalar has been given a number of the program's.
  @inline(never)
  static func gives(_ storage: Storage) {
    current?.given[ObjectIdentifier(storage)] = (storage, storage.version.load(ordering: .relaxed))
  }

  // MARK: - Gradients of leaves

  /// Somebody asks for a leaf's gradient.
  @inline(never)
  static func reads(_ gradient: Tensor?, of leaf: Tensor) {
    // What was made here has none when the step begins.
    guard let recording = current, leaf.madeIn != recording.ownNumber,
      recording.settled.insert(ObjectIdentifier(leaf)).inserted
    else { return }
    recording.conditions.append(Condition(leaf: leaf, gradient: gradient))
  }

  /// A leaf gets another gradient, or none.
  @inline(never)
  static func sets(_ gradient: Tensor?, of leaf: Tensor) {
    guard let recording = current else { return }
    recording.settled.insert(ObjectIdentifier(leaf))
    recording.work.append(
      .plain {
        leaf.exchangeGradient(gradient)
        gradient?.storage.didChange(by: "step")
      })
  }

  /// Whether a tensor's memory is there already when the step begins.
  static func isFromBefore(_ tensor: Tensor) -> Bool {
    guard let recording = current else { return false }
    return !tensor.storage.belongs(to: recording.memory)
  }
}
