import CSystem
import Synchronization

/// The account of all memory, and the cache that all threads share: blocks above `SizeClass.smallLimit` and
/// what the shards have too much of. Its lock is taken after a shard's, never before.
///
/// Blocks are kept for the next step of a training loop, which asks for the same sizes again: at most as much
/// as was recently in use at once, and a quarter, and `slack`. Beyond that, blocks of the size that
/// went unused for longest go back to the allocator.
struct MemoryLedger: ~Copyable {
  var inUse: Int
  var peak: Int
  /// Taken from allocators and not given back: in use, cached, headers and rounding.
  var held: Int
  var allocations: Int
  var deallocations: Int
  /// Counts uses of the lists: the clock by which the longest unused size is found.
  var tick: Int
  /// The most bytes in use since `epochStart`, and in the epoch before.
  var epochPeak: Int
  var previousEpochPeak: Int
  var epochStart: Int

  static let slack = 64 << 20
  private static let epochLength = 1 << 16

  /// The shard that the next new thread gets.
  static let nextShard = Atomic<Int>(0)

  struct List {
    var first: Block?
    var lastUse: Int
  }

  private static let listsOffset = 128

  @inline(__always)
  static var shared: UnsafeMutablePointer<MemoryLedger> {
    (MemoryShard.end + 8).assumingMemoryBound(to: MemoryLedger.self)
  }

  /// Stands before the ledger, not in it: who holds it has the ledger for itself.
  @inline(__always)
  static var lock: UnsafeMutablePointer<SpinLock> {
    MemoryShard.end.assumingMemoryBound(to: SpinLock.self)
  }

  @inline(__always)
  private static func list(_ sizeClass: Int) -> UnsafeMutablePointer<List> {
    (MemoryShard.end + listsOffset).assumingMemoryBound(to: List.self) + sizeClass
  }

  // All of these: the caller holds the lock.

  /// Takes a change of the bytes in use, which on its way went up to `peakChange`, to the account.
  mutating func settle(_ change: Int, peakChange: Int) {
    if inUse &+ peakChange > peak { peak = inUse &+ peakChange }
    if inUse &+ peakChange > epochPeak { epochPeak = inUse &+ peakChange }
    inUse &+= change
  }

  mutating func pop(_ sizeClass: Int) -> Block? {
    let list = Self.list(sizeClass)
    tick &+= 1
    list.pointee.lastUse = tick
    guard let block = list.pointee.first else { return nil }
    list.pointee.first = block.pointee.next
    return block
  }

  /// Puts a block into its list; what comes back is too much and is to be released, without the lock.
  mutating func push(_ block: Block) -> Block? {
    let list = Self.list(block.pointee.sizeClass)
    tick &+= 1
    list.pointee.lastUse = tick
    block.pointee.next = list.pointee.first
    list.pointee.first = block
    if tick &- epochStart > Self.epochLength {
      previousEpochPeak = epochPeak
      epochPeak = inUse
      epochStart = tick
    }
    let recent = max(epochPeak, previousEpochPeak)
    let limit = recent &+ recent / 4 &+ Self.slack
    return held > limit ? evict(downTo: limit) : nil
  }

  private mutating func evict(downTo limit: Int) -> Block? {
    var chain: Block?
    while held > limit {
      var oldest: Int?
      for sizeClass in 0..<SizeClass.count where Self.list(sizeClass).pointee.first != nil {
        if let known = oldest, Self.list(known).pointee.lastUse <= Self.list(sizeClass).pointee.lastUse {
          continue
        }
        oldest = sizeClass
      }
      guard let oldest else { break }
      let list = Self.list(oldest)
      while held > limit, let block = list.pointee.first {
        list.pointee.first = block.pointee.next
        note(released: block)
        block.pointee.next = chain
        chain = block
      }
    }
    return chain
  }

  /// Takes all blocks out of the lists, as one chain.
  mutating func drain() -> Block? {
    var chain: Block?
    for sizeClass in 0..<SizeClass.count {
      let list = Self.list(sizeClass)
      while let block = list.pointee.first {
        list.pointee.first = block.pointee.next
        note(released: block)
        block.pointee.next = chain
        chain = block
      }
    }
    return chain
  }

  mutating func note(released block: Block) {
    held &-= SizeClass.size(block.pointee.sizeClass) &+ BlockHeader.space
    deallocations &+= 1
  }
}
