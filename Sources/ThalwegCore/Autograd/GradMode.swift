import CSystem

/// What this thread's operations do beside computing: whether they record a graph of derivatives (on at a thread's
/// start), and whether they look for Inf and NaN (`AnomalyMode`, off).
public enum GradMode {
  public static var isEnabled: Bool {
    get { bits & noGrad == 0 }
    set { set(noGrad, !newValue) }
  }

  /// 0 for a thread that records and does nothing else: one test on the way of every operation.
  package static var bits: Int {
    get { tw_thread_get(Int32(TW_THREAD_GRAD_MODE)) }
    set { tw_thread_set(Int32(TW_THREAD_GRAD_MODE), newValue) }
  }
  package static let noGrad = 1
  /// Anomaly mode is on.
  package static let anomaly = 2
  /// A backward pass is running, which looks after its own gradients.
  package static let inBackward = 4
  /// A checkpointed function runs, and `CheckpointRun.current` is its run.
  package static let checkpointing = 8

  package static func set(_ bit: Int, _ value: Bool) {
    bits = value ? bits | bit : bits & ~bit
  }

  /// Runs `body` with recording on or off and restores what was before.
  public static func with<Result>(
    _ enabled: Bool, _ body: () throws(ThalwegError) -> Result
  ) throws(ThalwegError) -> Result {
    let previous = isEnabled
    isEnabled = enabled
    defer { isEnabled = previous }
    return try body()
  }

  /// Runs `body` with a bit set or cleared and restores what was before.
  package static func with<Result>(
    _ bit: Int, _ value: Bool, _ body: () throws(ThalwegError) -> Result
  ) throws(ThalwegError) -> Result {
    let previous = bits & bit != 0
    set(bit, value)
    defer { set(bit, previous) }
    return try body()
  }
}

/// Runs `body` without recording a graph: for evaluation, and for changes of parameters in place.
public func noGrad<Result>(
  _ body: () throws(ThalwegError) -> Result
) throws(ThalwegError) -> Result {
  try GradMode.with(false, body)
}
