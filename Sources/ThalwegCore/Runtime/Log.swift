public import CThalweg

/// Severity of a log line; raw values are the C interface's.
public enum LogSeverity: Int32, Sendable {
  case debug = 0
  case info = 1
  case warning = 2
  case error = 3
}

/// Where log lines go. The engine never prints: without a callback nothing is said.
public enum Log {
  private struct Sink {
    var callback: tw_log_callback?
    var userData: UnsafeMutableRawPointer?
    /// Said before anybody could hear it: kept for the first callback.
    var pending: StaticString?
  }

  private static let lock = SpinLock()
  nonisolated(unsafe) private static var sink = Sink()

  /// Sends log lines to `callback` from now on, or nowhere if it is nil. A line that another thread is
  /// sending may still arrive at the previous callback while this returns.
  public static func setCallback(_ callback: tw_log_callback?, userData: UnsafeMutableRawPointer?) {
    lock.lock()
    sink.callback = callback
    sink.userData = userData
    let pending = callback == nil ? nil : sink.pending
    if callback != nil { sink.pending = nil }
    lock.unlock()
    if let pending { send(.warning, pending.description) }
  }

  /// Keeps `message` until there is a callback: for what happens while the library is loaded.
  static func sendLater(_ message: StaticString) {
    lock.lock()
    sink.pending = message
    lock.unlock()
  }

  static func send(_ severity: LogSeverity, _ message: @autoclosure () -> String) {
    lock.lock()
    let now = sink
    lock.unlock()
    // The lock is free again: the callback may take its time, log, or set another callback.
    guard let callback = now.callback else { return }
    message().withCString { callback(severity.rawValue, $0, now.userData) }
  }

  static func prepareFork() { lock.lock() }
  static func finishFork() { lock.unlock() }
}

/// Sends a line to the host's log callback; `message` is not even built without one.
package func log(_ severity: LogSeverity, _ message: @autoclosure () -> String) {
  Log.send(severity, message())
}
