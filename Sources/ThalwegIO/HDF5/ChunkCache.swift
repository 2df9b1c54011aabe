import ThalwegCore

/// Decoded chunks, as many as fit into some memory. One thread uses it.
final class ChunkCache {
  private struct Kept {
    let data: UnsafeMutableRawPointer
    let bytes: Int
  }

  private let budget: Int
  private var used = 0
  private var chunks: [Int: Kept] = [:]

  init(_ budget: Int) { self.budget = budget }

  deinit { clear() }

  func find(_ number: Int) -> UnsafeMutableRawPointer? { chunks[number]?.data }

  /// Takes the memory over. Where there is no room others go, any: rows come in random order.
  func keep(_ number: Int, _ data: UnsafeMutableRawPointer, _ bytes: Int) {
    guard bytes <= budget, chunks[number] == nil else { return Memory.deallocate(data, bytes) }
    while used > budget - bytes, let (other, kept) = chunks.first {
      chunks[other] = nil
      used -= kept.bytes
      Memory.deallocate(kept.data, kept.bytes)
    }
    chunks[number] = Kept(data: data, bytes: bytes)
    used += bytes
  }

  func clear() {
    for (_, kept) in chunks { Memory.deallocate(kept.data, kept.bytes) }
    (chunks, used) = ([:], 0)
  }
}
