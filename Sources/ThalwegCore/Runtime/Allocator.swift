import CSystem
import CThalweg
import Glibc
import Synchronization

/// Where memory comes from in the end: the host's functions, or the C library's.
///
/// Every block remembers the allocator that made it, by the address of one of these, so that it goes back
/// there even if the host has set another one since. They are few, small and kept for good; setting the
/// same functions again finds the one that is there.
struct Allocator {
  let functions: tw_allocator
  let next: UnsafeMutablePointer<Allocator>?

  static let alignment = 64

  /// The one that new blocks come from; nil is the C library's.
  nonisolated(unsafe) static let current = Atomic<UnsafeMutablePointer<Allocator>?>(nil)

  private static let lock = SpinLock()
  nonisolated(unsafe) private static var all: UnsafeMutablePointer<Allocator>?

  /// The record of these functions; nil if there is no memory for it.
  static func record(_ functions: tw_allocator) -> UnsafeMutablePointer<Allocator>? {
    lock.lock()
    defer { lock.unlock() }
    var known = all
    while let record = known {
      if same(record.pointee.functions, functions) { return record }
      known = record.pointee.next
    }
    guard let memory = malloc(MemoryLayout<Allocator>.size) else { return nil }
    let record = memory.bindMemory(to: Allocator.self, capacity: 1)
    record.initialize(to: Allocator(functions: functions, next: all))
    all = record
    return record
  }

  private static func same(_ a: tw_allocator, _ b: tw_allocator) -> Bool {
    unsafeBitCast(a.allocate, to: Int.self) == unsafeBitCast(b.allocate, to: Int.self)
      && unsafeBitCast(a.deallocate, to: Int.self) == unsafeBitCast(b.deallocate, to: Int.self)
      && a.user_data == b.user_data
  }

  static func allocate(_ size: Int, from owner: UnsafeMutablePointer<Allocator>?) -> UnsafeMutableRawPointer?
  {
    if let owner {
      return owner.pointee.functions.allocate?(size, alignment, owner.pointee.functions.user_data)
    }
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, alignment, size) == 0, let memory else { return nil }
    if size >= 2 &* largePage { preferLargePages(memory, size) }
    return memory
  }

  private static let largePage = 2 << 20

  /// Has the system map new memory in pages of 2 MB, if it can: fewer faults, and addresses are translated from one table.
  static func preferLargePages(_ memory: UnsafeMutableRawPointer, _ size: Int) {
    let first = memory.alignedUp(toMultipleOf: largePage), end = memory + size
    if first < end { _ = madvise(first, (end - first) / largePage &* largePage, MADV_HUGEPAGE) }
  }

  static func deallocate(
    _ memory: UnsafeMutableRawPointer, _ size: Int, to owner: UnsafeMutablePointer<Allocator>?
  ) {
    if let owner {
      owner.pointee.functions.deallocate?(memory, size, alignment, owner.pointee.functions.user_data)
    } else {
      free(memory)
    }
  }

  static func prepareFork() { lock.lock() }
  static func finishFork() { lock.unlock() }
}
