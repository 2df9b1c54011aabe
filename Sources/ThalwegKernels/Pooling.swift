import CKernels

// Poolings of one plane, for windows that lie inside it: side by side in a row, a pack at a time.

/// What poolings need to know of float32 and float64.
protocol PoolElement: LaneElement {
  /// a0 a2 ... b0 b2 ...
  static func unzip(_ a: Lanes<Self>, _ b: Lanes<Self>) -> Lanes<Self>
  static func storePlaces(_ p: UnsafeMutablePointer<Int32>, _ count: Int, _ places: Lanes<Bits>)
}

extension Float: PoolElement {
  @inline(__always)
  static func unzip(_ a: Lanes<Float>, _ b: Lanes<Float>) -> Lanes<Float> { tk_unzip_f32(a, b) }
  @inline(__always)
  static func storePlaces(_ p: UnsafeMutablePointer<Int32>, _ count: Int, _ places: Lanes<Int32>) {
    Pack(places).store(p, count)
  }
}

extension Double: PoolElement {
  @inline(__always)
  static func unzip(_ a: Lanes<Double>, _ b: Lanes<Double>) -> Lanes<Double> { tk_unzip_f64(a, b) }
  @inline(__always)
  static func storePlaces(_ p: UnsafeMutablePointer<Int32>, _ count: Int, _ places: Lanes<Int64>) {
    Pack<Int32>(tk_i64_to_i32(places)).store(p, count)
  }
}

enum Pooling<E: PoolElement> {
  /// out[p, q] = the largest element of the window at (p, q), the first on ties, the last NaN; taken[p, q], if wanted, its
  /// place in the plane, in which the first window begins at `first`.
  @inline(never)
  static func maximum(
    _ y: UnsafePointer<tk_slide>?, _ x: UnsafePointer<tk_slide>?, _ image: Address?, _ out: MutableAddress?,
    _ outStep: Int64, _ taken: UnsafeMutablePointer<Int32>?, _ first: Int64
  ) {
    guard let y = y?.pointee, let x = x?.pointee, let image = image?.assumingMemoryBound(to: E.self),
      let out = out?.assumingMemoryBound(to: E.self)
    else { return }
    let ramp = ramp(Int(x.step))
    forEachPack(y, x) { row, column, count in
      let corner = row &* Int(y.step) &+ column &* Int(x.step)
      var best = load(image + corner, Int(x.step), count)
      var place = Pack<E>(bits: ramp)
      for i in 0..<Int(y.taps) {
        for j in 0..<Int(x.taps) {
          let offset = i &* Int(y.tap) &+ j &* Int(x.tap)
          let value = load(image + (corner &+ offset), Int(x.step), count)
          let isBetter = (value > best) | value.isNaN
          best = Pack.select(isBetter, value, best)
          if taken != nil {
            let here = Pack<E>(bits: ramp + Pack(E.Bits(truncatingIfNeeded: offset)))
            place = Pack.select(isBetter, here, place)
          }
        }
      }
      let target = row &* Int(outStep) &+ column
      best.store(out + target, count)
      if let taken {
        let start = Pack(E.Bits(truncatingIfNeeded: Int(first) &+ corner))
        E.storePlaces(taken + target, count, (place.bits + start).lanes)
      }
    }
  }

  /// out[p, q] = the sum of the window at (p, q), times `scale`.
  @inline(never)
  static func sum(
    _ y: UnsafePointer<tk_slide>?, _ x: UnsafePointer<tk_slide>?, _ image: Address?, _ out: MutableAddress?,
    _ outStep: Int64, _ scale: Double
  ) {
    guard let y = y?.pointee, let x = x?.pointee, let image = image?.assumingMemoryBound(to: E.self),
      let out = out?.assumingMemoryBound(to: E.self)
    else { return }
    if runsAlongTaps(x) {
      forEachWindow(y, x) { row, column, corner in
        var sum = Pack<E>(0)
        forEachTap(y, x) { tap, count in sum = sum + Pack(image + (corner &+ tap), count) }
        out[row &* Int(outStep) &+ column] = sum.folded { $0 + $1 }[0] * E(scale)
      }
      return
    }
    let scale = Pack<E>(E(scale))
    forEachPack(y, x) { row, column, count in
      let corner = image + (row &* Int(y.step) &+ column &* Int(x.step))
      var sum = Pack<E>(0)
      for i in 0..<Int(y.taps) {
        for j in 0..<Int(x.taps) {
          sum = sum + load(corner + (i &* Int(y.tap) &+ j &* Int(x.tap)), Int(x.step), count)
        }
      }
      (sum * scale).store(out + (row &* Int(outStep) &+ column), count)
    }
  }

