/// The memory of a recorded step's tensors. What is freed during the recording is used again by what comes later, as it is
/// each time; what is taken stays until neither the step nor any of its tensors is there.
package final class StepMemory {
  private struct Block {
    let base: UnsafeMutableRawPointer
    let size: Int
  }

  private let lock = SpinLock()
  private var blocks: [Block] = []
  private var free: [Block] = []
  /// Those in use, with what they are for.
  private var used: [UnsafeMutableRawPointer: (block: Block, bytes: Int, function: StaticString)] = [:]
  private var isFrozen = false
  private var inUse = 0
  private var largest = 0
  /// Bytes in use by operation at the peak.
  private var shares: [(name: StaticString, bytes: Int)] = []

  /// A block that is larger than asked for wastes at most this part of itself.
  private static let waste = 4

  deinit { for block in blocks { Memory.deallocate(block.base, block.size) } }

  func allocate(
    _ bytes: Int, for function: StaticString
  ) throws(ThalwegError) -> UnsafeMutableRawPointer {
    lock.lock()
    defer { lock.unlock() }
    let block: Block
    if let i = fitting(bytes) {
      block = free.remove(at: i)
    } else {
      block = Block(base: try Memory.allocate(bytes, for: function), size: bytes)
      blocks.append(block)
    }
    used[block.base] = (block, bytes, function)
    inUse += bytes
    if inUse > largest {
      largest = inUse
      shares = []
    }
    return block.base
  }

  /// The smallest free block that is large enough, and not too large.
  private func fitting(_ bytes: Int) -> Int? {
    var best: Int?
    for (i, block) in free.enumerated()
    where block.size >= bytes && block.size - block.size / Self.waste <= bytes {
      if best.map({ block.size < free[$0].size }) ?? true { best = i }
    }
    return best
  }

  func deallocate(_ base: UnsafeMutableRawPointer) {
    lock.lock()
    defer { lock.unlock() }
    guard !isFrozen, let (block, bytes, _) = used[base] else { return }
    if inUse == largest, shares.isEmpty { shares = byOperation() }
    used[base] = nil
    inUse -= bytes
    free.append(block)
  }

  private func byOperation() -> [(name: StaticString, bytes: Int)] {
    var sums: [String: (name: StaticString, bytes: Int)] = [:]
    for (_, bytes, function) in used.values { sums["\(function)", default: (function, 0)].bytes += bytes }
    return sums.values.sorted { ($1.bytes, "\($0.name)") < ($0.bytes, "\($1.name)") }
  }

  /// The recording has ended: what is freed from now on stays where it is.
  func freeze() {
    lock.lock()
    defer { lock.unlock() }
    if shares.isEmpty { shares = byOperation() }
    isFrozen = true
    free = []
    used = [:]
  }

  /// Bytes of all blocks.
  var byteCount: Int { blocks.reduce(0) { $0 + $1.size } }
  /// The most bytes that tensors had at a time, and what operations they were of, largest first.
  var peak: (bytes: Int, byOperation: [(name: StaticString, bytes: Int)]) { (largest, shares) }
}
