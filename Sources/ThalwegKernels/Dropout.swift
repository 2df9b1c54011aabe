import CKernels

// Dropout of float32 in one pass: whether an element is kept is told by the upper 24 bits of its word of the stream, so
// that neither a number in [0, 1) nor a mask has to be made.

enum Dropout {
  /// y = x times the mask that `RandomFill.mask` writes, which is written too if there is a place for it.
  static func loop(
    _ n: Int64, _ x: Address?, _ y: MutableAddress?, _ mask: MutableAddress?, _ seed: UInt64,
    _ offset: UInt64, _ threshold: Double, _ value: Double
  ) {
    guard let x = x?.assumingMemoryBound(to: Float.self), let y = y?.assumingMemoryBound(to: Float.self),
      n > 0
    else { return }
    let n = Int(n), mask = mask?.assumingMemoryBound(to: Float.self)
    // To the end of a block that another fill has begun.
    let head = min(n, Int((0 &- offset) & 3))
    part(head, x, y, mask, seed, offset, threshold, value)
    let size = 4 &* width, body = (n &- head) / size &* size
    let first = (offset &+ UInt64(truncatingIfNeeded: head)) / 4
    // The least number of 24 bits that is kept. NaN and what is out of range counts as the nearest.
    let limit = Int32(max(0, min(0x1p24, (Double(Float(threshold)) * 0x1p24).rounded(.up))))
    let (a, b, c) = (x + head, y + head, mask.map { $0 + head })
    if Streamed.suits(n, b, a, a), Streamed.suitsRows(b, width, width) {
      run(body, a, b, c, seed, first, limit, Float(value), Streamed.self)
      tk_stream_end()
    } else {
      run(body, a, b, c, seed, first, limit, Float(value), Cached.self)
    }
    let done = head &+ body, at = offset &+ UInt64(truncatingIfNeeded: done)
    part(n &- done, x + done, y + done, mask.map { $0 + done }, seed, at, threshold, value)
  }

  /// Whole groups of blocks, from number `first` on.
  @inline(never)
  private static func run<To: Destination>(
    _ n: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
    _ mask: UnsafeMutablePointer<Float>?,
    _ seed: UInt64, _ first: UInt64, _ limit: Int32, _ value: Float, _: To.Type
  ) {
    let limit = Pack(limit), value = Pack(value)
    @inline(__always)
    func write(_ blocks: PhiloxBlocks, _ i: Int) {
      let words = blocks.inOrder
      let (f0, f1) = (factor(words.0, limit, value), factor(words.1, limit, value))
      let (f2, f3) = (factor(words.2, limit, value), factor(words.3, limit, value))
      let (y0, y1) = (Pack(x + i) * f0, Pack(x + i + width) * f1)
      let (y2, y3) = (Pack(x + i + 2 &* width) * f2, Pack(x + i + 3 &* width) * f3)
      To.put(y0, y + i)
      To.put(y1, y + i + width)
      To.put(y2, y + i + 2 &* width)
      To.put(y3, y + i + 3 &* width)
      guard let mask else { return }
      f0.store(mask + i)
      f1.store(mask + i + width)
      f2.store(mask + i + 2 &* width)
      f3.store(mask + i + 3 &* width)
    }
    let size = 4 &* width
    var i = 0, block = first
    while i &+ 2 &* size <= n {
      let blocks = PhiloxBlocks.pair(first: block, seed: seed)
      write(blocks.0, i)
      write(blocks.1, i &+ size)
      i &+= 2 &* size
      block &+= 2 &* UInt64(width)
    }
    if i < n { write(PhiloxBlocks(first: block, seed: seed), i) }
  }

  @inline(__always)
  private static func factor(_ word: Pack<Int32>, _ limit: Pack<Int32>, _ value: Pack<Float>) -> Pack<Float> {
    // Both masks are of 32-bit lanes.
    let dropped = ((word >> 8) & 0xFF_FFFF) < limit
    return Pack.select(Mask(dropped.lanes), Pack(0), value)
  }

  /// Less than a group.
  @inline(never)
  private static func part(
    _ n: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
    _ mask: UnsafeMutablePointer<Float>?,
    _ seed: UInt64, _ offset: UInt64, _ threshold: Double, _ value: Double
  ) {
    if n == 0 { return }
    var room = InlineArray<4, SIMD16<Float>>(repeating: .zero)  // one group
    withUnsafeMutableBytes(of: &room) { room in
      let factors = room.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Float.self)
      RandomFill<Float>.mask(Int64(n), factors, seed, offset, threshold, value)
      for i in 0..<n { y[i] = x[i] * factors[i] }
      mask?.update(from: factors, count: n)
    }
  }
}
