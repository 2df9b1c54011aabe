public import CThalweg
import ThalwegCore

// MARK: - Memory

/// Fills `allocator` with no functions. `struct_size` is sizeof(tw_allocator).
///
/// Threads: any.
@c(tw_allocator_init)
public func tw_allocator_init(_ allocator: UnsafeMutablePointer<tw_allocator>?, _ struct_size: UInt)
  -> tw_status
{
  call { () throws(ThalwegError) in
    try initialise(allocator, struct_size, \.struct_size, tw_allocator())
  }
}

/// Sets where tensors, workspaces and buffers come from; NULL for the C library's memory, as at the start. What is in use
/// goes back to the allocator that made it. When the allocator returns NULL, the call that needed memory returns
/// TW_ERROR_OUT_OF_MEMORY. Small bookkeeping objects come from malloc, whose failure ends the process.
///
/// Threads: any.
@c(tw_set_allocator)
public func tw_set_allocator(_ allocator: UnsafePointer<tw_allocator>?) -> tw_status {
  call { () throws(ThalwegError) in
    if allocator == nil { return try Memory.setAllocator(nil) }
    try Memory.setAllocator(complete(allocator, tw_allocator()))
  }
}

/// Fills `stats` with zeros. `struct_size` is sizeof(tw_memory_stats).
///
/// Threads: any.
@c(tw_memory_stats_init)
public func tw_memory_stats_init(
  _ stats: UnsafeMutablePointer<tw_memory_stats>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in
    try initialise(stats, struct_size, \.struct_size, tw_memory_stats())
  }
}

/// What memory the library uses. `out` was filled by tw_memory_stats_init. Exact while no other thread allocates.
///
/// Threads: any.
@c(tw_get_memory_stats)
public func tw_get_memory_stats(_ out: UnsafeMutablePointer<tw_memory_stats>?) -> tw_status {
  call { () throws(ThalwegError) in
    let target = try pointer(out, "out")
    let statistics = Memory.statistics
    let known = UInt(bitPattern: try complete(UnsafePointer(target), tw_memory_stats()).struct_size)
    try initialise(
      target, known, \.struct_size,
      tw_memory_stats(
        struct_size: 0, bytes_in_use: UInt64(clamping: statistics.bytesInUse),
        peak_bytes_in_use: UInt64(clamping: statistics.peakBytesInUse),
        allocations: UInt64(clamping: statistics.allocations),
        deallocations: UInt64(clamping: statistics.deallocations),
        bytes_held: UInt64(clamping: statistics.bytesHeld)))
  }
}

/// Makes the bytes in use now the peak.
///
/// Threads: any.
@c(tw_reset_peak_memory)
public func tw_reset_peak_memory() -> tw_status {
  call { Memory.resetPeak() }
}

/// Gives the memory that is kept for reuse back to the allocator.
///
/// Threads: any.
@c(tw_trim_memory)
public func tw_trim_memory() -> tw_status {
  call { Memory.trim() }
}

/// Begins (1) or ends (0) an account of which operations' memory is in use when most is. Beginning forgets the account
/// before. Each block costs some tens of nanoseconds more meanwhile.
///
/// Threads: any.
@c(tw_set_memory_profiling)
public func tw_set_memory_profiling(_ enabled: Int32) -> tw_status {
  call { MemoryProfile.set(enabled != 0) }
}

/// How many operations had memory in use at the moment, since tw_set_memory_profiling began, when most was in use.
///
/// Threads: any.
@c(tw_memory_profile_count)
public func tw_memory_profile_count(_ out: UnsafeMutablePointer<UInt>?) -> tw_status {
  write(out) { UInt(MemoryProfile.peak.count) }
}

/// Operation `index` of those, from the one with the most bytes on: its name, such as "conv2d" (or "before": what was in
/// use already when the account began), and how many bytes in how many blocks it had.
///
/// Threads: any, while no account is running. `out_operation`: borrowed.
@c(tw_memory_profile_at)
public func tw_memory_profile_at(
  _ index: UInt, _ out_operation: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
  _ out_bytes: UnsafeMutablePointer<Int64>?, _ out_blocks: UnsafeMutablePointer<Int64>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let operation = try pointer(out_operation, "out_operation")
    let bytes = try pointer(out_bytes, "out_bytes"), blocks = try pointer(out_blocks, "out_blocks")
    let shares = MemoryProfile.peak
    guard index < UInt(shares.count) else {
      throw ThalwegError(
        .invalidArgument,
        "tw_memory_profile_at: there is no operation \(index); \(shares.count) had memory in use")
    }
    let share = shares[Int(index)]
    operation.pointee = share.operation.cString
    bytes.pointee = Int64(share.bytes)
    blocks.pointee = Int64(share.blocks)
  }
}
