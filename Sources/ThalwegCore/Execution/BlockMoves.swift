package import CKernels

/// Moves blocks, runs of `block` elements, between a dense list of them and places in other memory. A place is the
/// number of the element at which a block begins.
package enum BlockMoves {
  /// target[i] = the block of `source` at places[i].
  package static func gather(
    _ places: Tensor, block: Int, elementSize: Int, from source: UnsafeRawPointer,
    to target: UnsafeMutableRawPointer
  ) {
    let bytes = block &* elementSize
    if bytes == 0 { return }
    let place = places.address.assumingMemoryBound(to: Int64.self)
    let (count, blocksAChunk) = (places.numel, max(1, 64 * 1024 / bytes))
    func run() {
      parallel((count &+ blocksAChunk &- 1) / blocksAChunk) { chunk in
        let range = (chunk &* blocksAChunk)..<min(count, (chunk &+ 1) &* blocksAChunk)
        switch (block, elementSize) {
        case (1, 4): gather(range, place, source, target, UInt32.self)
        case (1, 8): gather(range, place, source, target, UInt64.self)
        case (1, 1): gather(range, place, source, target, UInt8.self)
        default:
          for i in range {
            (target + i &* bytes).copyMemory(from: source + Int(place[i]) &* elementSize, byteCount: bytes)
          }
        }
      }
    }
    if Recording.isActive { Recording.note(run) } else { run() }
  }

  private static func gather<Word: BitwiseCopyable>(
    _ range: Range<Int>, _ place: UnsafePointer<Int64>, _ source: UnsafeRawPointer,
    _ target: UnsafeMutableRawPointer, _: Word.Type
  ) {
    let from = source.assumingMemoryBound(to: Word.self)
    let to = target.assumingMemoryBound(to: Word.self)
    for i in range { to[i] = from[Int(place[i])] }
  }

  /// The block of `target` at places[i] = source[i], one after the other: of several for one place the last one stays.
  package static func scatter(
    _ places: Tensor, block: Int, elementSize: Int, from source: UnsafeRawPointer,
    to target: UnsafeMutableRawPointer
  ) {
    let bytes = block &* elementSize
    let (place, count) = (places.address.assumingMemoryBound(to: Int64.self), places.numel)
    func run() {
      switch (block, elementSize) {
      case (0, _): break
      case (1, 4): scatter(count, place, source, target, UInt32.self)
      case (1, 8): scatter(count, place, source, target, UInt64.self)
      case (1, 1): scatter(count, place, source, target, UInt8.self)
      default:
        for i in 0..<count {
          (target + Int(place[i]) &* elementSize).copyMemory(from: source + i &* bytes, byteCount: bytes)
        }
      }
    }
    if Recording.isActive { Recording.note(run) } else { run() }
  }

  private static func scatter<Word: BitwiseCopyable>(
    _ count: Int, _ place: UnsafePointer<Int64>, _ source: UnsafeRawPointer,
    _ target: UnsafeMutableRawPointer, _: Word.Type
  ) {
    let from = source.assumingMemoryBound(to: Word.self)
    let to = target.assumingMemoryBound(to: Word.self)
    for i in 0..<count { to[Int(place[i])] = from[i] }
  }

  /// The block of `target`, `length` elements, at places[i] = itself `combined` with source[i]; in the order of i for
  /// every place, whatever the number of threads.
  package static func combine(
    _ combined: tk_binary_loop, _ places: Tensor, block: Int, elementSize: Int, from source: UnsafeRawPointer,
    to target: UnsafeMutableRawPointer, length: Int
  ) {
    if block == 0 { return }
    let (place, count) = (places.address.assumingMemoryBound(to: Int64.self), places.numel)
    // Each piece of the target looks through all places: worth it where the blocks are long.
    let pieces = block >= 64 ? 16 : 1
    let span = (length &+ pieces &- 1) / pieces
    func run() {
      parallel(pieces) { piece in
        let range = Int64(piece &* span)..<Int64((piece &+ 1) &* span)
        for i in 0..<count where range.contains(place[i]) {
          let to = target + Int(place[i]) &* elementSize
          combined(Int64(block), to, 1, to, 1, source + i &* block &* elementSize, 1)
        }
      }
    }
    if Recording.isActive { Recording.note(run) } else { run() }
  }

  /// `combine` with addition, of floats one by one without a kernel's call.
  package static func add(
    _ kernel: tk_binary_loop, _ dtype: DType, _ places: Tensor, block: Int, from source: UnsafeRawPointer,
    to target: UnsafeMutableRawPointer, length: Int
  ) {
    switch (block, dtype) {
    case (1, .float32): add(places, source, target, Float.self)
    case (1, .float64): add(places, source, target, Double.self)
    default:
      combine(
        kernel, places, block: block, elementSize: dtype.size, from: source, to: target, length: length)
    }
  }

  private static func add<E: BinaryFloatingPoint & BitwiseCopyable>(
    _ places: Tensor, _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _: E.Type
  ) {
    let (place, count) = (places.address.assumingMemoryBound(to: Int64.self), places.numel)
    let from = source.assumingMemoryBound(to: E.self)
    let to = target.assumingMemoryBound(to: E.self)
    func run() { for i in 0..<count { to[Int(place[i])] += from[i] } }
    if Recording.isActive { Recording.note(run) } else { run() }
  }
}
