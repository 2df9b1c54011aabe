import CSystem
import Glibc
import ThalwegCore

/// One piece of work on a thread of its own.
final class BackgroundSave: @unchecked Sendable {
  private let monitor = Monitor()
  private let process = getpid()
  // Under the monitor:
  private var isRunning = true
  private var failure: ThalwegError?
  private var work: (() throws(ThalwegError) -> Void)?

  /// The work is done at once if the system has no thread to give.
  init(_ work: @escaping () throws(ThalwegError) -> Void) throws(ThalwegError) {
    self.work = work
    let thread = Unmanaged.passRetained(self)
    let error = tw_thread_start(
      "thalweg-save",
      { address in
        guard let address = UnsafeRawPointer(bitPattern: address) else { return }
        Unmanaged<BackgroundSave>.fromOpaque(address).takeRetainedValue().run()
      }, Int(bitPattern: thread.toOpaque()))
    if error != 0 {
      thread.release()
      run()
    }
  }

  /// Waits for the end. Returns what went wrong.
  @discardableResult
  func finish() -> ThalwegError? {
    // A forked child has no such thread; its parent has.
    if getpid() != process { return nil }
    return monitor.locked {
      while isRunning { monitor.wait() }
      defer { failure = nil }
      return failure
    }
  }

  private func run() {
    // Its loops are its own: the pool is for the threads that compute.
    tw_thread_set(Int32(TW_THREAD_IN_POOL), 1)
    var caught: ThalwegError?
    do throws(ThalwegError) { try work?() } catch { caught = error }
    work = nil  // the copies go before anybody is told
    monitor.locked {
      failure = caught
      isRunning = false
      monitor.notify()
    }
  }
}
