import CSystem

/// Memory of tensors, workspaces and I/O buffers: aligned to 64 bytes, uninitialised, from an allocator that
/// the host may set.
///
/// A freed block is kept for the next request of its size, since a training loop asks for the same sizes step
/// after step, and going to the system each time costs a page fault for every 4 KiB. Small blocks wait in
/// shards (`MemoryShard`), a few locked instructions away; large ones in the ledger.
public enum Memory {
  /// `bytes` of memory; 0 is allowed. `function` is the name that an error tells.
  package static func allocate(
    _ bytes: Int, for function: StaticString
  ) throws(ThalwegError) -> UnsafeMutableRawPointer {
    if bytes >= 0 && bytes <= SizeClass.smallLimit {
      let sizeClass = SizeClass.index(of: bytes)
      let shard = MemoryShard.mine
      shard.pointee.lock.lock()
      let list = MemoryShard.list(shard, sizeClass)
      if let block = list.pointee {
        list.pointee = block.pointee.next
        shard.pointee.cached = shard.pointee.cached &- SizeClass.size(sizeClass)
        count(bytes, in: shard)
        shard.pointee.lock.unlock()
        if MemoryProfile.isOn { MemoryProfile.note(block, bytes, function) }
        return UnsafeMutableRawPointer(block) + BlockHeader.space
      }
      shard.pointee.lock.unlock()
    }
    return try allocateBeyondShard(bytes, function)
  }

  /// Frees what `allocate` returned for the same number of bytes.
  package static func deallocate(_ data: UnsafeMutableRawPointer, _ bytes: Int) {
    let block = (data - BlockHeader.space).assumingMemoryBound(to: BlockHeader.self)
    if MemoryProfile.isOn { MemoryProfile.forget(block, bytes) }
    let sizeClass = block.pointee.sizeClass
    if sizeClass < SizeClass.smallCount {
      let shard = MemoryShard.mine
      shard.pointee.lock.lock()
      count(-bytes, in: shard)
      let size = SizeClass.size(sizeClass)
      // Under the lock: who sets another allocator drains every shard afterwards, under its lock.
      if block.pointee.owner == Allocator.current.load(ordering: .relaxed),
        shard.pointee.cached &+ size <= MemoryShard.cachedLimit
      {
        let list = MemoryShard.list(shard, sizeClass)
        block.pointee.next = list.pointee
        list.pointee = block
        shard.pointee.cached = shard.pointee.cached &+ size
        shard.pointee.lock.unlock()
        return
      }
      shard.pointee.lock.unlock()
    }
    deallocateBeyondShard(block, bytes)
  }

  /// Notes that `bytes` more are in use (fewer, if negative). The caller holds the shard's lock.
  @inline(__always)
  private static func count(_ bytes: Int, in shard: UnsafeMutablePointer<MemoryShard>) {
    let unsettled = shard.pointee.unsettled &+ bytes
    shard.pointee.unsettled = unsettled
    if unsettled > shard.pointee.unsettledPeak {
      shard.pointee.unsettledPeak = unsettled
      if unsettled > MemoryShard.settleLimit { settle(shard) }
    } else if unsettled < -MemoryShard.settleLimit {
      settle(shard)
    }
  }

  /// Tells the ledger what this shard has counted. The caller holds the shard's lock.
  @inline(never)
  static func settle(_ shard: UnsafeMutablePointer<MemoryShard>) {
    let ledger = MemoryLedger.shared
    MemoryLedger.lock.pointee.lock()
    ledger.pointee.settle(shard.pointee.unsettled, peakChange: shard.pointee.unsettledPeak)
    MemoryLedger.lock.pointee.unlock()
    shard.pointee.unsettled = 0
    shard.pointee.unsettledPeak = 0
  }

  @inline(never)
  private static func allocateBeyondShard(
    _ bytes: Int, _ function: StaticString
  ) throws(ThalwegError) -> UnsafeMutableRawPointer {
    guard bytes >= 0, bytes <= SizeClass.maximum else { throw outOfMemory(bytes, function) }
    let sizeClass = SizeClass.index(of: bytes)
    let ledger = MemoryLedger.shared
    MemoryLedger.lock.pointee.lock()
    let cached = ledger.pointee.pop(sizeClass)
    MemoryLedger.lock.pointee.unlock()
    let block = if let cached { cached } else { try allocateNew(sizeClass, bytes, function) }
    let shard = MemoryShard.mine
    shard.pointee.lock.lock()
    count(bytes, in: shard)
    // A large block makes the account exact, as far as this thread goes.
    if bytes > SizeClass.smallLimit { settle(shard) }
    shard.pointee.lock.unlock()
    if MemoryProfile.isOn { MemoryProfile.note(block, bytes, function) }
    return UnsafeMutableRawPointer(block) + BlockHeader.space
  }

  private static func allocateNew(
    _ sizeClass: Int, _ bytes: Int, _ function: StaticString
  ) throws(ThalwegError) -> Block {
    prepareForFork()
    let size = SizeClass.size(sizeClass) &+ BlockHeader.space
    let owner = Allocator.current.load(ordering: .acquiring)
    var memory = Allocator.allocate(size, from: owner)
    if memory == nil {
      trim()
      memory = Allocator.allocate(size, from: owner)
    }
    guard let memory else { throw outOfMemory(bytes, function) }
    guard UInt(bitPattern: memory) % UInt(Allocator.alignment) == 0 else {
      Allocator.deallocate(memory, size, to: owner)
      throw ThalwegError(
        .invalidArgument,
        "\(function): the host's allocator returned an address that is not a multiple of \(Allocator.alignment)"
      )
    }
    let block = memory.bindMemory(to: BlockHeader.self, capacity: 1)
    block.initialize(to: BlockHeader(next: nil, owner: owner, sizeClass: sizeClass))
    let ledger = MemoryLedger.shared
    MemoryLedger.lock.pointee.lock()
    ledger.pointee.held &+= size
    ledger.pointee.allocations &+= 1
    MemoryLedger.lock.pointee.unlock()
    return block
  }

  /// A block that its thread's shard does not take: it is large, the shard is full, or another allocator made
  /// it. Small ones are off the shard's account already.
  @inline(never)
  private static func deallocateBeyondShard(_ block: Block, _ bytes: Int) {
    if block.pointee.sizeClass >= SizeClass.smallCount {
      let shard = MemoryShard.mine
      shard.pointee.lock.lock()
      count(-bytes, in: shard)
      shard.pointee.lock.unlock()
    }
    let ledger = MemoryLedger.shared
    MemoryLedger.lock.pointee.lock()
    let excess: Block?
    if block.pointee.owner == Allocator.current.load(ordering: .relaxed) {
      excess = ledger.pointee.push(block)
    } else {
      ledger.pointee.note(released: block)
      block.pointee.next = nil
      excess = block
    }
    MemoryLedger.lock.pointee.unlock()
    BlockHeader.release(excess)
  }

  private static func outOfMemory(_ bytes: Int, _ function: StaticString) -> ThalwegError {
    let inUse = statistics.bytesInUse
    return ThalwegError(
      .outOfMemory, "\(function): no memory for \(bytes) bytes; \(inUse) bytes are in use")
  }
}
