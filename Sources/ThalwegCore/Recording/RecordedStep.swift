import Synchronization

/// Work of fixed shapes, such as a step of training, recorded once and done again and again: without checks, without a
/// graph of derivatives, in memory of its own. Results have the bits that the operations themselves would give, one after
/// the other.
///
///     try RecordedStep.begin([x, t])          // tensors whose elements will be others each time
///     optimizer.zeroGrad()
///     let loss = try model(x).crossEntropy(t)
///     try loss.backward()
///     try optimizer.step()
///     let step = try RecordedStep.end([loss])
///     try step.run([nextX, nextT])            // `loss` has the new value
///
/// What is done again is what the operations compute, with random numbers drawn anew, and these calls, made anew with
/// whatever numbers they go by then: steps of optimisers and schedules, clipping. All else is as it was: branches,
/// numbers that the program computed, the lengths of loops. The recording refuses what would go unnoticed: reading
/// elements (`item`), and operations that cannot be repeated, by name.
///
/// A leaf's gradient is what it is after the same code: a tensor of the step's, or none.
public final class RecordedStep: Object {
  private let inputs, outputs: [Tensor]
  private let work: [Recording.Part]
  private let conditions: [Recording.Condition]
  private let kept: [Storage]
  private let memory: StepMemory
  private let isRunning = Atomic<Bool>(false)

  private init(_ recording: Recording, _ outputs: [Tensor]) {
    (inputs, work, conditions) = (recording.inputs, recording.work, recording.conditions)
    (kept, memory) = (Array(recording.kept.values), recording.memory)
    self.outputs = outputs
    super.init()
  }

  // MARK: - Recording

  /// Records what the calling thread does, until `end` or `abort`.
  /// - Parameter inputs: tensors that `run` fills anew.
  /// - Throws: `.invalidArgument` if the thread records already; what a change in place of an input would throw.
  public static func begin(_ inputs: [Tensor]) throws(ThalwegError) {
    guard !Recording.isActive else {
      throw ThalwegError(
        .invalidArgument, "step_begin: this thread records a step already; end or abort that one first")
    }
    for input in inputs {
      try noGrad { () throws(ThalwegError) in try input.checkWritable(by: "step_begin") }
    }
    Recording(inputs).attach()
  }

  /// Ends the recording. On an error, too.
  /// - Parameter outputs: tensors that every run gives new elements.
  /// - Throws: `.invalidArgument` if nothing is recorded, or for what was done that cannot be repeated.
  public static func end(_ outputs: [Tensor]) throws(ThalwegError) -> RecordedStep {
    guard let recording = Recording.detach() else {
      throw ThalwegError(.invalidArgument, "step_end: this thread records no step; step_begin comes first")
    }
    if let failure = recording.refusal() { throw failure }
    return RecordedStep(recording, outputs.map { $0.detach() })
  }

  /// Ends the recording, if there is one, and forgets it.
  public static func abort() { _ = Recording.detach() }

  // MARK: - Running

  /// Copies `values` to the inputs and does the work. One thread at a time.
  ///
  /// On an error in the middle, such as a class out of range, what was computed until then stays: as without a recording.
  /// - Throws: `.shape`, `.dtype` or `.invalidArgument` unless the inputs and the leaves' gradients are as they were; what
  ///   the work throws.
  public func run(_ values: [Tensor]) throws(ThalwegError) {
    guard !Recording.isActive else {
      throw ThalwegError(
        .invalidArgument, "step_run: this thread records a step; a step cannot be part of one")
    }
    try check(values)
    guard !isRunning.exchange(true, ordering: .acquiring) else {
      throw ThalwegError(.invalidArgument, "step_run: another thread runs this step; one at a time may")
    }
    defer { isRunning.store(false, ordering: .releasing) }
    for condition in conditions where condition.leaf.grad !== condition.gradient { throw changed(condition) }
    let bits = GradMode.bits
    GradMode.bits = GradMode.noGrad
    defer { GradMode.bits = bits }
    for (input, value) in zip(inputs, values) where input !== value { try input.copy(from: value) }
    for output in outputs { output.storage.didChange(by: "step") }
    for part in work { try part.run() }
  }

  private func check(_ values: [Tensor]) throws(ThalwegError) {
    guard values.count == inputs.count else {
      throw ThalwegError(
        .invalidArgument,
        "step_run: \(values.count) inputs; the step was recorded with \(inputs.count)")
    }
    for (i, (input, value)) in zip(inputs, values).enumerated() {
      guard input.shape == value.shape else {
        throw ThalwegError(
          .shape,
          """
          step_run: input \(i) has shape \(value.shape); the step was recorded with \(input.shape), record another \
          one for other shapes
          """)
      }
      guard input.dtype == value.dtype else {
        throw ThalwegError(
          .dtype, "step_run: input \(i) is \(value.dtype); the step was recorded with \(input.dtype)")
      }
    }
  }

  private func changed(_ condition: Recording.Condition) -> ThalwegError {
    let (was, now) =
      condition.gradient == nil ? ("had none", "has one") : ("had another one", "has none or a new one")
    return ThalwegError(
      .autograd,
      """
      step_run: the step goes on with the gradient of a leaf of shape \(condition.leaf.shape), which \(was) when \
      recorded and \(now): clear gradients within the step (zero_grad), or before every run as before recording
      """)
  }

  // MARK: - Memory

  /// Bytes that the step holds for its tensors.
  public var byteCount: Int { memory.byteCount }
  /// The most bytes that its tensors have at a time, and what operations they are of, largest first.
  public var peak: (bytes: Int, byOperation: [(name: StaticString, bytes: Int)]) { memory.peak }
}
