import CSystem
import Glibc
import Synchronization

/// How the engine uses threads.
public enum Threads {
  /// The most threads that `count` may be.
  public static let limit = ThreadPool.workerLimit + 1

  /// The threads that compute together on one call, the caller among them; at least 1. At first what
  /// `THALWEG_NUM_THREADS` says, else the number of CPUs that the process may run on. It may be set at any time,
  /// also while other threads compute, and changes no result.
  public static var count: Int {
    get {
      let count = ThreadPool.state.pointee.threads.load(ordering: .relaxed)
      return count != 0 ? count : initialCount()
    }
    set {
      let count = min(max(newValue, 1), limit)
      let before = ThreadPool.state.pointee.threads.exchange(count, ordering: .relaxed)
      if count < before { PoolWorker.dismiss(from: count &- 1) }
    }
  }

  /// Whether subnormal numbers count as zero inside the engine. They are up to a hundred times slower, and
  /// vanishing gradients are full of them. The caller's own floating-point mode is as it was when a call returns.
  public static var flushDenormals: Bool {
    get { ThreadPool.state.pointee.flush.load(ordering: .relaxed) }
    set { ThreadPool.state.pointee.flush.store(newValue, ordering: .relaxed) }
  }

  @inline(never)
  private static func initialCount() -> Int {
    var count = Int(tw_cpu_count())
    if let wish = getenv("THALWEG_NUM_THREADS"), wish.pointee != 0 {
      var end: UnsafeMutablePointer<CChar>?
      let value = strtol(wish, &end, 10)
      if let end, end.pointee == 0, value >= 1 {
        count = value
      } else {
        log(.warning, "THALWEG_NUM_THREADS is not a positive number: using \(count) threads")
      }
    }
    count = min(max(count, 1), limit)
    let (done, known) = ThreadPool.state.pointee.threads.compareExchange(
      expected: 0, desired: count, ordering: .relaxed)
    return done ? count : known
  }
}
