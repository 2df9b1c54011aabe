import CKernels

// Minimal filtering (Winograd 1980; Lavin & Gray 2016, "Fast algorithms for convolutional neural networks"): 16 products
// for the four sums of 3 x 3 taps in a tile of 2 x 2 places, rather than 36. In each direction, of pixels d, taps g and
// sums y,
//   y = (m0 + m1 + m2, m1 - m2 - m3) with m = (g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2) times
//   (d0 - d2, d1 + d2, d2 - d1, d1 - d3), lane by lane;
// the gradient of the taps goes the same way back. Every lane is a channel, or a filter, of its own. The products, a
// matrix product for each of the 16 points, are for Core's `WinogradProduct` to make.

enum Winograd<E: Real> {
  private typealias P = Pack<E>
  private typealias Four = (P, P, P, P)

  // MARK: - One direction

  @inline(__always)
  private static func ofPixels(_ d: Four) -> Four { (d.0 - d.2, d.1 + d.2, d.2 - d.1, d.1 - d.3) }

  @inline(__always)
  private static func ofTaps(_ g0: P, _ g1: P, _ g2: P) -> Four {
    let half = P(0.5), outer = (g0 + g2) * half, inner = g1 * half
    return (g0, outer + inner, outer - inner, g2)
  }

  @inline(__always)
  private static func ofSlopes(_ y0: P, _ y1: P) -> Four { (y0, y0 + y1, y0 - y1, -y1) }

  @inline(__always)
  private static func toSums(_ m: Four) -> (P, P) { (m.0 + m.1 + m.2, m.1 - m.2 - m.3) }

  @inline(__always)
  private static func toTaps(_ m: Four) -> (P, P, P) {
    let half = P(0.5), outer = (m.1 + m.2) * half
    return (m.0 + outer, (m.1 - m.2) * half, outer + m.3)
  }

  @inline(__always)
  private static func load(_ p: UnsafePointer<E>, _ step: Int) -> Four {
    (P(p), P(p + step), P(p + 2 &* step), P(p + 3 &* step))
  }

  @inline(__always)
  private static func store(_ v: Four, _ p: UnsafeMutablePointer<E>, _ step: Int) {
    v.0.store(p)
    v.1.store(p + step)
    v.2.store(p + 2 &* step)
    v.3.store(p + 3 &* step)
  }

  // MARK: - Into points

  @inline(__always)
  static func pixels(
    _ rows: Int64, _ columns: Int64, _ x: Address?, _ rowStep: Int64, _ points: MutableAddress?,
    _ pointStep: Int64, _ tileStep: Int64
  ) {
    guard let x = x?.assumingMemoryBound(to: E.self), let points = points?.assumingMemoryBound(to: E.self)
    else { return }
    let (rowStep, step) = (Int(rowStep), Int(pointStep))
    var target = points
    for i in 0..<Int(rows) {
      // Half a tile's pixels are the next one's too.
      var place = x + 2 &* i &* rowStep
      var (a, b) = (ofPixels(load(place, rowStep)), ofPixels(load(place + width, rowStep)))
      for _ in 0..<Int(columns) {
        place += 2 &* width
        let (c, d) = (ofPixels(load(place, rowStep)), ofPixels(load(place + width, rowStep)))
        store(ofPixels((a.0, b.0, c.0, d.0)), target, step)
        store(ofPixels((a.1, b.1, c.1, d.1)), target + 4 &* step, step)
        store(ofPixels((a.2, b.2, c.2, d.2)), target + 8 &* step, step)
        store(ofPixels((a.3, b.3, c.3, d.3)), target + 12 &* step, step)
        (a, b) = (c, d)
        target += Int(tileStep)
      }
    }
  }

