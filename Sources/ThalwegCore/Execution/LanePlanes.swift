import CKernels

/// Pixels as `LaneProduct` and `ChannelProduct` read them: packs of one from each of several planes (images, or channels)
/// side by side, with zeros around them wherever windows reach beyond.
struct LanePlanes {
  let y, x: LaneAxis
  /// Of an element, in bytes.
  let size: Int
  let kernel: tk_lanes

  /// Packs in a row.
  var columns: Int { max(x.extent(x.out), x.size &- x.lowest) }

  /// What `count` planes, `step` elements apart, show to the windows of a band that begins in row `top`: `rows` of them.
  func layOut(
    _ source: UnsafeRawPointer, _ count: Int, _ step: Int, _ top: Int, _ rows: Int,
    _ pixels: UnsafeMutableRawPointer
  ) {
    let (columns, pack) = (columns, Int(kernel.count) &* size)
    let (before, gap) = (0 &- x.lowest, columns &- x.size)
    let start = top / y.phases &* y.step &+ y.lowest
    let first = min(rows, max(0, 0 &- start)), end = max(first, min(rows, y.size &- start))
    // Zeros: all before the first pixel, from the last of each row to the first of the next, all that follow.
    zero(pixels, (first &* columns &+ before) &* pack)
    for r in first..<max(first, end &- 1) {
      zero(pixels + (r &* columns &+ before &+ x.size) &* pack, gap &* pack)
    }
    let last = end > first ? (end &- 1) &* columns &+ before &+ x.size : first &* columns
    zero(pixels + last &* pack, (rows &* columns &- last) &* pack)
    kernel.gather(
      Int64(count), Int64((end &- first) &* x.size), Int64(x.size),
      source + (start &+ first) &* x.size &* size, Int64(step),
      pixels + (first &* columns &+ before) &* pack, Int64(columns &* Int(kernel.count)))
  }

  /// The same of one plane, as it lies.
  func layOutPlain(_ source: UnsafeRawPointer, _ top: Int, _ rows: Int, _ pixels: UnsafeMutableRawPointer) {
    let (columns, start) = (columns, top / y.phases &* y.step &+ y.lowest)
    zero(pixels, rows &* columns &* size)
    let first = min(rows, max(0, 0 &- start))
    for r in first..<max(first, min(rows, y.size &- start)) {
      (pixels + (r &* columns &- x.lowest) &* size).copyMemory(
        from: source + (start &+ r) &* x.size &* size, byteCount: x.size &* size)
    }
  }

  @inline(__always)
  private func zero(_ to: UnsafeMutableRawPointer, _ bytes: Int) {
    to.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
  }
}
