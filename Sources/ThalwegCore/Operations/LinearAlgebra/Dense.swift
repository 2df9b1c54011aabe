import Glibc

/// Plain algorithms on small row-major matrices of float64, one at a time: for float32 too, so that its results are as
/// good as they can be. Golub and Van Loan, "Matrix Computations", 4th edition, has them all.
enum Dense {
  typealias Numbers = UnsafeMutablePointer<Double>

  /// y += factor x
  @inline(__always)
  static func add(_ n: Int, _ factor: Double, _ x: Numbers, _ y: Numbers) {
    for i in 0..<n { y[i] += factor * x[i] }
  }

  static func dot(_ n: Int, _ x: Numbers, _ y: Numbers) -> Double {
    var sum = SIMD8<Double>(repeating: 0)
    var i = 0
    while i &+ 8 <= n {
      sum +=
        UnsafeRawPointer(x + i).loadUnaligned(as: SIMD8<Double>.self)
        * UnsafeRawPointer(y + i).loadUnaligned(as: SIMD8<Double>.self)
      i &+= 8
    }
    var rest = sum.sum()
    while i < n {
      rest += x[i] * y[i]
      i &+= 1
    }
    return rest
  }

  /// Both are multiplied by the rotation (c, s): x = c x - s y, y = s x + c y.
  @inline(__always)
  static func rotate(_ n: Int, _ c: Double, _ s: Double, _ x: Numbers, _ y: Numbers) {
    var i = 0
    while i &+ 8 <= n {
      let a = UnsafeRawPointer(x + i).loadUnaligned(as: SIMD8<Double>.self)
      let b = UnsafeRawPointer(y + i).loadUnaligned(as: SIMD8<Double>.self)
      UnsafeMutableRawPointer(x + i).storeBytes(of: c * a - s * b, as: SIMD8<Double>.self)
      UnsafeMutableRawPointer(y + i).storeBytes(of: s * a + c * b, as: SIMD8<Double>.self)
      i &+= 8
    }
    while i < n {
      let (a, b) = (x[i], y[i])
      x[i] = c * a - s * b
      y[i] = s * a + c * b
      i &+= 1
    }
  }

  // MARK: - Gauss

  /// Gaussian elimination with partial pivoting, in place (Golub and Van Loan 3.4): U on and above the diagonal, L, whose
  /// diagonal is 1, below. Row i of L U is row order[i] of the matrix, and in step i row pivots[i] went up.
  /// - Returns: the sign of the permutation.
  static func factor(
    _ a: Numbers, _ m: Int, _ n: Int, _ order: UnsafeMutablePointer<Int64>,
    _ pivots: UnsafeMutablePointer<Int32>
  ) -> Double {
    var sign = 1.0
    for i in 0..<m { order[i] = Int64(i) }
    for k in 0..<min(m, n) {
      var best = k
      for i in (k + 1)..<max(k + 1, m) where abs(a[i &* n &+ k]) > abs(a[best &* n &+ k]) { best = i }
      pivots[k] = Int32(truncatingIfNeeded: best)
      if best != k {
        for j in 0..<n { swap(&a[k &* n &+ j], &a[best &* n &+ j]) }
        swap(&order[k], &order[best])
        sign = -sign
      }
      let pivot = a[k &* n &+ k]
      if pivot == 0 { continue }
      for i in (k + 1)..<max(k + 1, m) {
        let factor = a[i &* n &+ k] / pivot
        a[i &* n &+ k] = factor
        if factor != 0 { add(n &- k &- 1, -factor, a + (k &* n &+ k &+ 1), a + (i &* n &+ k &+ 1)) }
      }
    }
    return sign
  }

