import CSystem
import Synchronization

/// One of the pool's threads: it spins for work for a while, then sleeps until a loop wants it.
struct PoolWorker: ~Copyable {
  /// 1: sleeps, or is about to. The word that it sleeps on.
  let asleep: Atomic<UInt32>
  /// 1: there is a thread.
  let running: Atomic<UInt32>
  /// 1: has claimed chunks that it has not reported as finished.
  let working: Atomic<UInt32>
  /// Not 0: left out of loops until then (`PoolWait`).
  let restsUntil: Atomic<UInt64>
  /// The CPU on which it last claimed a chunk.
  let cpu: Atomic<Int32>
  // The caller's, under `busy`:
  /// When the last rest ended, and how long it was.
  var rested: UInt64
  var restLength: UInt64
  /// The time that stalls have cost since `watched`.
  var stalled: UInt64
  var watched: UInt64

  /// How long a worker spins before it sleeps, in nanoseconds: at most, while work comes often enough that
  /// spinning pays, and at least.
  static let spinLimit: UInt64 = 50_000
  static let spinMinimum: UInt64 = 3_000

  private static let stride = 128

  @inline(__always)
  static func at(_ index: Int) -> UnsafeMutablePointer<PoolWorker> {
    let first = tw_pool_area_start() + ThreadPool.workersOffset
    return (first + index &* stride).assumingMemoryBound(to: PoolWorker.self)
  }

  // MARK: The caller's side

  /// Sees to it that `count` workers run; returns how many of them may help now. The caller owns the pool.
  static func ready(_ count: Int, now: UInt64) -> Int {
    var ready = 0
    for index in 0..<count {
      let worker = at(index)
      if worker.pointee.running.load(ordering: .acquiring) == 0 && !start(index) { continue }
      let rest = worker.pointee.restsUntil.load(ordering: .relaxed)
      if rest != 0 {
        if now < rest { continue }
        worker.pointee.restsUntil.store(0, ordering: .relaxed)
        worker.pointee.rested = now
        worker.pointee.watched = now
        worker.pointee.stalled = 0
      }
      ready &+= 1
    }
    return ready
  }

  private static func start(_ index: Int) -> Bool {
    ThreadPool.prepareForFork()
    let worker = at(index)
    worker.pointee.running.store(1, ordering: .relaxed)
    let error = tw_thread_start("thalweg", { PoolWorker.main($0) }, index)
    guard error != 0 else { return true }
    worker.pointee.running.store(0, ordering: .relaxed)
    return false
  }

  /// Wakes workers until `count` are awake.
  @inline(__always)
  static func wake(_ count: Int) {
    var awake = 0
    var index = 0
    let threads = Threads.count
    while awake < count && index < threads &- 1 {
      let worker = at(index)
      index &+= 1
      if worker.pointee.restsUntil.load(ordering: .relaxed) != 0 { continue }
      awake &+= 1
      if worker.pointee.asleep.load(ordering: .sequentiallyConsistent) != 0 { rouse(worker) }
    }
  }

  /// Lets the workers from `first` on see that they are not wanted any more.
  static func dismiss(from first: Int) {
    for index in first..<ThreadPool.workerLimit { rouse(at(index)) }
  }

  @inline(never)
  private static func rouse(_ worker: UnsafeMutablePointer<PoolWorker>) {
    if worker.pointee.asleep.exchange(0, ordering: .acquiringAndReleasing) != 0 {
      tw_wake(UnsafeRawPointer(worker).assumingMemoryBound(to: UInt32.self))
    }
  }

  // MARK: The worker's side

  private static func main(_ index: Int) {
    tw_thread_set(Int32(TW_THREAD_IN_POOL), 1)
    let worker = at(index)
    let state = ThreadPool.state
    var mode = tw_fp_control(tw_fp_mode())
    var spin = spinLimit
    while true {
      // A loop that ends before this thread gets a chunk is nothing to it.
      while worker.pointee.restsUntil.load(ordering: .relaxed) == 0,
        state.pointee.remaining.load(ordering: .relaxed) > 0
      {
        worker.pointee.working.store(1, ordering: .relaxed)
        worker.pointee.cpu.store(tw_cpu(), ordering: .relaxed)
        let left = state.pointee.remaining.wrappingSubtract(1, ordering: .acquiring).oldValue
        if left > 0 {
          // As long as the claim is not reported, the loop's fields stay.
          if state.pointee.mode != mode {
            mode = state.pointee.mode
            tw_set_fp_mode(mode)
          }
          let total = state.pointee.total
          let start = tw_clock()
          let count = state.pointee.body.work(0, total)
          worker.pointee.working.store(0, ordering: .relaxed)
          PoolWait.report(count, start: start)
        } else {
          worker.pointee.working.store(0, ordering: .relaxed)
        }
      }
      if index >= Threads.count &- 1 {
        worker.pointee.running.store(0, ordering: .releasing)
        return
      }
      if !spinForWork(worker, &spin) { sleep(worker, &spin) }
    }
  }

  /// Waits for work without giving up the core; false if none came.
  private static func spinForWork(_ worker: UnsafeMutablePointer<PoolWorker>, _ spin: inout UInt64) -> Bool {
    let start = tw_clock()
    repeat {
      // On the caller's CPU spinning would keep the caller from running.
      if tw_cpu() == ThreadPool.state.pointee.callerCPU.load(ordering: .relaxed) { tw_yield() }
      for _ in 0..<32 {
        if ThreadPool.state.pointee.remaining.load(ordering: .relaxed) > 0 {
          if worker.pointee.restsUntil.load(ordering: .relaxed) != 0 { return false }
          spin = spinLimit
          return true
        }
        tw_spin_pause()
      }
    } while tw_clock() &- start < spin
    spin = max(spin / 2, spinMinimum)
    return false
  }

  private static func sleep(_ worker: UnsafeMutablePointer<PoolWorker>, _ spin: inout UInt64) {
    let start = tw_clock()
    worker.pointee.asleep.store(1, ordering: .sequentiallyConsistent)
    // Who posts a loop looks at `asleep` afterwards: either it sees that this thread sleeps, or this thread
    // sees the loop.
    if worker.pointee.restsUntil.load(ordering: .sequentiallyConsistent) == 0,
      ThreadPool.state.pointee.remaining.load(ordering: .sequentiallyConsistent) > 0
    {
      worker.pointee.asleep.store(0, ordering: .relaxed)
      return
    }
    while worker.pointee.asleep.load(ordering: .acquiring) != 0 {
      tw_wait(UnsafeRawPointer(worker).assumingMemoryBound(to: UInt32.self), 1, 0)
    }
    // It would have been better to spin.
    if tw_clock() &- start < spinLimit { spin = spinLimit }
  }
}
