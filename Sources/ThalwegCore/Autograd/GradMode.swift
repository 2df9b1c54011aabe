import CSystem

/// Whether this thread's operations record a graph of derivatives. On at a thread's start.
public enum GradMode {
  public static var isEnabled: Bool {
    get { tw_thread_get(Int32(TW_THREAD_NO_GRAD)) == 0 }
    set { tw_thread_set(Int32(TW_THREAD_NO_GRAD), newValue ? 0 : 1) }
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
}

/// Runs `body` without recording a graph: for evaluation, and for changes of parameters in place.
public func noGrad<Result>(
  _ body: () throws(ThalwegError) -> Result
) throws(ThalwegError) -> Result {
  try GradMode.with(false, body)
}
