import CSystem
import Glibc
import Synchronization
import ThalwegCore

/// Makes the batches of an epoch ahead, on a thread of its own.
///
/// The thread ends with the epoch, or soon after `stop`. A forked child has no such thread and must not touch what it
/// left behind: `isInherited` says so.
final class Prefetcher: @unchecked Sendable {
  private enum Outcome {
    case batch([Tensor])
    case end
    case failure(ThalwegError)
  }

  private let monitor = Monitor()
  private let capacity: Int
  private let process = getpid()
  // Under the monitor:
  private var ready: [Outcome] = []
  private var isWanted = true
  private var isRunning = true
  /// What it gives is the thread's alone; nil when the thread has ended.
  private var stream: BatchStream?
  // The loader's thread's alone:
  private var over: Outcome?

  /// nil if the system has no thread to give.
  init?(_ stream: BatchStream, capacity: Int) {
    self.stream = stream
    self.capacity = capacity
    let thread = Unmanaged.passRetained(self)
    let error = tw_thread_start(
      "thalweg-data",
      { address in
        guard let address = UnsafeRawPointer(bitPattern: address) else { return }
        Unmanaged<Prefetcher>.fromOpaque(address).takeRetainedValue().run()
      }, Int(bitPattern: thread.toOpaque()))
    if error != 0 {
      thread.release()
      return nil
    }
  }

  /// Whether this is the child of a fork, and the thread its parent's.
  var isInherited: Bool { getpid() != process }

  // MARK: The loader's side

  /// The next batch; nil at the end of the epoch.
  func next() throws(ThalwegError) -> [Tensor]? {
    while true {
      let outcome =
        over
        ?? monitor.locked {
          if ready.isEmpty { monitor.wait(milliseconds: 20) }
          guard !ready.isEmpty else { return nil }
          monitor.notify()
          return ready.removeFirst()
        }
      switch outcome {
      case .batch(let batch): return batch
      case .end:
        over = outcome
        return nil
      case .failure(let error):
        over = outcome
        throw error
      case nil: try Checkpoint.pass()
      }
    }
  }

  /// Returns when the thread does nothing any more: it ends after the portion that it is reading.
  func stop() {
    monitor.locked {
      isWanted = false
      stream?.isCancelled.store(true, ordering: .relaxed)
      monitor.notify()
      while isRunning { monitor.wait() }
      ready = []
    }
  }

  // MARK: The thread's side

  private func run() {
    // Its loops are its own: the pool is for the threads that compute.
    tw_thread_set(Int32(TW_THREAD_IN_POOL), 1)
    while give(make()) {}
    monitor.locked {
      stream = nil
      isRunning = false
      monitor.notify()
    }
  }

  private func make() -> Outcome {
    do throws(ThalwegError) {
      return try stream?.next().map { .batch($0) } ?? .end
    } catch {
      return .failure(error)
    }
  }

  /// Hands an outcome over and waits until there is room for another; false if none is to follow.
  private func give(_ outcome: Outcome) -> Bool {
    monitor.locked {
      ready.append(outcome)
      monitor.notify()
      guard case .batch = outcome else { return false }
      while ready.count >= capacity, isWanted { monitor.wait() }
      return isWanted
    }
  }
}
