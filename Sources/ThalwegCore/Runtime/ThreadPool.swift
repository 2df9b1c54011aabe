import CSystem
import Glibc
import Synchronization

/// Runs `body(0)`, `body(1)` ... `body(chunks - 1)`, each once, on the calling thread and the pool's workers, and
/// returns when all are done.
///
/// How work is cut into chunks must not depend on the number of threads: then results do not either. The
/// chunks are claimed one by one, so the caller also runs those that no worker came for. A loop inside a chunk,
/// and one that starts while another host thread uses the pool, runs on its own thread alone.
@inline(__always)
package func parallel(_ chunks: Int, _ body: (Int) -> Void) {
  if chunks <= 1 && !ThreadPool.state.pointee.flush.load(ordering: .relaxed) {
    if chunks == 1 { body(0) }
  } else {
    ThreadPool.run(chunks, body)
  }
}

/// The workers and the one loop that they can be busy with.
///
/// All of it lies in static memory that is zero at first: nothing needs to be initialised, and a forked child
/// starts afresh by clearing it.
enum ThreadPool {
  static let workerLimit = 255

  struct State: ~Copyable {
    /// The number of threads; 0: not asked for yet.
    let threads: Atomic<Int>
    let flush: Atomic<Bool>
    /// Not 0: a thread has a loop in the pool.
    let busy: Atomic<UInt32>
    /// The rest of these two cache lines (the processor fetches them in pairs).
    private let gap: InlineArray<14, UInt64>

    /// Chunks that nobody has claimed; below 0 when somebody came too late. Who takes it down from a positive
    /// value has a claim, and until the claim is reported in `Finish.count` the fields that follow stay as they are.
    let remaining: Atomic<Int>
    /// How many of the last chunks workers have taken.
    let last: Atomic<Int>
    var total: Int
    var body: LoopBody
    var mode: UInt64
    /// The CPU that the loop's caller was on when it began.
    let callerCPU: Atomic<Int32>
  }

  struct Finish: ~Copyable {
    /// Chunks that workers have run. The caller may sleep on this word.
    let count: Atomic<UInt32>
    /// Not 0: it does.
    let callerSleeps: Atomic<UInt32>
    /// When a worker last reported, and what a chunk had taken it.
    let reported: Atomic<UInt64>
    let chunkTime: Atomic<UInt64>
  }

  @inline(__always)
  static var state: UnsafeMutablePointer<State> {
    tw_pool_area_start().assumingMemoryBound(to: State.self)
  }

  @inline(__always)
  static var finish: UnsafeMutablePointer<Finish> {
    (tw_pool_area_start() + 256).assumingMemoryBound(to: Finish.self)
  }

  /// Where the workers' own state begins.
  static let workersOffset = 384

  /// The worker's or the caller's side of a loop, once it has claimed a chunk: runs one, then claims and runs
  /// more until there are none. The caller has the first chunks and workers the last: so a thread finds in its
  /// core's cache what it has written in the loop before, of which it had the same part. Returns how many it ran.
  /// - Parameter isCaller: not 0 for the caller.
  @inline(__always)
  static func work(_ isCaller: Int, _ total: Int, _ body: (Int) -> Void) -> Int {
    var count = 0
    repeat {
      if isCaller != 0 {
        body(count)
      } else {
        body(total &- state.pointee.last.wrappingAdd(1, ordering: .relaxed).newValue)
      }
      count &+= 1
    } while state.pointee.remaining.wrappingSubtract(1, ordering: .acquiring).oldValue > 0
    return count
  }

  static func run(_ chunks: Int, _ body: (Int) -> Void) {
    if tw_thread_get(Int32(TW_THREAD_IN_POOL)) != 0 {
      for chunk in 0..<max(chunks, 0) { body(chunk) }
      return
    }
    let mode = tw_fp_mode()
    let wanted = state.pointee.flush.load(ordering: .relaxed) ? tw_fp_mode_flushing(mode) : mode
    if wanted != mode { tw_set_fp_mode(wanted) }
    if chunks <= 1 || chunks > Int(Int32.max) || Threads.count == 1 || !tryShare(chunks, wanted, body) {
      for chunk in 0..<max(chunks, 0) { body(chunk) }
    }
    if wanted != mode { tw_set_fp_mode(mode) }
  }

  /// Runs the loop with the workers' help; false if they cannot help now.
  private static func tryShare(_ chunks: Int, _ mode: UInt64, _ body: (Int) -> Void) -> Bool {
    guard state.pointee.busy.load(ordering: .relaxed) == 0,
      state.pointee.busy.exchange(1, ordering: .acquiring) == 0
    else { return false }
    defer { state.pointee.busy.store(0, ordering: .releasing) }
    let start = tw_clock()
    let helpers = PoolWorker.ready(Threads.count &- 1, now: start)
    guard helpers > 0 else { return false }
    tw_thread_set(Int32(TW_THREAD_IN_POOL), 1)
    state.pointee.total = chunks
    state.pointee.body = LoopBody(body)
    state.pointee.mode = tw_fp_control(mode)
    state.pointee.callerCPU.store(tw_cpu(), ordering: .relaxed)
    state.pointee.last.store(0, ordering: .relaxed)
    finish.pointee.count.store(0, ordering: .relaxed)
    // The caller has the first chunk. Sequentially consistent, as is a worker that says it sleeps and then
    // looks here once more.
    state.pointee.remaining.store(chunks &- 1, ordering: .sequentiallyConsistent)
    PoolWorker.wake(min(helpers, chunks &- 1))
    let own = work(1, chunks, body)
    if own != chunks { PoolWait.untilFinished(UInt32(chunks &- own), start: start, own: own) }
    tw_thread_set(Int32(TW_THREAD_IN_POOL), 0)
    return true
  }

  /// Clears the pool in the child of a fork: it has no workers, and nobody else's loop.
  private static let forkHandlers: Int32 = pthread_atfork(nil, nil) {
    let threads = ThreadPool.state.pointee.threads.load(ordering: .relaxed)
    let flush = ThreadPool.state.pointee.flush.load(ordering: .relaxed)
    memset(tw_pool_area_start(), 0, Int(TW_POOL_AREA))
    ThreadPool.state.pointee.threads.store(threads, ordering: .relaxed)
    ThreadPool.state.pointee.flush.store(flush, ordering: .relaxed)
  }

  /// Called before the first worker starts.
  static func prepareForFork() { _ = forkHandlers }
}
