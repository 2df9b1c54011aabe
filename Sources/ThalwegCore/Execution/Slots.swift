import CSystem
import Synchronization

/// Workspaces for the threads of one loop: as many as there are threads, each claimed for a chunk and given back after it.
/// So chunks may be many, for whoever comes first, and memory little. What lies in a slot at first is left from another
/// chunk.
struct Slots: ~Copyable {
  private let memory: Workspace
  private let count, stride: Int

  private static let headerSize = 64

  /// - Parameters:
  ///   - chunks: how many the loop has; no more slots are needed.
  ///   - bytes: of each slot.
  init(chunks: Int, bytes: Int, for function: StaticString) throws(ThalwegError) {
    count = max(1, min(chunks, Threads.count, UInt64.bitWidth))
    stride = (bytes + 63) / 64 * 64
    memory = try Workspace(Self.headerSize + count * stride, for: function)
    memory.base.initializeMemory(as: UInt8.self, repeating: 0, count: Self.headerSize)
  }

  /// A bit for each slot that is claimed.
  private var claimed: UnsafeMutablePointer<Atomic<UInt64>> {
    memory.base.assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  /// Runs `body` with a slot that nobody else has meanwhile.
  @inline(__always)
  borrowing func with(_ body: (UnsafeMutableRawPointer) -> Void) {
    let slot = claim()
    body(memory.base + Self.headerSize + slot &* stride)
    claimed.pointee.bitwiseAnd(~(1 << UInt64(slot)), ordering: .releasing)
  }

  private borrowing func claim() -> Int {
    var bits = claimed.pointee.load(ordering: .relaxed)
    while true {
      let slot = (~bits).trailingZeroBitCount
      if slot >= count {
        // Somebody has raised the number of threads since; another one will be done soon.
        tw_yield()
        bits = claimed.pointee.load(ordering: .relaxed)
        continue
      }
      let (exchanged, current) = claimed.pointee.weakCompareExchange(
        expected: bits, desired: bits | 1 << UInt64(slot), ordering: .acquiring)
      if exchanged { return slot }
      bits = current
    }
  }
}
