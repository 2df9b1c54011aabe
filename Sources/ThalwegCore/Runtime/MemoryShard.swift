import CSystem

/// What stands in the 64 bytes before each block: where it goes when it is freed, and, while it is in the
/// cache, the next one of its size.
struct BlockHeader {
  var next: UnsafeMutablePointer<BlockHeader>?
  var owner: UnsafeMutablePointer<Allocator>?
  var sizeClass: Int
  /// Which operation asked for it, while `MemoryProfile` is on.
  var profile = 0

  static let space = 64

  /// Gives a chain of blocks back to their allocators.
  static func release(_ chain: UnsafeMutablePointer<BlockHeader>?) {
    var rest = chain
    while let block = rest {
      rest = block.pointee.next
      let size = SizeClass.size(block.pointee.sizeClass) &+ space
      Allocator.deallocate(block, size, to: block.pointee.owner)
    }
  }
}

typealias Block = UnsafeMutablePointer<BlockHeader>

/// A part of the cache of small blocks. There are more of them than threads usually compute at once, so that a
/// thread finds its own free and in its core's cache. They lie in static memory, zero at first, in front of
/// their lists.
struct MemoryShard: ~Copyable {
  let lock: SpinLock
  /// Bytes in use that the ledger has not been told of yet; may be negative.
  var unsettled: Int
  /// The most that `unsettled` has been since it was last 0.
  var unsettledPeak: Int
  /// Bytes that wait in the lists.
  var cached: Int

  static let count = 16
  /// Bytes that one shard may keep; the rest goes to the ledger's lists, which all threads share.
  static let cachedLimit = 8 << 20
  /// The ledger is told when this many bytes came or went.
  static let settleLimit = 64 * 1024

  private static let listsOffset = 64
  private static let stride = 640

  @inline(__always)
  static func at(_ index: Int) -> UnsafeMutablePointer<MemoryShard> {
    (tw_memory_area_start() + index &* stride).assumingMemoryBound(to: MemoryShard.self)
  }

  @inline(__always)
  static func list(_ shard: UnsafeMutablePointer<MemoryShard>, _ sizeClass: Int) -> UnsafeMutablePointer<
    Block?
  > {
    (UnsafeMutableRawPointer(shard) + listsOffset).assumingMemoryBound(to: Block?.self) + sizeClass
  }

  /// Where the shards end.
  static var end: UnsafeMutableRawPointer { tw_memory_area_start() + count &* stride }

  /// The shard of this thread.
  @inline(__always)
  static var mine: UnsafeMutablePointer<MemoryShard> {
    let chosen = tw_thread_get(Int32(TW_THREAD_SHARD))
    return at(chosen != 0 ? chosen &- 1 : choose())
  }

  @inline(never)
  private static func choose() -> Int {
    let index = MemoryLedger.nextShard.wrappingAdd(1, ordering: .relaxed).oldValue % count
    tw_thread_set(Int32(TW_THREAD_SHARD), index &+ 1)
    return index
  }

  /// Takes all blocks out of the lists, as one chain. The caller holds the lock.
  static func drain(_ shard: UnsafeMutablePointer<MemoryShard>) -> Block? {
    var chain: Block?
    for sizeClass in 0..<SizeClass.smallCount {
      let list = list(shard, sizeClass)
      while let block = list.pointee {
        list.pointee = block.pointee.next
        block.pointee.next = chain
        chain = block
      }
    }
    shard.pointee.cached = 0
    return chain
  }
}
