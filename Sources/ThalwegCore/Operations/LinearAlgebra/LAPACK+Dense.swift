/// The algorithms of `Dense` by LAPACK, on the same row-major matrices: to it a matrix is its transpose.
extension LAPACK {
  /// See `Dense.cholesky`.
  func cholesky(_ a: Numbers, _ n: Int) -> Int {
    var (size, info) = (Int64(n), Int64(0))
    alone { potrf("U", &size, a, &size, &info, 1) }
    for i in 0..<n { for j in (i + 1)..<max(i + 1, n) { a[i &* n &+ j] = 0 } }
    return LAPACK.code(info)
  }

  /// See `Dense.factor`.
  /// - Parameter work: m n numbers.
  func factor(
    _ a: Numbers, _ m: Int, _ n: Int, _ order: UnsafeMutablePointer<Int64>, _ pivots: Pivots, _ work: Numbers
  ) -> Double {
    LAPACK.transpose(a, m, n, work)
    var (rows, columns, info) = (Int64(m), Int64(n), Int64(0))
    alone { getrf(&rows, &columns, work, &rows, pivots, &info) }
    LAPACK.transpose(work, n, m, a)
    for i in 0..<m { order[i] = Int64(i) }
    var sign = 1.0
    for i in 0..<min(m, n) {
      pivots[i] &-= 1
      let other = min(max(Int(pivots[i]), i), m &- 1)
      if other == i { continue }
      swap(&order[i], &order[other])
      sign = -sign
    }
    return sign
  }

  /// X of A X = B in place of B [n, columns].
  /// - Parameter work: n columns numbers.
  /// - Returns: false for a singular matrix.
  func solve(_ a: Numbers, _ n: Int, _ b: Numbers, _ columns: Int, _ pivots: Pivots, _ work: Numbers) -> Bool
  {
    var (size, count, info) = (Int64(n), Int64(columns), Int64(0))
    alone { getrf(&size, &size, a, &size, pivots, &info) }
    if LAPACK.code(info) != 0 { return false }
    LAPACK.transpose(b, n, columns, work)
    alone { getrs("T", &size, &count, a, &size, pivots, work, &size, &info, 1) }
    LAPACK.transpose(work, columns, n, b)
    return LAPACK.code(info) == 0
  }

  /// See `Dense.substitute`.
  func substitute(_ a: Numbers, _ n: Int, _ b: Numbers, _ columns: Int, upper: Bool, unit: Bool) {
    var (size, count, one) = (Int64(n), Int64(columns), 1.0)
    alone {
      trsm(
        "R", upper ? "L" : "U", "N", unit ? "U" : "N", &count, &size, &one, a, &size, b, &count, 1, 1, 1, 1)
    }
  }

  /// Q [m, columns], columns >= min(m, n), and the upper triangle R in place of A's.
  /// - Parameter work: `qrSize` numbers.
  /// - Returns: whether all went well.
  func qr(_ a: Numbers, _ m: Int, _ n: Int, _ q: Numbers, _ columns: Int, _ work: Numbers) -> Bool {
    let (k, width) = (min(m, n), max(n, columns))
    let (t, space) = (work + m &* width, work + (m &* width &+ width))
    LAPACK.transpose(a, m, n, work)
    var (rows, given, wanted, count) = (Int64(m), Int64(n), Int64(columns), Int64(k))
    var (length, info) = (Int64(width &* LAPACK.block), Int64(0))
    alone { geqrf(&rows, &given, work, &rows, t, space, &length, &info) }
    if LAPACK.code(info) != 0 { return false }
    LAPACK.transpose(work, n, m, a)
    alone { orgqr(&rows, &wanted, &count, work, &rows, t, space, &length, &info) }
    LAPACK.transpose(work, columns, m, q)
    return LAPACK.code(info) == 0
  }

  static func qrSize(_ m: Int, _ n: Int, _ columns: Int) -> Int {
    max(n, columns) &* (m &+ 1 &+ block)
  }

