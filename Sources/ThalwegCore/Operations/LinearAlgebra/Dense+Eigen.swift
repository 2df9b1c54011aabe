import Glibc

extension Dense {
  /// Eigenvalues, ascending, and eigenvectors, a row of z each, of a symmetric matrix, of which both triangles are given and
  /// lost: Householder's tridiagonal form (8.3.1), then QL steps with implicit shifts (8.3.3).
  /// - Parameter work: 3 n numbers.
  /// - Returns: whether it converged; it does unless there is Inf or NaN.
  static func eigen(_ a: Numbers, _ n: Int, _ d: Numbers, _ z: Numbers, _ work: Numbers) -> Bool {
    if n == 0 { return true }
    let (e, t, p) = (work, work + n, work + 2 &* n)
    for k in 0..<max(0, n &- 2) {
      // The reflection stays in column k; the rest is A - v w' - w v'.
      let size = n &- k &- 1
      let column = a + ((k &+ 1) &* n &+ k)
      let (factor, alpha) = reflect(column, size, n)
      (t[k], e[k]) = (factor, alpha)
      if factor == 0 { continue }
      let v = z
      v[0] = 1
      for i in 1..<size { v[i] = column[i &* n] }
      let rest = a + (k &+ 1) &* (n &+ 1)
      for i in 0..<size { p[i] = factor * dot(size, rest + i &* n, v) }
      add(size, -factor / 2 * dot(size, p, v), v, p)
      for i in 0..<size {
        add(size, -v[i], p, rest + i &* n)
        add(size, -p[i], v, rest + i &* n)
      }
    }
    if n > 1 { e[n - 2] = a[(n - 1) &* n &+ n - 2] }
    e[n - 1] = 0
    for i in 0..<n { d[i] = a[i &* (n &+ 1)] }
    // The product of the reflections, transposed: from the last one on.
    for i in 0..<n { for j in 0..<n { z[i &* n &+ j] = i == j ? 1 : 0 } }
    for k in (0..<max(0, n &- 2)).reversed() where t[k] != 0 {
      // Rows of z are columns of the product.
      let size = n &- k &- 1
      p[0] = 1
      for i in 1..<size { p[i] = a[(k &+ 1 &+ i) &* n &+ k] }
      for row in (k &+ 1)..<n {
        let part = z + (row &* n &+ k &+ 1)
        add(size, -t[k] * dot(size, part, p), p, part)
      }
    }
    return implicitQL(n, d, e, z) && sortEigen(n, d, z)
  }

  private static func implicitQL(_ n: Int, _ d: Numbers, _ e: Numbers, _ z: Numbers) -> Bool {
    for l in 0..<n {
      var steps = 0
      while true {
        var m = l
        while m < n - 1, !(abs(e[m]) <= 0x1p-53 * (abs(d[m]) + abs(d[m + 1]))) { m += 1 }
        if m == l { break }
        steps += 1
        if steps > 80 { return false }
        // Wilkinson's shift, from the upper end of the block.
        var g = (d[l + 1] - d[l]) / (2 * e[l])
        let r = hypot(g, 1)
        g = d[m] - d[l] + e[l] / (g + (g < 0 ? -r : r))
        var (s, c, p) = (1.0, 1.0, 0.0)
        var i = m - 1
        var isSplit = false
        while i >= l {
          let (f, b) = (s * e[i], c * e[i])
          let length = hypot(f, g)
          e[i + 1] = length
          if length == 0 {
            d[i + 1] -= p
            e[m] = 0
            isSplit = true
            break
          }
          (s, c) = (f / length, g / length)
          g = d[i + 1] - p
          let q = (d[i] - g) * s + 2 * c * b
          p = s * q
          d[i + 1] = g + p
          g = c * q - b
          rotate(n, c, s, z + i &* n, z + (i &+ 1) &* n)
          i -= 1
        }
        if isSplit { continue }
        d[l] -= p
        e[l] = g
        e[m] = 0
      }
    }
    return true
  }

  private static func sortEigen(_ n: Int, _ d: Numbers, _ z: Numbers) -> Bool {
    for i in 0..<n {
      var least = i
      for j in (i + 1)..<max(i + 1, n) where d[j] < d[least] { least = j }
      if least == i { continue }
      swap(&d[i], &d[least])
      for j in 0..<n { swap(&z[i &* n &+ j], &z[least &* n &+ j]) }
    }
    return true
  }

