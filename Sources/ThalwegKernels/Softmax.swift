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

  /// Two such sums in one pass.
  @inline(__always)
  static func sums(_ cols: Int, _ f: (Int, Int) -> (Pack<E>, Pack<E>)) -> (Double, Double) {
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
    forEachRow(rows, cols) { start in
      let a = x + start, b = y + start
      let scale = Pack(E(1 / sumOfExponentials(n, a, Maximum<E>.plainRow(n, a), b)))
      forEachPack(n) { j, count in (Pack(In(b + j), count) * scale).store(b + j, count) }
    }
  }

  @inline(__always)
  static func logSoftmax(_ rows: Int64, _ cols: Int64, _ x: Address?, _ y: MutableAddress?) {
    guard let x = x?.assumingMemoryBound(to: E.self), let y = y?.assumingMemoryBound(to: E.self) else {
      return
    }
    let n = Int(cols)
    forEachRow(rows, cols) { start in
      let a = x + start, b = y + start
      let greatest = Maximum<E>.plainRow(n, a)
      let logSum = Pack(E(sumOfExponentials(n, a, greatest, nil))).log()
      forEachPack(n) { j, count in ((Pack(a + j, count) - greatest) - logSum).store(b + j, count) }
    }
  }

  /// dx = y (dy - sum(dy y))
  @inline(__always)
  static func softmaxBackward(
    _ rows: Int64, _ cols: Int64, _ y: Address?, _ dy: Address?, _ dx: MutableAddress?
  ) {
    guard let y = y?.assumingMemoryBound(to: E.self), let dy = dy?.assumingMemoryBound(to: E.self),
      let dx = dx?.assumingMemoryBound(to: E.self)
    else { return }
    let n = Int(cols)
    forEachRow(rows, cols) { start in
      let a = y + start, g = dy + start, b = dx + start
      let dot = Pack(E(sum(n) { j, count in Pack(a + j, count) * Pack(g + j, count) }))
      forEachPack(n) { j, count in (Pack(a + j, count) * (Pack(g + j, count) - dot)).store(b + j, count) }
    }
  }

  /// dx = dy - e^y sum(dy)
  @inline(__always)
  static func logSoftmaxBackward(
    _ rows: Int64, _ cols: Int64, _ y: Address?, _ dy: Address?, _ dx: MutableAddress?
  ) {
    guard let y = y?.assumingMemoryBound(to: E.self), let dy = dy?.assumingMemoryBound(to: E.self),
      let dx = dx?.assumingMemoryBound(to: E.self)
    else { return }
    let n = Int(cols)
    forEachRow(rows, cols) { start in
      let a = y + start, g = dy + start, b = dx + start
      let total = Pack(E(Sum<E>.row(n, g)))
      forEachPack(n) { j, count in
        (Pack(g + j, count) - Pack(a + j, count).exp() * total).store(b + j, count)
      }
    }
  }
}
