// Sums of floats. A lane adds up no more than a few elements in its own precision before it goes to a
// float64 total, so the error does not grow with the number of elements.

/// Additions a lane makes before its sum goes to the total.
@inline(__always)
private var run: Int { 16 }

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

  /// The sums of r rows, `sr` apart, of a pack of columns of which `count` exist.
  @inline(__always)
  private static func column(_ r: Int, _ a: UnsafePointer<E>, _ sr: Int, _ count: Int) -> Pack<Double> {
    var total = Pack<Double>(0)
    var j = 0
    while j < r {
      let end = min(r, j &+ run)
      var x = Pack<E>(0)
      while j < end {
        x = x + Pack(a + j &* sr, count)
        j &+= 1
      }
      total = total + x.wide
    }
    return total
  }

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

  @inline(never)
  private static func columns(
    _ n: Int, _ r: Int, _ out: UnsafeMutablePointer<E>, _ so: Int, _ a: UnsafePointer<E>, _ sr: Int,
    _ accumulate: Bool
  ) {
    forEachPack(n) { i, count in
      let sum = column(r, a + i, sr, count)
      if so == 1 {
        let old = accumulate ? Pack(out + i, count).wide : Pack<Double>(0)
        Pack<E>(narrowing: old + sum).store(out + i, count)
      } else {
        for lane in 0..<count {
          let p = out + (i &+ lane) &* so
          p.pointee = E(accumulate ? Double(p.pointee) + sum[lane] : sum[lane])
        }
      }
    }
  }
}
