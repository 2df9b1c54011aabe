import CKernels

// Sliding products of one row of numbers: what a convolution is where each filter sees one channel alone, once the image
// lies in a row with zeros around it (Core's SlidingProduct).
enum Correlation<E: Real> {
  /// out[t] = bias + Σ over k of factors[k] x[t + offsets[k]]
  @inline(never)
  static func run(
    _ n: Int64, _ out: MutableAddress?, _ x: Address?, _ count: Int64, _ offsets: UnsafePointer<Int64>?,
    _ factors: Address?, _ bias: Address?
  ) {
    guard let out = out?.assumingMemoryBound(to: E.self), let x = x?.assumingMemoryBound(to: E.self),
      let offsets, let factors = factors?.assumingMemoryBound(to: E.self)
    else { return }
    let (n, count) = (Int(n), Int(count))
    let start = Pack<E>(bias?.assumingMemoryBound(to: E.self).pointee ?? 0)
    var t = 0
    // Four packs at a time, that each factor is fetched for four.
    while t &+ 4 &* width <= n {
      var (a, b, c, d) = (start, start, start, start)
      for k in 0..<count {
        let factor = Pack(factors[k])
        let p = x + (t &+ Int(offsets[k]))
        a = Pack(p).times(factor, plus: a)
        b = Pack(p + width).times(factor, plus: b)
        c = Pack(p + 2 &* width).times(factor, plus: c)
        d = Pack(p + 3 &* width).times(factor, plus: d)
      }
      a.store(out + t)
      b.store(out + (t &+ width))
      c.store(out + (t &+ 2 &* width))
      d.store(out + (t &+ 3 &* width))
      t &+= 4 &* width
    }
    while t < n {
      var sum = start
      for k in 0..<count { sum = Pack(x + (t &+ Int(offsets[k]))).times(Pack(factors[k]), plus: sum) }
      sum.store(out + t, min(width, n &- t))
      t &+= width
    }
  }

  /// sums[k] += Σ over t of g[t] x[t + offsets[k]]
  @inline(never)
  static func sums(
    _ n: Int64, _ g: Address?, _ x: Address?, _ count: Int64, _ offsets: UnsafePointer<Int64>?,
    _ sums: MutableAddress?
  ) {
    guard let g = g?.assumingMemoryBound(to: E.self), let x = x?.assumingMemoryBound(to: E.self),
      let offsets, let sums = sums?.assumingMemoryBound(to: E.self)
    else { return }
    var k = 0
    while k &+ 9 <= Int(count) {
      nine(Int(n), g, x, offsets + k, sums + k)
      k &+= 9
    }
    while k < Int(count) {
      one(Int(n), g, x + Int(offsets[k]), sums + k)
      k &+= 1
    }
  }

  /// Nine sums at a time: g is read once for them.
  @inline(never)
  private static func nine(
    _ n: Int, _ g: UnsafePointer<E>, _ x: UnsafePointer<E>, _ offsets: UnsafePointer<Int64>,
    _ sums: UnsafeMutablePointer<E>
  ) {
    let (p0, p1, p2) = (x + Int(offsets[0]), x + Int(offsets[1]), x + Int(offsets[2]))
    let (p3, p4, p5) = (x + Int(offsets[3]), x + Int(offsets[4]), x + Int(offsets[5]))
    let (p6, p7, p8) = (x + Int(offsets[6]), x + Int(offsets[7]), x + Int(offsets[8]))
    let zero = Pack<E>(0)
    var (s0, s1, s2, s3, s4, s5, s6, s7, s8) = (zero, zero, zero, zero, zero, zero, zero, zero, zero)
    var t = 0
    while t < n {
      let y = Pack(g + t)
      s0 = Pack(p0 + t).times(y, plus: s0)
      s1 = Pack(p1 + t).times(y, plus: s1)
      s2 = Pack(p2 + t).times(y, plus: s2)
      s3 = Pack(p3 + t).times(y, plus: s3)
      s4 = Pack(p4 + t).times(y, plus: s4)
      s5 = Pack(p5 + t).times(y, plus: s5)
      s6 = Pack(p6 + t).times(y, plus: s6)
      s7 = Pack(p7 + t).times(y, plus: s7)
      s8 = Pack(p8 + t).times(y, plus: s8)
      t &+= width
    }
    sums[0] += total(s0)
    sums[1] += total(s1)
    sums[2] += total(s2)
    sums[3] += total(s3)
    sums[4] += total(s4)
    sums[5] += total(s5)
    sums[6] += total(s6)
    sums[7] += total(s7)
    sums[8] += total(s8)
  }

  @inline(never)
  private static func one(
    _ n: Int, _ g: UnsafePointer<E>, _ x: UnsafePointer<E>, _ sum: UnsafeMutablePointer<E>
  ) {
    let zero = Pack<E>(0)
    var (a, b, c, d) = (zero, zero, zero, zero)
    var t = 0
    while t &+ 4 &* width <= n {
      a = Pack(x + t).times(Pack(g + t), plus: a)
      b = Pack(x + (t &+ width)).times(Pack(g + (t &+ width)), plus: b)
      c = Pack(x + (t &+ 2 &* width)).times(Pack(g + (t &+ 2 &* width)), plus: c)
      d = Pack(x + (t &+ 3 &* width)).times(Pack(g + (t &+ 3 &* width)), plus: d)
      t &+= 4 &* width
    }
    while t < n {
      a = Pack(x + t).times(Pack(g + t), plus: a)
      t &+= width
    }
    sum.pointee += total(a + b + (c + d))
  }

  @inline(__always)
  private static func total(_ pack: Pack<E>) -> E { pack.folded { $0 + $1 }[0] }
}
