import CKernels

// Softmax over rows that are side by side. The greatest element of a row is subtracted first, so that no
// exponential overflows; in a row with NaN it does not matter which one that is, as the sum is NaN.

enum RowOperations<E: Real> {
  typealias In = UnsafePointer<E>
  typealias Out = UnsafeMutablePointer<E>

  /// Calls `body` with the offset of every row.
  @inline(__always)
  static func forEachRow(_ rows: Int64, _ cols: Int64, _ body: (Int) -> Void) {
    let cols = Int(cols)
    guard cols > 0 else { return }
    for i in 0..<max(0, Int(rows)) { body(i &* cols) }
  }

  /// Sum over j of f(j-th pack), in lanes that go to a float64 total every few packs; `f` gets offset and count
  /// and must return 0 in lanes beyond count.
  @inline(__always)
  static func sum(_ cols: Int, _ f: (Int, Int) -> Pack<E>) -> Double {
    sums(cols) { j, count in (f(j, count), Pack(0)) }.0
  }

  /// Two sums in one pass, one pack after the other: for functions with conditions, which a compiler does not move out of
  /// a loop that has them several times.
  @inline(__always)
  static func narrowSums(_ cols: Int, _ f: (Int, Int) -> (Pack<E>, Pack<E>)) -> (Double, Double) {
    var totals = (Pack<Double>(0), Pack<Double>(0))
    var j = 0
    while j < cols {
      let end = min(cols, j &+ 16 &* width)
      var parts = (Pack<E>(0), Pack<E>(0))
      while j < end {
        let terms = f(j, min(width, cols &- j))
        parts = (parts.0 + terms.0, parts.1 + terms.1)
        j &+= width
      }
      totals = (totals.0 + parts.0.wide, totals.1 + parts.1.wide)
    }
    return (totals.0.folded { $0 + $1 }[0], totals.1.folded { $0 + $1 }[0])
  }

  /// Two such sums in one pass.
  @inline(__always)
  static func sums(_ cols: Int, _ f: (Int, Int) -> (Pack<E>, Pack<E>)) -> (Double, Double) {
    let zero = Pack<E>(0)
    var totals = (Pack<Double>(0), Pack<Double>(0))
    var j = 0
    while j &+ 4 &* width <= cols {
      let end = min(cols, j &+ 32 &* width)
      var (a0, a1, a2, a3, b0, b1, b2, b3) = (zero, zero, zero, zero, zero, zero, zero, zero)
      while j &+ 4 &* width <= end {
        let (s, t) = (f(j, width), f(j &+ width, width))
        let (u, v) = (f(j &+ 2 &* width, width), f(j &+ 3 &* width, width))
        (a0, a1, a2, a3) = (a0 + s.0, a1 + t.0, a2 + u.0, a3 + v.0)
        (b0, b1, b2, b3) = (b0 + s.1, b1 + t.1, b2 + u.1, b3 + v.1)
        j &+= 4 &* width
      }
      totals.0 = totals.0 + ((a0 + a1) + (a2 + a3)).wide
      totals.1 = totals.1 + ((b0 + b1) + (b2 + b3)).wide
    }
    var rest = (zero, zero)
    while j < cols {
      let terms = f(j, min(width, cols &- j))
      rest = (rest.0 + terms.0, rest.1 + terms.1)
      j &+= width
    }
    totals = (totals.0 + rest.0.wide, totals.1 + rest.1.wide)
    return (totals.0.folded { $0 + $1 }[0], totals.1.folded { $0 + $1 }[0])
  }

  /// The sum of e^(x - shift) over a row, the exponentials written to y if there is one.
  @inline(__always)
  static func sumOfExponentials(_ cols: Int, _ x: In, _ shift: Pack<E>, _ y: Out?) -> Double {
    let nothing = Pack(-E.infinity)  // its exponential is 0
    return sum(cols) { j, count in
      let e = (Pack(x + j, count, fill: nothing) - shift).exp()
      if let y { e.store(y + j, count) }
      return e
    }
  }

  @inline(__always)
  static func softmax(_ rows: Int64, _ cols: Int64, _ x: Address?, _ y: MutableAddress?) {
    guard let x = x?.assumingMemoryBound(to: E.self), let y = y?.assumingMemoryBound(to: E.self) else {
      return
    }
    let n = Int(cols)
    if isStreamed(rows, cols, y, x, x), n <= Row.count { return streamedSoftmax(rows, cols, x, y) }
    forEachRow(rows, cols) { start in
      let a = x + start, b = y + start
      let scale = Pack(E(1 / sumOfExponentials(n, a, Maximum<E>.plainRow(n, a), b)))
      forEachPack(n) { j, count in (Pack(In(b + j), count) * scale).store(b + j, count) }
    }
  }

