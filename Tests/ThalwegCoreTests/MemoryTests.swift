import CThalweg
import Glibc
import Synchronization
import XCTest

@testable import ThalwegCore

/// What a host's allocator did: reached through user_data.
private final class HostHeap {
  let live = Atomic<Int>(0)
  let calls = Atomic<Int>(0)
  let failing = Atomic<Bool>(false)
  /// Added to each address: a host that breaks the alignment.
  var skew = 0

  var functions: tw_allocator {
    tw_allocator(
      struct_size: MemoryLayout<tw_allocator>.size,
      allocate: { size, alignment, userData in
        let heap = Unmanaged<HostHeap>.fromOpaque(userData!).takeUnretainedValue()
        heap.calls.add(1, ordering: .relaxed)
        if heap.failing.load(ordering: .relaxed) { return nil }
        var memory: UnsafeMutableRawPointer?
        guard posix_memalign(&memory, alignment, size + 64) == 0 else { return nil }
        heap.live.add(1, ordering: .relaxed)
        return memory! + heap.skew
      },
      deallocate: { data, _, _, userData in
        let heap = Unmanaged<HostHeap>.fromOpaque(userData!).takeUnretainedValue()
        heap.live.subtract(1, ordering: .relaxed)
        free(data! - heap.skew)
      },
      user_data: Unmanaged.passUnretained(self).toOpaque())
  }
}

final class MemoryTests: XCTestCase {
  override func setUp() { Memory.trim() }

  /// Back to the C library, while the heaps that may have blocks in the cache still live.
  private func restoreAllocator(_ heaps: HostHeap...) {
    XCTAssertNoThrow(try Memory.setAllocator(nil))
    withExtendedLifetime(heaps) {}
  }

  func testSizeClasses() {
    for bytes in Array(0...5000) + [65535, 65536, 65537, 1_000_000, 123_456_789, SizeClass.maximum] {
      let index = SizeClass.index(of: bytes)
      XCTAssertLessThan(index, SizeClass.count)
      XCTAssertGreaterThanOrEqual(SizeClass.size(index), bytes)
      if index > 0 { XCTAssertLessThan(SizeClass.size(index - 1), max(bytes, 1)) }
      XCTAssertEqual(SizeClass.size(index) % 64, 0)
      if bytes > 1024 { XCTAssertLessThanOrEqual(SizeClass.size(index) - bytes, bytes / 8) }
    }
    XCTAssertEqual(SizeClass.index(of: SizeClass.smallLimit), SizeClass.smallCount - 1)
  }

  func testBlocksAreAlignedAndSeparate() throws {
    let sizes = [0, 1, 63, 64, 65, 1000, 4096, 70_000, 3_000_000]
    let blocks = try sizes.map { try Memory.allocate($0, for: "test") }
    for (block, size) in zip(blocks, sizes) {
      XCTAssertEqual(UInt(bitPattern: block) % 64, 0)
      memset(block, Int32(size % 251), size)
    }
    for (block, size) in zip(blocks, sizes) where size > 0 {
      XCTAssertEqual(block.load(as: UInt8.self), UInt8(size % 251))
      XCTAssertEqual(block.load(fromByteOffset: size - 1, as: UInt8.self), UInt8(size % 251))
      Memory.deallocate(block, size)
    }
    Memory.deallocate(blocks[0], 0)
  }

  func testStatistics() throws {
    let start = Memory.statistics
    Memory.resetPeak()
    let small = try Memory.allocate(1000, for: "test")
    let large = try Memory.allocate(1_000_000, for: "test")
    XCTAssertEqual(Memory.statistics.bytesInUse, start.bytesInUse + 1_001_000)
    Memory.deallocate(small, 1000)
    Memory.deallocate(large, 1_000_000)
    let end = Memory.statistics
    XCTAssertEqual(end.bytesInUse, start.bytesInUse)
    XCTAssertEqual(end.peakBytesInUse, start.bytesInUse + 1_001_000)
    XCTAssertEqual(end.allocations, start.allocations + 2)
    XCTAssertEqual(end.deallocations, start.deallocations, "kept for reuse")
    XCTAssertGreaterThanOrEqual(end.bytesHeld, start.bytesHeld + 1_001_000)
    Memory.resetPeak()
    XCTAssertEqual(Memory.statistics.peakBytesInUse, end.bytesInUse)
    Memory.trim()
    XCTAssertEqual(Memory.statistics.bytesHeld, start.bytesHeld)
    XCTAssertEqual(Memory.statistics.deallocations, start.deallocations + 2)
  }

  func testThePeakOfManySmallBlocksIsExact() throws {
    Memory.resetPeak()
    let start = Memory.statistics.bytesInUse
    for _ in 0..<2 {
      let blocks = try (0..<1000).map { _ in try Memory.allocate(1000, for: "test") }
      for block in blocks { Memory.deallocate(block, 1000) }
    }
    XCTAssertEqual(Memory.statistics.peakBytesInUse, start + 1_000_000)
    XCTAssertEqual(Memory.statistics.bytesInUse, start)
  }

  func testAStepAfterTheFirstTakesNothingFromTheAllocator() throws {
    func step() throws {
      let sizes = (0..<400).map { 100 + $0 * $0 * 7 }
      let blocks = try sizes.map { try Memory.allocate($0, for: "test") }
      for (block, size) in zip(blocks, sizes) { Memory.deallocate(block, size) }
    }
    try step()
    let before = Memory.statistics.allocations
    try step()
    try step()
    XCTAssertEqual(Memory.statistics.allocations, before)
  }

