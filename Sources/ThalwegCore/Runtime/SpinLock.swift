import CSystem
import Synchronization

/// A lock for sections of a few dozen instructions. Taking a free one is a single atomic exchange. All zero
/// bytes are a free lock.
package struct SpinLock: ~Copyable, Sendable {
  private let word = Atomic<UInt32>(0)

  package init() {}

  @inline(__always)
  package func lock() {
    if word.exchange(1, ordering: .acquiring) != 0 { contend() }
  }

  @inline(__always)
  package func tryLock() -> Bool {
    word.load(ordering: .relaxed) == 0 && word.exchange(1, ordering: .acquiring) == 0
  }

  @inline(__always)
  package func unlock() { word.store(0, ordering: .releasing) }

  @inline(never)
  private func contend() {
    var attempt: UInt32 = 0
    while !tryLock() {
      tw_back_off(attempt)
      attempt &+= 1
    }
  }
}