  /// Room for the exponentials of a row that is not to be written twice.
  private typealias Row = InlineArray<2048, E>

  /// Whether rows are to be written past the caches.
  @inline(__always)
  private static func isStreamed(_ rows: Int64, _ cols: Int64, _ y: Out, _ a: In, _ b: In) -> Bool {
    Streamed.suits(Int(rows &* cols), y, a, b) && Streamed.suitsRows(y, Int(cols), Int(cols))
  }

  @inline(never)
  private static func streamedSoftmax(_ rows: Int64, _ cols: Int64, _ x: In, _ y: Out) {
    let n = Int(cols)
    var room = Row(repeating: 0)
    withUnsafeMutableBytes(of: &room) { room in
      let e = room.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: E.self)
      forEachRow(rows, cols) { start in
        let a = x + start
        let scale = Pack(E(1 / sumOfExponentials(n, a, Maximum<E>.plainRow(n, a), e)))
        for j in stride(from: 0, to: n, by: width) { Streamed.put(Pack(In(e + j)) * scale, y + start + j) }
      }
    }
    tk_stream_end()
  }

  /// Calls `value(offset)` for the packs of a row, and writes what it returns.
  @inline(__always)
  private static func write(_ n: Int, _ to: Out, _ streamed: Bool, _ value: (Int, Int) -> Pack<E>) {
    if streamed {
      for j in stride(from: 0, to: n, by: width) { Streamed.put(value(j, width), to + j) }
    } else {
      forEachPack(n) { j, count in value(j, count).store(to + j, count) }
    }
  }

  @inline(__always)
  static func logSoftmax(_ rows: Int64, _ cols: Int64, _ x: Address?, _ y: MutableAddress?) {
    guard let x = x?.assumingMemoryBound(to: E.self), let y = y?.assumingMemoryBound(to: E.self) else {
      return
    }
    let n = Int(cols), streamed = isStreamed(rows, cols, y, x, x)
    forEachRow(rows, cols) { start in
      let a = x + start, b = y + start
      let greatest = Maximum<E>.plainRow(n, a)
      let logSum = Pack(E(sumOfExponentials(n, a, greatest, nil))).log()
      write(n, b, streamed) { j, count in (Pack(a + j, count) - greatest) - logSum }
    }
    if streamed { tk_stream_end() }
  }

  /// dx = y (dy - sum(dy y))
  @inline(__always)
  static func softmaxBackward(
    _ rows: Int64, _ cols: Int64, _ y: Address?, _ dy: Address?, _ dx: MutableAddress?
  ) {
    guard let y = y?.assumingMemoryBound(to: E.self), let dy = dy?.assumingMemoryBound(to: E.self),
      let dx = dx?.assumingMemoryBound(to: E.self)
    else { return }
    let n = Int(cols), streamed = isStreamed(rows, cols, dx, y, dy)
    forEachRow(rows, cols) { start in
      let a = y + start, g = dy + start, b = dx + start
      let dot = Pack(E(sum(n) { j, count in Pack(a + j, count) * Pack(g + j, count) }))
      write(n, b, streamed) { j, count in Pack(a + j, count) * (Pack(g + j, count) - dot) }
    }
    if streamed { tk_stream_end() }
  }

  /// dx = dy - e^y sum(dy)
  @inline(__always)
  static func logSoftmaxBackward(
    _ rows: Int64, _ cols: Int64, _ y: Address?, _ dy: Address?, _ dx: MutableAddress?
  ) {
    guard let y = y?.assumingMemoryBound(to: E.self), let dy = dy?.assumingMemoryBound(to: E.self),
      let dx = dx?.assumingMemoryBound(to: E.self)
    else { return }
    let n = Int(cols), streamed = isStreamed(rows, cols, dx, y, dy)
    forEachRow(rows, cols) { start in
      let a = y + start, g = dy + start, b = dx + start
      let total = Pack(E(Sum<E>.row(n, g)))
      write(n, b, streamed) { j, count in Pack(g + j, count) - Pack(a + j, count).exp() * total }
    }
    if streamed { tk_stream_end() }
  }
}