  func testTheCacheIsBounded() throws {
    // Ever other sizes: what was kept for the first ones has to go.
    let start = Memory.statistics.deallocations
    for exponent in 0..<200 {
      let size = Int(4e6 * exp(Double(exponent) / 80))
      Memory.deallocate(try Memory.allocate(size, for: "test"), size)
    }
    let recent = max(MemoryLedger.shared.pointee.epochPeak, MemoryLedger.shared.pointee.previousEpochPeak)
    XCTAssertLessThanOrEqual(Memory.statistics.bytesHeld, recent + recent / 4 + MemoryLedger.slack)
    XCTAssertGreaterThan(Memory.statistics.deallocations, start)
  }

  func testAHostAllocatorGetsItsBlocksBack() throws {
    let first = HostHeap()
    let second = HostHeap()
    defer { restoreAllocator(first, second) }
    try Memory.setAllocator(first.functions)
    let a = try Memory.allocate(100, for: "test")
    let b = try Memory.allocate(1_000_000, for: "test")
    Memory.deallocate(try Memory.allocate(200, for: "test"), 200)
    XCTAssertEqual(first.live.load(ordering: .relaxed), 3)
    try Memory.setAllocator(second.functions)
    XCTAssertEqual(first.live.load(ordering: .relaxed), 2, "what was kept for reuse goes back at once")
    let c = try Memory.allocate(100, for: "test")
    XCTAssertEqual(second.live.load(ordering: .relaxed), 1)
    Memory.deallocate(a, 100)
    Memory.deallocate(b, 1_000_000)
    XCTAssertEqual(first.live.load(ordering: .relaxed), 0)
    try Memory.setAllocator(nil)
    XCTAssertEqual(second.live.load(ordering: .relaxed), 1)
    Memory.deallocate(c, 100)
    XCTAssertEqual(second.live.load(ordering: .relaxed), 0)
  }

  func testAFailingAllocator() throws {
    let heap = HostHeap()
    defer { restoreAllocator(heap) }
    try Memory.setAllocator(heap.functions)
    let start = Memory.statistics.bytesInUse
    Memory.deallocate(try Memory.allocate(100, for: "test"), 100)
    heap.failing.store(true, ordering: .relaxed)
    for size in [500, 5_000_000] {
      let calls = heap.calls.load(ordering: .relaxed)
      XCTAssertThrowsError(try Memory.allocate(size, for: "matmul")) { error in
        let error = error as? ThalwegError
        XCTAssertEqual(error?.code, .outOfMemory)
        XCTAssertTrue(error?.message.hasPrefix("matmul: no memory for \(size) bytes") ?? false)
      }
      XCTAssertEqual(heap.calls.load(ordering: .relaxed), calls + 2, "tried again once")
    }
    XCTAssertEqual(
      heap.live.load(ordering: .relaxed), 0, "what was kept was given back before the second try")
    XCTAssertEqual(Memory.statistics.bytesInUse, start)
    heap.failing.store(false, ordering: .relaxed)
    Memory.deallocate(try Memory.allocate(500, for: "test"), 500)
  }

  func testImpossibleRequests() {
    for size in [-1, Int.min, Int.max, SizeClass.maximum + 1] {
      XCTAssertThrowsError(try Memory.allocate(size, for: "empty")) {
        XCTAssertEqual(($0 as? ThalwegError)?.code, .outOfMemory)
      }
    }
    XCTAssertThrowsError(try Memory.setAllocator(tw_allocator()))
    let heap = HostHeap()
    defer { restoreAllocator(heap) }
    heap.skew = 16
    XCTAssertNoThrow(try Memory.setAllocator(heap.functions))
    XCTAssertThrowsError(try Memory.allocate(10, for: "empty")) {
      XCTAssertEqual(($0 as? ThalwegError)?.code, .invalidArgument)
    }
    XCTAssertEqual(heap.live.load(ordering: .relaxed), 0)
  }

  func testManyThreads() throws {
    let start = Memory.statistics.bytesInUse
    let failures = Atomic<Int>(0)
    onThreads(6) { thread in
      var random = UInt64(thread + 1)
      var blocks: [(UnsafeMutableRawPointer, Int)] = []
      for round in 0..<20_000 {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        if blocks.count > 20 || (random >> 60) < 7 {
          if let (block, size) = blocks.popLast() {
            if size >= 8 && block.load(as: UInt64.self) != UInt64(size) {
              failures.add(1, ordering: .relaxed)
            }
            Memory.deallocate(block, size)
          }
        } else {
          let size = Int(random >> 33) % (round % 50 == 0 ? 300_000 : 3000)
          guard let block = try? Memory.allocate(size, for: "test") else { continue }
          if size >= 8 { block.storeBytes(of: UInt64(size), as: UInt64.self) }
          blocks.append((block, size))
        }
        if round % 5000 == 0 && thread == 0 { Memory.trim() }
      }
      for (block, size) in blocks { Memory.deallocate(block, size) }
    }
    XCTAssertEqual(failures.load(ordering: .relaxed), 0)
    XCTAssertEqual(Memory.statistics.bytesInUse, start)
  }
}