  /// The other way round: adds g[p, q] times `scale` to every element of the window at (p, q).
  @inline(never)
  static func spread(
    _ y: UnsafePointer<tk_slide>?, _ x: UnsafePointer<tk_slide>?, _ g: Address?, _ gStep: Int64,
    _ scale: Double, _ image: MutableAddress?
  ) {
    guard let y = y?.pointee, let x = x?.pointee, let g = g?.assumingMemoryBound(to: E.self),
      let image = image?.assumingMemoryBound(to: E.self)
    else { return }
    if runsAlongTaps(x) {
      forEachWindow(y, x) { row, column, corner in
        let share = Pack(g[row &* Int(gStep) &+ column] * E(scale))
        forEachTap(y, x) { tap, count in add(share, image + (corner &+ tap), 1, count) }
      }
      return
    }
    let scale = Pack<E>(E(scale))
    forEachPack(y, x) { row, column, count in
      let corner = image + (row &* Int(y.step) &+ column &* Int(x.step))
      let share = Pack(g + (row &* Int(gStep) &+ column), count) * scale
      for i in 0..<Int(y.taps) {
        for j in 0..<Int(x.taps) {
          add(share, corner + (i &* Int(y.tap) &+ j &* Int(x.tap)), Int(x.step), count)
        }
      }
    }
  }

  /// Runs `body` for the row, the first column and the number of each pack of windows.
  @inline(__always)
  private static func forEachPack(_ y: tk_slide, _ x: tk_slide, _ body: (Int, Int, Int) -> Void) {
    for row in 0..<Int(y.places) {
      var column = 0
      while column < Int(x.places) {
        body(row, column, min(width, Int(x.places) &- column))
        column &+= width
      }
    }
  }

  /// Whether the taps in a row, rather than the windows in a row, are packs: windows are few, or far from each other.
  @inline(__always)
  private static func runsAlongTaps(_ x: tk_slide) -> Bool {
    x.tap == 1 && x.taps > 3 && (x.places == 1 || x.step > 2)
  }

  /// Runs `body` for the row, the column and the first element of each window.
  @inline(__always)
  private static func forEachWindow(_ y: tk_slide, _ x: tk_slide, _ body: (Int, Int, Int) -> Void) {
    for row in 0..<Int(y.places) {
      for column in 0..<Int(x.places) { body(row, column, row &* Int(y.step) &+ column &* Int(x.step)) }
    }
  }

  /// Runs `body` for the place and the number of each pack of a window's taps. Rows that meet are one.
  @inline(__always)
  private static func forEachTap(_ y: tk_slide, _ x: tk_slide, _ body: (Int, Int) -> Void) {
    let (rows, taps) = y.tap == x.taps ? (1, Int(y.taps &* x.taps)) : (Int(y.taps), Int(x.taps))
    for i in 0..<rows {
      var j = 0
      while j < taps {
        body(i &* Int(y.tap) &+ j, min(width, taps &- j))
        j &+= width
      }
    }
  }

  @inline(__always)
  private static func ramp(_ step: Int) -> Pack<E.Bits> {
    var lanes = Lanes<E.Bits>()
    for i in 0..<width { lanes[i] = E.Bits(truncatingIfNeeded: i &* step) }
    return Pack(lanes)
  }

  /// `count` elements, `step` apart; nothing beyond them is read.
  @inline(__always)
  private static func load(_ p: UnsafePointer<E>, _ step: Int, _ count: Int) -> Pack<E> {
    if step == 1 { return Pack(p, count) }
    if step == 2 {
      let rest = 2 &* count &- 1 &- width
      return Pack(
        E.unzip(
          Pack(p, min(width, 2 &* count &- 1)).lanes, rest > 0 ? Pack(p + width, rest).lanes : E.splat(0)))
    }
    var lanes = E.splat(0)
    for i in 0..<count { lanes[i] = p[i &* step] }
    return Pack(lanes)
  }

  @inline(__always)
  private static func add(_ x: Pack<E>, _ p: UnsafeMutablePointer<E>, _ step: Int, _ count: Int) {
    if step == 1 {
      (Pack(UnsafePointer(p), count) + x).store(p, count)
    } else {
      for i in 0..<count { p[i &* step] += x[i] }
    }
  }
}
