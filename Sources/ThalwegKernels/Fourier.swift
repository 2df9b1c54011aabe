import CKernels

/// One step of discrete Fourier transforms of p m numbers, `s` of them side by side in float64, real and imaginary parts
/// apart; the last step's order is the natural one (Stockham's form: Cochran et al. 1967, "What is the fast Fourier
/// transform?"): for k < m, j < p: y[k p + j] = turns[k p + j] Σ over r < p of roots[r j mod p] x[k + m r].
enum Fourier {
  typealias Numbers = UnsafePointer<Double>
  typealias Results = UnsafeMutablePointer<Double>

  /// A complex pack.
  private struct Complex {
    var re, im: Pack<Double>

    @inline(__always)
    init(_ re: Pack<Double>, _ im: Pack<Double>) { (self.re, self.im) = (re, im) }
    @inline(__always)
    init(_ x: tk_planes, _ at: Int, _ count: Int) {
      re = Pack(Numbers(x.re.unsafelyUnwrapped) + at, count)
      im = Pack(Numbers(x.im.unsafelyUnwrapped) + at, count)
    }
    @inline(__always)
    func store(_ y: tk_planes, _ at: Int, _ count: Int) {
      re.store(y.re.unsafelyUnwrapped + at, count)
      im.store(y.im.unsafelyUnwrapped + at, count)
    }
    /// Times the complex number at `w`.
    @inline(__always)
    func times(_ w: Numbers) -> Complex {
      let (c, s) = (Pack(w[0]), Pack(w[1]))
      return Complex(re.times(c, plus: -(im * s)), re.times(s, plus: im * c))
    }
    /// Times `sign` i.
    @inline(__always)
    func turned(_ sign: Pack<Double>) -> Complex { Complex(-(sign * im), sign * re) }
    @inline(__always)
    static func + (a: Complex, b: Complex) -> Complex { Complex(a.re + b.re, a.im + b.im) }
    @inline(__always)
    static func - (a: Complex, b: Complex) -> Complex { Complex(a.re - b.re, a.im - b.im) }
  }

  /// Calls `body(first column, how many)` for packs of columns.
  @inline(__always)
  private static func forPacks(_ s: Int, _ body: (Int, Int) -> Void) {
    var q = 0
    while q &+ width <= s {
      body(q, width)
      q &+= width
    }
    if q < s { body(q, s &- q) }
  }

  @inline(never)
  private static func two(_ m: Int, _ s: Int, _ x: tk_planes, _ y: tk_planes, _ turns: Numbers) {
    for k in 0..<m {
      let w = turns + 4 &* k
      forPacks(s) { q, count in
        let (a, b) = (Complex(x, k &* s &+ q, count), Complex(x, (k &+ m) &* s &+ q, count))
        (a + b).store(y, 2 &* k &* s &+ q, count)
        (a - b).times(w + 2).store(y, (2 &* k &+ 1) &* s &+ q, count)
      }
    }
  }

  @inline(never)
  private static func four(
    _ m: Int, _ s: Int, _ x: tk_planes, _ y: tk_planes, _ turns: Numbers, _ roots: Numbers
  ) {
    let sign = Pack(roots[3])
    for k in 0..<m {
      let w = turns + 8 &* k
      forPacks(s) { q, count in
        let (a, b) = (Complex(x, k &* s &+ q, count), Complex(x, (k &+ m) &* s &+ q, count))
        let c = Complex(x, (k &+ 2 &* m) &* s &+ q, count), d = Complex(x, (k &+ 3 &* m) &* s &+ q, count)
        let (even, rest, odd) = (a + c, a - c, b + d)
        let turned = (b - d).turned(sign)
        let to = 4 &* k &* s &+ q
        (even + odd).store(y, to, count)
        (rest + turned).times(w + 2).store(y, to &+ s, count)
        (even - odd).times(w + 4).store(y, to &+ 2 &* s, count)
        (rest - turned).times(w + 6).store(y, to &+ 3 &* s, count)
      }
    }
  }

  @inline(never)
  private static func any(
    _ p: Int, _ m: Int, _ s: Int, _ x: tk_planes, _ y: tk_planes, _ turns: Numbers, _ roots: Numbers
  ) {
    for k in 0..<m {
      for j in 0..<p {
        let w = turns + 2 &* (k &* p &+ j)
        forPacks(s) { q, count in
          var sum = Complex(x, k &* s &+ q, count)
          var turn = 0
          for r in 1..<p {
            turn &+= j
            if turn >= p { turn &-= p }
            sum = sum + Complex(x, (k &+ m &* r) &* s &+ q, count).times(roots + 2 &* turn)
          }
          sum.times(w).store(y, (k &* p &+ j) &* s &+ q, count)
        }
      }
    }
  }

  static func step(
    _ p: Int, _ m: Int, _ s: Int, _ x: tk_planes, _ y: tk_planes, _ turns: Numbers, _ roots: Numbers
  ) {
    switch p {
    case 2: two(m, s, x, y, turns)
    case 4: four(m, s, x, y, turns, roots)
    default: any(p, m, s, x, y, turns, roots)
    }
  }

  /// x[i] *= w[i]
  @inline(never)
  static func multiply(_ n: Int, _ x: tk_planes, _ w: tk_planes) {
    forPacks(n) { at, count in
      let (a, b) = (Complex(x, at, count), Complex(w, at, count))
      Complex(a.re.times(b.re, plus: -(a.im * b.im)), a.re.times(b.im, plus: a.im * b.re)).store(x, at, count)
    }
  }
}