  @inline(__always)
  static func taps(_ isTurned: Int32, _ taps: Address?, _ points: MutableAddress?, _ pointStep: Int64) {
    guard let taps = taps?.assumingMemoryBound(to: E.self),
      let points = points?.assumingMemoryBound(to: E.self)
    else { return }
    let first = isTurned != 0 ? taps + 8 &* width : taps
    let (next, step) = (isTurned != 0 ? 0 &- width : width, Int(pointStep))
    func column(_ j: Int) -> Four {
      let top = first + j &* next
      return ofTaps(P(top), P(top + 3 &* next), P(top + 6 &* next))
    }
    let (a, b, c) = (column(0), column(1), column(2))
    store(ofTaps(a.0, b.0, c.0), points, step)
    store(ofTaps(a.1, b.1, c.1), points + 4 &* step, step)
    store(ofTaps(a.2, b.2, c.2), points + 8 &* step, step)
    store(ofTaps(a.3, b.3, c.3), points + 12 &* step, step)
  }

  @inline(__always)
  static func slopes(
    _ rows: Int64, _ columns: Int64, _ g: Address?, _ rowStep: Int64, _ points: MutableAddress?,
    _ pointStep: Int64, _ tileStep: Int64
  ) {
    guard let g = g?.assumingMemoryBound(to: E.self), let points = points?.assumingMemoryBound(to: E.self)
    else { return }
    let (rowStep, step) = (Int(rowStep), Int(pointStep))
    var target = points
    for i in 0..<Int(rows) {
      var place = g + 2 &* i &* rowStep
      for _ in 0..<Int(columns) {
        let (a, b) = (
          ofSlopes(P(place), P(place + rowStep)), ofSlopes(P(place + width), P(place + (rowStep &+ width)))
        )
        store(ofSlopes(a.0, b.0), target, step)
        store(ofSlopes(a.1, b.1), target + 4 &* step, step)
        store(ofSlopes(a.2, b.2), target + 8 &* step, step)
        store(ofSlopes(a.3, b.3), target + 12 &* step, step)
        place += 2 &* width
        target += Int(tileStep)
      }
    }
  }

  // MARK: - Out of points

  @inline(__always)
  static func sums(
    _ height: Int64, _ length: Int64, _ points: Address?, _ pointStep: Int64, _ tileStep: Int64,
    _ y: MutableAddress?
  ) {
    guard let points = points?.assumingMemoryBound(to: E.self), let y = y?.assumingMemoryBound(to: E.self)
    else { return }
    let (height, length, step) = (Int(height), Int(length), Int(pointStep))
    var from = points
    var i = 0
    while i < height {
      let top = y + i &* length &* width
      let bottom = top + length &* width
      var j = 0
      while j < length {
        let (a, b) = (toSums(load(from, step)), toSums(load(from + 4 &* step, step)))
        let (c, d) = (toSums(load(from + 8 &* step, step)), toSums(load(from + 12 &* step, step)))
        let (left, right) = (toSums((a.0, b.0, c.0, d.0)), toSums((a.1, b.1, c.1, d.1)))
        let (isBeside, isBelow) = (j &+ 1 < length, i &+ 1 < height)
        left.0.store(top + j &* width)
        if isBeside { right.0.store(top + (j &+ 1) &* width) }
        if isBelow { left.1.store(bottom + j &* width) }
        if isBeside && isBelow { right.1.store(bottom + (j &+ 1) &* width) }
        from += Int(tileStep)
        j &+= 2
      }
      i &+= 2
    }
  }

  @inline(__always)
  static func gradients(_ points: Address?, _ pointStep: Int64, _ taps: MutableAddress?) {
    guard let points = points?.assumingMemoryBound(to: E.self),
      let taps = taps?.assumingMemoryBound(to: E.self)
    else { return }
    let step = Int(pointStep)
    let (a, b) = (toTaps(load(points, step)), toTaps(load(points + 4 &* step, step)))
    let (c, d) = (toTaps(load(points + 8 &* step, step)), toTaps(load(points + 12 &* step, step)))
    func column(_ g: (P, P, P), _ j: Int) {
      g.0.store(taps + j &* width)
      g.1.store(taps + (j &+ 3) &* width)
      g.2.store(taps + (j &+ 6) &* width)
    }
    column(toTaps((a.0, b.0, c.0, d.0)), 0)
    column(toTaps((a.1, b.1, c.1, d.1)), 1)
    column(toTaps((a.2, b.2, c.2, d.2)), 2)
  }
}
