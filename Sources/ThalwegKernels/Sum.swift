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
    var totals = Totals(repeating: 0)
    withUnsafeMutableBytes(of: &totals) { totals in
      let totals = totals.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Double.self)
      var first = 0
      while first < n {
        let m = min(block, n &- first)
        var j = 0
        while j < r {
          addRows(m, min(run, r &- j), a + first + j &* sr, sr, totals, isFirst: j == 0)
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

  @inline(__always)
  private static func addRows(
    _ n: Int, _ rows: Int, _ a: UnsafePointer<E>, _ sr: Int, _ totals: UnsafeMutablePointer<Double>,
    isFirst: Bool
  ) {
    var i = 0
    while i < n {
      let count = min(width, n &- i)
      var x = Pack(a + i, count)
      if rows == run && count == width {
        // The rows that come next: so many at a time are more than the processor foresees.
        for k in 0..<run { tk_prefetch(a + i + (run &+ k) &* sr) }
        var y = Pack(a + i + sr)
        for k in 1..<(run / 2) {
          x = x + Pack(a + i + 2 &* k &* sr)
          y = y + Pack(a + i + (2 &* k &+ 1) &* sr)
        }
        x = x + y
      } else {
        for k in 1..<rows { x = x + Pack(a + i + k &* sr, count) }
      }
      // The totals are whole packs.
      (isFirst ? x.wide : Pack<Double>(UnsafePointer(totals + i)) + x.wide).store(totals + i)
      i &+= width
    }
  }
}
