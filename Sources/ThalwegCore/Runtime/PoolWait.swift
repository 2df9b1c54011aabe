import CSystem
import Synchronization

/// The end of a loop: the caller waits for chunks that workers have claimed and not finished.
///
/// The wait is short, unless another process takes a core away. Then a thread that is preempted in the middle of
/// a chunk keeps the others waiting for a time slice, some milliseconds, in loops of microseconds:
///  - If it is a worker, the caller soon sleeps, so that the scheduler can put the worker on its core. The worker
///    then gets no chunks for a while.
///  - If it is the caller, one of the workers gets no chunks for a while: its core falls idle, and the scheduler
///    moves the caller there.
/// It rests only if stalls cost more than half of what it contributes, and longer if the last rest is not long ago;
/// meanwhile the loops run on the threads that are left.
enum PoolWait {
  /// Nanoseconds to spin before the caller sleeps.
  private static let spinLimit: UInt64 = 50_000
  /// A wait beyond this, and beyond four times what a chunk takes, is a stall.
  private static let stallLimit: UInt64 = 200_000
  private static let restMinimum: UInt64 = 4_000_000
  private static let restMaximum: UInt64 = 64_000_000
  /// Stalls longer ago than this do not count, and the worker is taken to have run well for `credit`.
  private static let forgotten: UInt64 = 100_000_000
  private static let credit: UInt64 = 20_000_000

  /// A worker's report that it has run `count` chunks since `start`: the last thing it does for a loop.
  @inline(__always)
  static func report(_ count: Int, start: UInt64) {
    let finish = ThreadPool.finish
    let now = tw_clock()
    finish.pointee.reported.store(now, ordering: .relaxed)
    finish.pointee.chunkTime.store(
      (now &- start) / UInt64(truncatingIfNeeded: max(count, 1)), ordering: .relaxed)
    finish.pointee.count.wrappingAdd(UInt32(truncatingIfNeeded: count), ordering: .sequentiallyConsistent)
    if finish.pointee.callerSleeps.load(ordering: .sequentiallyConsistent) != 0 { tw_wake(word) }
  }

  private static var word: UnsafePointer<UInt32> {
    UnsafeRawPointer(ThreadPool.finish).assumingMemoryBound(to: UInt32.self)
  }

  /// Waits until workers have run `count` chunks. The loop began at `start`; the caller ran `own` chunks.
  static func untilFinished(_ count: UInt32, start: UInt64, own: Int) {
    let finish = ThreadPool.finish
    let begin = tw_clock()
    if finish.pointee.count.load(ordering: .acquiring) == count {
      let waited = begin &- finish.pointee.reported.load(ordering: .relaxed)
      if waited > stallLimit && waited < begin &- start
        && waited > finish.pointee.chunkTime.load(ordering: .relaxed) &* 4
      {
        stallOfCaller(waited, begin)
      }
      return
    }
    var now = begin
    repeat {
      for _ in 0..<32 {
        if finish.pointee.count.load(ordering: .acquiring) == count { return }
        tw_spin_pause()
      }
      if workerIsHere() { tw_yield() }
      now = tw_clock()
    } while now &- begin < spinLimit
    sleep(count, begin, (begin &- start) / UInt64(truncatingIfNeeded: max(own, 1)))
  }

  /// Whether a worker that the caller waits for needs the caller's CPU to get on.
  private static func workerIsHere() -> Bool {
    let here = tw_cpu()
    for index in 0..<Threads.count &- 1 {
      let worker = PoolWorker.at(index)
      if worker.pointee.working.load(ordering: .relaxed) != 0,
        worker.pointee.cpu.load(ordering: .relaxed) == here
      {
        return true
      }
    }
    return false
  }

  @inline(never)
  private static func sleep(_ count: UInt32, _ begin: UInt64, _ chunkTime: UInt64) {
    let finish = ThreadPool.finish
    let patience = max(stallLimit, chunkTime &* 4)
    var stalled = false
    finish.pointee.callerSleeps.store(1, ordering: .sequentiallyConsistent)
    while true {
      let reported = finish.pointee.count.load(ordering: .sequentiallyConsistent)
      if reported == count { break }
      tw_wait(word, reported, patience)
      if !stalled && tw_clock() &- begin > patience {
        stalled = true
        markStalled()
      }
    }
    finish.pointee.callerSleeps.store(0, ordering: .relaxed)
    if stalled { restStalled(begin) }
  }

  /// Marks the workers that the caller waits for.
  private static func markStalled() {
    for index in 0..<ThreadPool.workerLimit {
      let worker = PoolWorker.at(index)
      if worker.pointee.working.load(ordering: .relaxed) != 0 {
        worker.pointee.restsUntil.store(.max, ordering: .relaxed)
      }
    }
  }

  private static func restStalled(_ begin: UInt64) {
    let now = tw_clock()
    for index in 0..<ThreadPool.workerLimit {
      let worker = PoolWorker.at(index)
      guard worker.pointee.restsUntil.load(ordering: .relaxed) == .max else { continue }
      worker.pointee.restsUntil.store(0, ordering: .relaxed)
      noteStall(worker, now &- begin, now)
    }
  }

  /// Counts against the last worker that is not resting.
  @inline(never)
  private static func stallOfCaller(_ length: UInt64, _ now: UInt64) {
    for index in stride(from: Threads.count &- 2, through: 0, by: -1) {
      let worker = PoolWorker.at(index)
      if worker.pointee.restsUntil.load(ordering: .relaxed) == 0 {
        noteStall(worker, length, now)
        return
      }
    }
  }

  private static func noteStall(_ worker: UnsafeMutablePointer<PoolWorker>, _ length: UInt64, _ now: UInt64) {
    let begin = now &- length
    if begin &- worker.pointee.watched > forgotten {
      worker.pointee.watched = begin &- credit
      worker.pointee.stalled = 0
    }
    worker.pointee.stalled = worker.pointee.stalled &+ length
    let threads = UInt64(truncatingIfNeeded: Threads.count)
    guard worker.pointee.stalled &* 2 &* threads > now &- worker.pointee.watched else { return }
    rest(worker, begin, now)
  }

  /// Gives a worker a rest from `now` on, for something that began at `begin`.
  private static func rest(_ worker: UnsafeMutablePointer<PoolWorker>, _ begin: UInt64, _ now: UInt64) {
    let last = worker.pointee.restLength
    let again = last != 0 && begin &- worker.pointee.rested < last &* 4
    worker.pointee.restLength = again ? min(last &* 2, restMaximum) : restMinimum
    worker.pointee.restsUntil.store(now &+ worker.pointee.restLength, ordering: .relaxed)
  }
}