  // MARK: - Singular values

  /// The singular value decomposition of a matrix given by its columns, as n rows of m >= n numbers, which become the left
  /// singular vectors; singular values descending; right singular vectors as rows of v [n, n]. One-sided Jacobi
  /// (8.6.3; Hestenes 1958): pairs of columns are rotated until all are orthogonal, which finds small values to their
  /// own accuracy.
  static func singular(_ w: Numbers, _ m: Int, _ n: Int, _ s: Numbers, _ v: Numbers) -> Bool {
    for i in 0..<n { for j in 0..<n { v[i &* n &+ j] = i == j ? 1 : 0 } }
    var largest = 0.0
    for i in 0..<(m &* n) {
      if !w[i].isFinite { return false }
      largest = max(largest, abs(w[i]))
    }
    // Squares must neither overflow nor vanish.
    let scale = largest > 0 ? Double(sign: .plus, exponent: largest.exponent, significand: 1) : 1
    for i in 0..<(m &* n) { w[i] /= scale }
    // What rounding leaves of the product of two orthogonal columns.
    let tolerance = 0x1p-52 * Double(m).squareRoot()
    var isDone = false
    var sweeps = 0
    while !isDone {
      isDone = true
      sweeps += 1
      if sweeps > 80 { return false }
      // The squares of the columns' lengths, which rotations change in a known way.
      for j in 0..<n { s[j] = dot(m, w + j &* m, w + j &* m) }
      for p in 0..<max(0, n &- 1) {
        for q in (p + 1)..<n {
          let (x, y) = (w + p &* m, w + q &* m)
          let c = dot(m, x, y)
          // The larger one goes to the front, which also sorts them.
          if s[p] < s[q] {
            for i in 0..<m { swap(&x[i], &y[i]) }
            for i in 0..<n { swap(&v[p &* n &+ i], &v[q &* n &+ i]) }
            swap(&s[p], &s[q])
          }
          let (a, b) = (s[p], s[q])
          if abs(c) <= tolerance * (a * b).squareRoot() || c == 0 { continue }
          isDone = false
          let zeta = (b - a) / (2 * c)
          let t = (zeta < 0 ? -1 : 1) / (abs(zeta) + hypot(zeta, 1))
          let cosine = 1 / hypot(t, 1)
          rotate(m, cosine, cosine * t, x, y)
          s[p] = a - t * c
          // Where most of it cancels the difference says nothing.
          s[q] = b + t * c > 0.01 * b ? b + t * c : dot(m, y, y)
          rotate(n, cosine, cosine * t, v + p &* n, v + q &* n)
        }
      }
    }
    for j in 0..<n { s[j] = dot(m, w + j &* m, w + j &* m).squareRoot() }
    for i in 0..<n {
      var most = i
      for j in (i + 1)..<max(i + 1, n) where s[j] > s[most] { most = j }
      if most == i { continue }
      swap(&s[i], &s[most])
      for j in 0..<m { swap(&w[i &* m &+ j], &w[most &* m &+ j]) }
      for j in 0..<n { swap(&v[i &* n &+ j], &v[most &* n &+ j]) }
    }
    for j in 0..<n where s[j] > 0 {
      let row = w + j &* m
      for i in 0..<m { row[i] /= s[j] }
    }
    var rank = n
    while rank > 0, s[rank - 1] == 0 { rank -= 1 }
    complete(w, rank, n, m)
    for j in 0..<n { s[j] *= scale }
    return true
  }

  /// Makes rows [count, total) of length m, total <= m, orthonormal to the first ones and each other: of the unit vector
  /// that is least among them, what is orthogonal to them.
  static func complete(_ u: Numbers, _ count: Int, _ total: Int, _ m: Int) {
    for k in count..<max(count, total) {
      let row = u + k &* m
      var (best, least) = (0, Double.infinity)
      for i in 0..<m {
        var share = 0.0
        for j in 0..<k { share += u[j &* m &+ i] * u[j &* m &+ i] }
        if share < least { (best, least) = (i, share) }
      }
      for i in 0..<m { row[i] = i == best ? 1 : 0 }
      for _ in 0..<2 {
        for j in 0..<k { add(m, -dot(m, u + j &* m, row), u + j &* m, row) }
      }
      let length = dot(m, row, row).squareRoot()
      for i in 0..<m { row[i] /= length }
    }
  }
}
