import CSystem
import Glibc
import Synchronization
import XCTest

@testable import ThalwegCore

/// Counts how often each index was run.
private final class Counts {
  let cells: UnsafeMutablePointer<UInt32>
  let size: Int

  init(_ size: Int) {
    self.size = size
    cells = .allocate(capacity: size)
    cells.initialize(repeating: 0, count: size)
  }
  deinit { cells.deallocate() }

  func all(_ value: UInt32) -> Bool { (0..<size).allSatisfy { cells[$0] == value } }
}

final class ThreadPoolTests: XCTestCase {
  private var threads = 0

  override func setUp() { threads = Threads.count }
  override func tearDown() {
    Threads.count = threads
    Threads.flushDenormals = false
  }

  func testCountIsKeptInItsLimits() {
    Threads.count = 3
    XCTAssertEqual(Threads.count, 3)
    Threads.count = -1
    XCTAssertEqual(Threads.count, 1)
    Threads.count = 1_000_000
    XCTAssertEqual(Threads.count, Threads.limit)
  }

  func testEachIndexRunsOnce() {
    for threads in [1, 2, 4] {
      Threads.count = threads
      let counts = Counts(64)
      for chunks in [0, 1, 2, 3, 64] {
        for cell in 0..<64 { counts.cells[cell] = 0 }
        let loops: UInt32 = 20_000
        for _ in 0..<loops { parallel(chunks) { counts.cells[$0] &+= 1 } }
        for cell in 0..<64 { XCTAssertEqual(counts.cells[cell], cell < chunks ? loops : 0) }
      }
    }
    var calls = 0
    parallel(-5) { _ in calls += 1 }
    XCTAssertEqual(calls, 0)
  }

  func testWorkersTakePart() {
    Threads.count = 2
    let caller = pthread_self()
    let others = Atomic<Int>(0)
    for _ in 0..<200 where others.load(ordering: .relaxed) == 0 {
      parallel(8) { _ in
        if pthread_self() != caller { others.add(1, ordering: .relaxed) }
        usleep(1000)
      }
    }
    XCTAssertGreaterThan(others.load(ordering: .relaxed), 0)
  }

  func testLoopsOfSleepingWorkers() {
    Threads.count = 4
    let counts = Counts(16)
    for _ in 0..<300 {
      parallel(16) { counts.cells[$0] &+= 1 }
      usleep(300)
    }
    XCTAssertTrue(counts.all(300))
  }

  func testNestedLoops() {
    Threads.count = 4
    let counts = Counts(8 * 16)
    for _ in 0..<500 {
      parallel(8) { outer in parallel(16) { inner in counts.cells[outer * 16 + inner] &+= 1 } }
    }
    XCTAssertTrue(counts.all(500))
  }

  func testManyHostThreadsWhileTheCountChanges() {
    let failures = Atomic<Int>(0)
    let done = Atomic<Int>(0)
    onThreads(5) { thread in
      if thread == 0 {
        var count = 1
        while done.load(ordering: .relaxed) < 4 {
          Threads.count = count
          count = count % 5 + 1
          usleep(200)
        }
        return
      }
      let counts = Counts(32)
      for _ in 0..<10_000 { parallel(32) { counts.cells[$0] &+= 1 } }
      if !counts.all(10_000) { failures.add(1, ordering: .relaxed) }
      done.add(1, ordering: .relaxed)
    }
    XCTAssertEqual(failures.load(ordering: .relaxed), 0)
  }

  func testFloatingPointMode() {
    Threads.count = 3
    let before = fegetround()
    defer { fesetround(before) }
    for rounding in [0x800, 0x400, 0] as [Int32] {  // up, down, to nearest
      fesetround(rounding)
      let expected = tw_fp_control(tw_fp_mode())
      let wrong = Atomic<Int>(0)
      for _ in 0..<200 {
        parallel(6) { _ in
          if tw_fp_control(tw_fp_mode()) != expected { wrong.add(1, ordering: .relaxed) }
          usleep(20)
        }
      }
      XCTAssertEqual(wrong.load(ordering: .relaxed), 0)
      XCTAssertEqual(tw_fp_control(tw_fp_mode()), expected)
    }
  }

  func testFlushing() {
    let before = tw_fp_mode()
    let tiny = Counts(1)
    tiny.cells[0] = 1  // the smallest subnormal
    let results = UnsafeMutablePointer<Float>.allocate(capacity: 8)
    defer { results.deallocate() }
    for threads in [1, 3] {
      for chunks in [1, 8] {
        for flush in [true, false] {
          Threads.count = threads
          Threads.flushDenormals = flush
          parallel(chunks) { results[$0] = Float(bitPattern: tiny.cells[0]) * 2 }
          for chunk in 0..<chunks { XCTAssertEqual(results[chunk] == 0, flush) }
          XCTAssertEqual(tw_fp_control(tw_fp_mode()), tw_fp_control(before))
        }
      }
    }
  }

  func testTheChildOfAForkComputes() throws {
    Threads.count = 3
    parallel(8) { _ in usleep(100) }
    // Other threads compute and allocate while this one forks.
    let stop = Atomic<Bool>(false)
    var busy = pthread_t()
    let flag = withUnsafePointer(to: stop) { UnsafeMutableRawPointer(mutating: $0) }
    pthread_create(
      &busy, nil,
      { flag in
        let stop = flag!.assumingMemoryBound(to: Atomic<Bool>.self)
        while !stop.pointee.load(ordering: .relaxed) {
          parallel(8) { _ in }
          if let block = try? Memory.allocate(100, for: "test") { Memory.deallocate(block, 100) }
          if let block = try? Memory.allocate(100_000, for: "test") { Memory.deallocate(block, 100_000) }
        }
        return nil
      }, flag)
    for _ in 0..<30 {
      let status = inChild {
        let counts = Counts(16)
        for _ in 0..<50 { parallel(16) { counts.cells[$0] &+= 1 } }
        guard counts.all(50), Threads.count == 3 else { return 1 }
        for size in [100, 100_000] {
          guard let block = try? Memory.allocate(size, for: "test") else { return 2 }
          Memory.deallocate(block, size)
        }
        Memory.trim()
        return Memory.statistics.allocations > 0 ? 7 : 3
      }
      XCTAssertEqual(status, 7)
    }
    stop.store(true, ordering: .relaxed)
    pthread_join(busy, nil)
  }

  func testWorkersLeaveSignalsToTheHost() {
    Threads.count = 2
    let caller = pthread_self()
    let open = Atomic<Int>(0)
    parallel(16) { _ in
      usleep(500)
      if pthread_self() == caller { return }
      var mask = sigset_t()
      pthread_sigmask(SIG_SETMASK, nil, &mask)
      for signal in [SIGINT, SIGTERM, SIGCHLD, SIGUSR1, SIGALRM] where sigismember(&mask, signal) == 0 {
        open.add(1, ordering: .relaxed)
      }
    }
    XCTAssertEqual(open.load(ordering: .relaxed), 0)
  }
}
