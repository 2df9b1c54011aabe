import CSystem
public import CThalweg
import Glibc

extension Memory {
  /// What the engine's memory comes to. Exact while no other thread allocates; the peak may miss up to 64 KiB
  /// for each thread that allocated at the same time.
  public struct Statistics: Sendable {
    /// Asked for by tensors, workspaces and buffers that live now.
    public var bytesInUse: Int
    /// The most that `bytesInUse` has been since the start or the last reset.
    public var peakBytesInUse: Int
    /// Held from the allocator: in use or kept for reuse, with rounding and headers.
    public var bytesHeld: Int
    /// Successful calls of the allocator.
    public var allocations: Int
    /// Blocks given back to the allocator.
    public var deallocations: Int
  }

  public static var statistics: Statistics {
    settleAll()
    let ledger = MemoryLedger.shared
    MemoryLedger.lock.pointee.lock()
    defer { MemoryLedger.lock.pointee.unlock() }
    return Statistics(
      bytesInUse: ledger.pointee.inUse, peakBytesInUse: ledger.pointee.peak,
      bytesHeld: ledger.pointee.held, allocations: ledger.pointee.allocations,
      deallocations: ledger.pointee.deallocations)
  }

  /// Makes the bytes in use now the peak.
  public static func resetPeak() {
    settleAll()
    let ledger = MemoryLedger.shared
    MemoryLedger.lock.pointee.lock()
    ledger.pointee.peak = ledger.pointee.inUse
    MemoryLedger.lock.pointee.unlock()
  }

  /// Gives all memory that is kept for reuse back to the allocator.
  public static func trim() {
    for index in 0..<MemoryShard.count {
      let shard = MemoryShard.at(index)
      shard.pointee.lock.lock()
      let chain = MemoryShard.drain(shard)
      if chain != nil { noteReleased(chain) }
      shard.pointee.lock.unlock()
      BlockHeader.release(chain)
    }
    let ledger = MemoryLedger.shared
    MemoryLedger.lock.pointee.lock()
    let chain = ledger.pointee.drain()
    MemoryLedger.lock.pointee.unlock()
    BlockHeader.release(chain)
  }

  /// Takes memory from these functions from now on; nil is the C library's. Memory in use goes back to the
  /// allocator that made it when it is freed, so the functions must work until then; memory kept for reuse goes
  /// back now.
  public static func setAllocator(_ functions: tw_allocator?) throws(ThalwegError) {
    var record: UnsafeMutablePointer<Allocator>?
    if let functions {
      guard functions.allocate != nil, functions.deallocate != nil else {
        throw ThalwegError(.invalidArgument, "set_allocator: allocate and deallocate must not be NULL")
      }
      record = Allocator.record(functions)
      guard record != nil else {
        throw ThalwegError(.outOfMemory, "set_allocator: no memory for the allocator's record")
      }
    }
    Allocator.current.store(record, ordering: .releasing)
    trim()
  }

  private static func noteReleased(_ chain: Block?) {
    let ledger = MemoryLedger.shared
    MemoryLedger.lock.pointee.lock()
    var rest = chain
    while let block = rest {
      ledger.pointee.note(released: block)
      rest = block.pointee.next
    }
    MemoryLedger.lock.pointee.unlock()
  }

  private static func settleAll() {
    for index in 0..<MemoryShard.count {
      let shard = MemoryShard.at(index)
      shard.pointee.lock.lock()
      if shard.pointee.unsettled != 0 || shard.pointee.unsettledPeak != 0 { settle(shard) }
      shard.pointee.lock.unlock()
    }
  }

  private static let forkHandlers: Int32 = pthread_atfork(
    {
      // In the order in which threads take them; none is ever held while a host's function runs.
      Log.prepareFork()
      Allocator.prepareFork()
      for index in 0..<MemoryShard.count { MemoryShard.at(index).pointee.lock.lock() }
      MemoryLedger.lock.pointee.lock()
    }, { Memory.finishFork() }, { Memory.finishFork() })

  /// Sees to it that a thread that forks holds all locks of the memory at that moment, so that none stays
  /// taken in the child. Called before there is anything in the cache.
  static func prepareForFork() { _ = forkHandlers }

  private static func finishFork() {
    MemoryLedger.lock.pointee.unlock()
    for index in 0..<MemoryShard.count { MemoryShard.at(index).pointee.lock.unlock() }
    Allocator.finishFork()
    Log.finishFork()
  }
}
