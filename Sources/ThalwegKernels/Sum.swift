import CKernels

// Sums of floats. A lane adds up no more than a few elements in its own precision before it goes to a
// float64 total, so the error does not grow with the number of elements.

/// Additions a lane makes before its sum goes to the total.
@inline(__always)
private var run: Int { 16 }

/// Fetches what four packs of a long run read 8 KB further on: the processor's own prefetching ends with each page.
@inline(__always)
func prefetchAhead<E>(_ p: UnsafePointer<E>) {
  let ahead = UnsafeRawPointer(p) + 8192
  for line in stride(from: 0, to: 4 &* width &* MemoryLayout<E>.size, by: 64) { tk_prefetch(ahead + line) }
}

enum Sum<E: Real> {
  /// The sum of r elements side by side.
  @inline(__always)
  static func row(_ r: Int, _ a: UnsafePointer<E>) -> Double {
    var total = Pack<Double>(0)
    var j = 0
    while j &+ 4 &* width <= r {
      let rounds = min(run, (r &- j) / (4 &* width))
      var x0 = Pack<E>(0), x1 = x0, x2 = x0, x3 = x0
      for _ in 0..<rounds {
        prefetchAhead(a + j)
        x0 = x0 + Pack(a + j)
        x1 = x1 + Pack(a + j + width)
        x2 = x2 + Pack(a + j + 2 &* width)
        x3 = x3 + Pack(a + j + 3 &* width)
        j &+= 4 &* width
      }
      total = total + ((x0 + x1) + (x2 + x3)).wide
    }
    var rest = Pack<E>(0)
    while j < r {
      rest = rest + Pack(a + j, min(width, r &- j))
      j &+= width
    }
    return (total + rest.wide).folded { $0 + $1 }[0]
  }

  /// Columns whose totals are kept at a time.
  @inline(__always)
  private static var block: Int { 512 }
  private typealias Totals = InlineArray<512, Double>
  /// Those of the rows that are added up at the time.
  private typealias Sums = InlineArray<512, E>

  @inline(__always)
  static func reduce(
    _ n: Int64, _ r: Int64, _ out: MutableAddress?, _ so: Int64, _ a: Address?, _ sn: Int64, _ sr: Int64,
    _ accumulate: Int32
  ) {
    guard let out = out?.assumingMemoryBound(to: E.self), n > 0 else { return }
    let n = Int(n), so = Int(so), sn = Int(sn), sr = Int(sr)
    var r = Int(r)
    if a == nil { r = 0 }
    let a = a?.assumingMemoryBound(to: E.self) ?? UnsafePointer(out)
    if sr == 1 || n == 1 || sn != 1 {
      for i in 0..<n {
        let first = a + i &* sn
        var sum = 0.0
        if sr == 1 { sum = row(r, first) } else { for j in 0..<r { sum += Double(first[j &* sr]) } }
        out[i &* so] = E(accumulate == 0 ? sum : Double(out[i &* so]) + sum)
      }
    } else {
      columns(n, r, out, so, a, sr, accumulate != 0)
    }
  }

  /// `run` rows at a time, each of which is read from its beginning to its end, as memory likes it.
  @inline(never)
  private static func columns(
    _ n: Int, _ r: Int, _ out: UnsafeMutablePointer<E>, _ so: Int, _ a: UnsafePointer<E>, _ sr: Int,
    _ accumulate: Bool
  ) {
    var room = (Totals(repeating: 0), Sums(repeating: 0))
    withUnsafeMutableBytes(of: &room) { room in
      let totals = room.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Double.self)
      let sums = UnsafeMutableRawPointer(totals + block).assumingMemoryBound(to: E.self)
      var first = 0
      while first < n {
        let m = min(block, n &- first)
        var j = 0
        while j < r {
          addRows(m, min(run, r &- j), a + first + j &* sr, sr, totals, sums, isFirst: j == 0)
          j &+= run
        }
        for i in 0..<m {
          let p = out + (first &+ i) &* so
          p.pointee = E(accumulate ? Double(p.pointee) + totals[i] : totals[i])
        }
        first &+= block
      }
    }
  }

  /// Four rows at a time, as memory likes it.
  @inline(__always)
  private static func addRows(
    _ n: Int, _ rows: Int, _ a: UnsafePointer<E>, _ sr: Int, _ totals: UnsafeMutablePointer<Double>,
    _ sums: UnsafeMutablePointer<E>, isFirst: Bool
  ) {
    if rows == run {
      fourRows(n, a, sr) { i, x in x.store(sums + i) }
      fourRows(n, a + 4 &* sr, sr) { i, x in (Pack(UnsafePointer(sums + i)) + x).store(sums + i) }
      fourRows(n, a + 8 &* sr, sr) { i, x in (Pack(UnsafePointer(sums + i)) + x).store(sums + i) }
      fourRows(n, a + 12 &* sr, sr) { i, x in add(Pack(UnsafePointer(sums + i)) + x, totals + i, isFirst) }
      return
    }
    forEachPack(n) { i, count in
      var x = Pack(a + i, count)
      for k in 1..<rows { x = x + Pack(a + i + k &* sr, count) }
      add(x, totals + i, isFirst)
    }
  }

  /// Calls `body(offset, the sum)` for the packs of four rows, and has the next four fetched, in their order.
  @inline(__always)
  private static func fourRows(
    _ n: Int, _ a: UnsafePointer<E>, _ sr: Int, _ body: (Int, Pack<E>) -> Void
  ) {
    let (b, c, d) = (a + sr, a + 2 &* sr, a + 3 &* sr)
    let (along, across) = sr == n ? (4, width) : (1, sr)
    forEachPack(n) { i, count in
      let next = a + 4 &* sr + i &* along
      for k in 0..<4 { tk_prefetch(next + k &* across) }
      body(i, (Pack(a + i, count) + Pack(b + i, count)) + (Pack(c + i, count) + Pack(d + i, count)))
    }
  }

  /// The totals are whole packs.
  @inline(__always)
  private static func add(_ x: Pack<E>, _ totals: UnsafeMutablePointer<Double>, _ isFirst: Bool) {
    (isFirst ? x.wide : Pack<Double>(UnsafePointer(totals)) + x.wide).store(totals)
  }
}