  /// See `Dense.eigen`: the eigenvectors, a row each, in place of the matrix.
  /// - Parameter work: `eigenSize` numbers.
  func eigen(_ a: Numbers, _ n: Int, _ d: Numbers, _ work: Numbers) -> Bool {
    if !LAPACK.isFinite(a, n &* n) { return false }
    let numbers = 1 &+ 6 &* n &+ 2 &* n &* n
    var (size, length, count) = (Int64(n), Int64(numbers), Int64(3 &+ 5 &* n))
    var info = Int64(0)
    let integers = UnsafeMutableRawPointer(work + numbers).assumingMemoryBound(to: Int32.self)
    alone { syevd("V", "U", &size, a, &size, d, work, &length, integers, &count, &info, 1, 1) }
    return LAPACK.code(info) == 0
  }

  static func eigenSize(_ n: Int) -> Int { 1 &+ 6 &* n &+ 2 &* n &* n &+ 3 &+ 5 &* n }

  /// U [m, k], the singular values, descending, and Vᵀ [k, n] of a matrix, which is lost; k = min(m, n).
  /// - Parameter work: `singularSize` numbers.
  func singular(
    _ a: Numbers, _ m: Int, _ n: Int, _ u: Numbers, _ s: Numbers, _ v: Numbers, _ work: Numbers
  ) -> Bool {
    if !LAPACK.isFinite(a, m &* n) { return false }
    let k = min(m, n), numbers = LAPACK.singularNumbers(m, n)
    var (rows, columns, size) = (Int64(n), Int64(m), Int64(k))
    var (length, info) = (Int64(numbers), Int64(0))
    let integers = UnsafeMutableRawPointer(work + numbers).assumingMemoryBound(to: Int32.self)
    // Of the transpose: its left vectors are ours to the right.
    alone {
      gesdd(
        "S", &rows, &columns, a, &rows, s, v, &rows, u, &size, work, &length, integers, &info, 1)
    }
    return LAPACK.code(info) == 0
  }

  static func singularSize(_ m: Int, _ n: Int) -> Int { singularNumbers(m, n) &+ 8 &* min(m, n) }

  /// More than LAPACK's least, for blocks.
  private static func singularNumbers(_ m: Int, _ n: Int) -> Int {
    let k = min(m, n)
    return 4 &* k &* k &+ 7 &* k &+ max(m, n) &+ (m &+ n &+ k) &* block
  }

  /// The width of the blocks that work space is for.
  private static var block: Int { 64 }

  private static func code(_ info: Int64) -> Int { Int(Int32(truncatingIfNeeded: info)) }

  private static func isFinite(_ a: Numbers, _ count: Int) -> Bool {
    var sum = 0.0
    for i in 0..<count { sum += a[i] * 0 }
    return sum == 0
  }

  /// y [n, m] is x [m, n] transposed.
  private static func transpose(_ x: Numbers, _ m: Int, _ n: Int, _ y: Numbers) {
    let side = 16
    var top = 0
    while top < m {
      let bottom = min(m, top &+ side)
      for j in 0..<n { for i in top..<bottom { y[j &* m &+ i] = x[i &* n &+ j] } }
      top = bottom
    }
  }
}

extension Dense {
  /// Calls `body(i, work)` for each of `count` matrices, in parallel, with work space of `size` numbers.
  /// - Returns: the first for which it was false; nil if it was true for all.
  static func each(
    _ count: Int, size: Int, for function: StaticString, _ body: (Int, Numbers) -> Bool
  ) throws(ThalwegError) -> Int? {
    let pieces = min(count, 16)
    let space = try Workspace(max(1, pieces &* size) &* 8, for: function)
    let work = space.base.assumingMemoryBound(to: Double.self)
    let failed = try Workspace(max(1, count), for: function)
    let flags = failed.base.assumingMemoryBound(to: UInt8.self)
    parallel(pieces) { piece in
      var i = piece
      while i < count {
        flags[i] = body(i, work + piece &* size) ? 0 : 1
        i &+= pieces
      }
    }
    return (0..<count).first { flags[$0] != 0 }
  }
}