  /// Solves T X = B in place of B [n, columns], T the upper or lower triangle of `a`; `unit`: its diagonal counts as 1.
  static func substitute(
    _ a: Numbers, _ n: Int, _ b: Numbers, _ columns: Int, upper: Bool, unit: Bool
  ) {
    for step in 0..<n {
      let i = upper ? n &- 1 &- step : step
      let row = b + i &* columns
      for j in upper ? (i + 1)..<max(i + 1, n) : 0..<i {
        let factor = a[i &* n &+ j]
        if factor != 0 { add(columns, -factor, b + j &* columns, row) }
      }
      if !unit {
        let divisor = a[i &* n &+ i]
        for j in 0..<columns { row[j] /= divisor }
      }
    }
  }

  // MARK: - Cholesky

  /// The lower factor of a symmetric matrix, in place of its lower triangle; zeros above (4.2).
  /// - Returns: 0, or the order of the leading minor that is not positive.
  static func cholesky(_ a: Numbers, _ n: Int) -> Int {
    for i in 0..<n {
      for j in 0...i {
        let rest = a[i &* n &+ j] - dot(j, a + i &* n, a + j &* n)
        if j < i {
          a[i &* n &+ j] = rest / a[j &* n &+ j]
        } else {
          if !(rest > 0) { return i + 1 }
          a[i &* n &+ i] = sqrt(rest)
        }
      }
      for j in (i + 1)..<max(i + 1, n) { a[i &* n &+ j] = 0 }
    }
    return 0
  }

  // MARK: - Householder

  /// The reflection 1 - t v v', v[0] = 1, that makes (alpha, 0, ...) of a vector whose elements are `step` apart, which v's
  /// others replace (5.1).
  static func reflect(_ x: Numbers, _ n: Int, _ step: Int) -> (t: Double, alpha: Double) {
    var scale = 0.0
    for i in 1..<max(1, n) { scale = max(scale, abs(x[i &* step])) }
    let first = x[0]
    // NaN is carried on.
    if scale == 0 { return (0, first) }
    var sum = 0.0
    for i in 1..<n { sum += (x[i &* step] / scale) * (x[i &* step] / scale) }
    let length = hypot(first, scale * sqrt(sum))
    let alpha = first > 0 ? -length : length
    for i in 1..<n { x[i &* step] /= first - alpha }
    return ((alpha - first) / alpha, alpha)
  }

  /// R in place of the upper triangle, the reflections below it (5.2); `t` gets a number for each.
  static func qr(_ a: Numbers, _ m: Int, _ n: Int, _ t: Numbers, _ row: Numbers) {
    for k in 0..<min(m, n) {
      let (factor, alpha) = reflect(a + (k &* n &+ k), m &- k, n)
      t[k] = factor
      a[k &* n &+ k] = 1
      apply(a + (k &* n &+ k), n, factor, to: a + (k &* n &+ k &+ 1), m &- k, n &- k &- 1, n, row)
      a[k &* n &+ k] = alpha
    }
  }

  /// The product of the first `count` reflections as a matrix [m, columns].
  static func formQ(
    _ a: Numbers, _ m: Int, _ n: Int, _ t: Numbers, _ count: Int, _ q: Numbers, _ columns: Int,
    _ row: Numbers
  ) {
    for i in 0..<m { for j in 0..<columns { q[i &* columns &+ j] = i == j ? 1 : 0 } }
    for k in (0..<count).reversed() {
      let alpha = a[k &* n &+ k]
      a[k &* n &+ k] = 1
      apply(a + (k &* n &+ k), n, t[k], to: q + k &* columns, m &- k, columns, columns, row)
      a[k &* n &+ k] = alpha
    }
  }

  /// x -= t v (v' x), x [m, n] with rows `stride` apart, v with elements `step` apart.
  private static func apply(
    _ v: Numbers, _ step: Int, _ t: Double, to x: Numbers, _ m: Int, _ n: Int, _ stride: Int, _ row: Numbers
  ) {
    if t == 0 || n <= 0 { return }
    for j in 0..<n { row[j] = 0 }
    for i in 0..<m { add(n, v[i &* step], x + i &* stride, row) }
    for i in 0..<m { add(n, -t * v[i &* step], row, x + i &* stride) }
  }
}
