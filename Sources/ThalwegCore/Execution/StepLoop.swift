import CSystem
import Synchronization

/// Steps, each of which needs the whole one before it, cut into pieces that several threads share: one parallel loop for all
/// of them, where one a step would cost more than a small step takes.
///
/// Every thread has pieces of its own, whose data stay in its core's cache from step to step, and takes others' that nobody
/// has begun when it is done with them. So a thread that comes late or never is waited for only if it has begun a piece.
/// Which thread runs a piece changes no result.
struct StepLoop: ~Copyable {
  private let steps, pieces: Int
  private let memory: Workspace

  private static let line = 64
  /// Nanoseconds to spin before a thread gives its core to others.
  private static let spinLimit: UInt64 = 50_000

  init(steps: Int, pieces: Int, for function: StaticString) throws(ThalwegError) {
    self.steps = steps
    self.pieces = pieces
    memory = try Workspace(Self.line * (1 + pieces), for: function)
    memory.base.initializeMemory(as: UInt8.self, repeating: 0, count: Self.line * (1 + pieces))
  }

  /// Pieces that are done, of all steps. The low bits are a word that a thread can sleep on.
  private var done: UnsafeMutablePointer<Atomic<UInt64>> {
    memory.base.assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  /// The next step of a piece that nobody has begun.
  private func next(_ piece: Int) -> UnsafeMutablePointer<Atomic<Int>> {
    (memory.base + Self.line &* (piece &+ 1)).assumingMemoryBound(to: Atomic<Int>.self)
  }

  /// Calls `body(step, piece)` for all of them.
  /// - Parameter threads: on how many threads at most.
  borrowing func run(threads: Int, _ body: (Int, Int) -> Void) {
    let members = max(1, min(threads, pieces, Threads.count))
    if members == 1 {
      parallel(1) { _ in
        for step in 0..<steps {
          for piece in 0..<pieces { body(step, piece) }
        }
      }
      return
    }
    parallel(members) { member in
      let own = (member &* pieces / members)..<((member &+ 1) &* pieces / members)
      // Who comes late begins where the others are.
      var step = Int(truncatingIfNeeded: done.pointee.load(ordering: .relaxed)) / pieces
      while step < steps {
        wait(for: step &* pieces)
        var count = 0
        for piece in own where take(piece, step) {
          body(step, piece)
          count &+= 1
        }
        if report(count) < (step &+ 1) &* pieces {
          count = 0
          for distance in 0..<(pieces &- own.count) {
            // From the last one of the next thread's, which that one comes to last.
            let piece = (own.lowerBound &+ pieces &- 1 &- distance) % pieces
            if take(piece, step) {
              body(step, piece)
              count &+= 1
            }
          }
          if count > 0 { _ = report(count) }
        }
        step &+= 1
      }
    }
  }

  /// Counts pieces that are done; how many that makes.
  private borrowing func report(_ count: Int) -> Int {
    let sum = done.pointee.wrappingAdd(UInt64(truncatingIfNeeded: count), ordering: .acquiringAndReleasing)
    return Int(truncatingIfNeeded: sum.newValue)
  }

  private borrowing func take(_ piece: Int, _ step: Int) -> Bool {
    let next = next(piece)
    return next.pointee.load(ordering: .relaxed) == step
      && next.pointee.compareExchange(expected: step, desired: step &+ 1, ordering: .relaxed).exchanged
  }

  /// Until so many pieces are done.
  @inline(__always)
  private borrowing func wait(for count: Int) {
    for _ in 0..<256 {
      if Int(truncatingIfNeeded: done.pointee.load(ordering: .acquiring)) >= count { return }
      tw_spin_pause()
    }
    waitLonger(for: count)
  }

  @inline(never)
  private borrowing func waitLonger(for count: Int) {
    let start = tw_clock()
    while true {
      for _ in 0..<32 {
        if Int(truncatingIfNeeded: done.pointee.load(ordering: .acquiring)) >= count { return }
        tw_spin_pause()
      }
      if tw_clock() &- start < Self.spinLimit { continue }
      // Somebody was put off its core: this one may serve.
      let now = done.pointee.load(ordering: .acquiring)
      if Int(truncatingIfNeeded: now) >= count { return }
      tw_wait(
        UnsafeRawPointer(memory.base).assumingMemoryBound(to: UInt32.self),
        UInt32(truncatingIfNeeded: now), Self.spinLimit)
    }
  }
}
