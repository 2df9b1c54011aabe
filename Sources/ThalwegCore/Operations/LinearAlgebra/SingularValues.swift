/// The singular value decomposition A = U diag(S) Vᵀ [..., m, n] with k = min(m, n) values, in one: U, m k numbers, then S,
/// k, then Vᵀ, k n.
/// Derivative: U ((skew(Uᵀ ḡU) / E) S + S (skew(Vᵀ ḡV) / E) + diag(ḡS)) Vᵀ, skew(X) = X - Xᵀ, E[i, j] = S[j]² - S[i]²
/// beside the diagonal, + (1 - U Uᵀ) ḡU S⁻¹ Vᵀ for tall, + U S⁻¹ ḡVᵀ (1 - V Vᵀ) for wide matrices. Townsend 2016,
/// "Differentiating the singular value decomposition".
package enum SingularValues: Operation {
  package static let name: StaticString = "svd"

  package static func apply(_ a: Tensor) throws(ThalwegError) -> Tensor {
    let (m, n, k) = (a.rows, a.columns, min(a.rows, a.columns))
    let result = try Recording.tensor { () throws(ThalwegError) in
      // The columns of a tall matrix side by side; of a wide one, those of its transpose.
      let tall = m >= n
      let lapack = LAPACK.suited(m, n, from: 32)
      let isTurned = tall && lapack == nil
      let (work, count) = (try isTurned ? a.mT.doubles().contiguous() : a.doubles(), a.batchShape.product)
      let (long, width) = (max(m, n), m * k + k + k * n)
      let values = try Tensor.make(Dims(Array(a.batchShape) + [width]), .float64, for: name)
      let (f, y) = (work.numbers, values.numbers)
      let size = lapack == nil ? k &* k : LAPACK.singularSize(m, n)
      let failed = try Dense.each(count, size: size, for: name) { index, z in
        let (w, y) = (f + index &* m &* n, y + index &* width)
        let (u, s, v) = (y, y + m &* k, y + (m &* k &+ k))
        if let lapack { return lapack.singular(w, m, n, u, s, v, z) }
        guard Dense.singular(w, long, k, s, z) else { return false }
        for j in 0..<k {
          if tall {
            for i in 0..<m { u[i &* k &+ j] = w[j &* m &+ i] }
            for i in 0..<n { v[j &* n &+ i] = z[j &* n &+ i] }
          } else {
            for i in 0..<m { u[i &* k &+ j] = z[j &* m &+ i] }
            for i in 0..<n { v[j &* n &+ i] = w[j &* n &+ i] }
          }
        }
        return true
      }
      withExtendedLifetime(work) {}
      if let failed {
        throw ThalwegError(
          .invalidArgument,
          "linalg.svd: the algorithm did not converge for the matrix (number \(failed) of shape \(a.shape)); are its elements finite?"
        )
      }
      return try values.to(a.dtype)
    }
    if Node.records(a) {
      let node = Node(Self.self, Attributes(dims: [m, n]))
      try node.connect(a)
      node.save(result, isOutput: true)
      try result.attach(node)
    }
    return result
  }

  static func unpack(
    _ packed: Tensor, _ m: Int, _ n: Int
  ) throws(ThalwegError) -> (u: Tensor, s: Tensor, v: Tensor) {
    let (k, last) = (min(m, n), packed.rank - 1)
    return (
      try packed.slice(-1, 0, m * k).unflatten(last, [m, k]),
      try packed.slice(-1, m * k, m * k + k),
      try packed.slice(-1, m * k + k, m * k + k + k * n).unflatten(last, [k, n])
    )
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let (m, n) = (node.attributes.dims[0], node.attributes.dims[1])
    let (u, s, v) = try unpack(node.saved(0), m, n)
    let (gu, gs, gv) = try unpack(gradient, m, n)
    // 0 on the diagonal, as the quotients then are, and for equal values, whose vectors have no derivative of their own.
    let square = try s * s
    let gaps = try square.unsqueeze(-2) - square.unsqueeze(-1)
    func skew(_ x: Tensor) throws(ThalwegError) -> Tensor { try (x - x.mT).quotient(gaps) }
    let turn = try skew(u.mT.matmul(gu)) * s.unsqueeze(-2) + skew(v.matmul(gv.mT)) * s.unsqueeze(-1)
    let inner = try turn + gs.diagEmbed()
    var left = try u.matmul(inner)
    if m > n { left = try left + (gu - u.matmul(u.mT.matmul(gu))).quotient(s.unsqueeze(-2)) }
    var result = try left.matmul(v)
    if m < n {
      result = try result + u.matmul((gv - gv.matmul(v.mT).matmul(v)).quotient(s.unsqueeze(-1)))
    }
    try pass.send(result, from: node, to: 0)
  }
}

extension Tensor {
  /// U, the singular values, descending, and Vᵀ: U [..., m, k] and Vᵀ [..., k, n], k the smaller of m and n; or with `full`
  /// square ones, whose further vectors are any orthonormal ones and have no derivative.
  public func svd(full: Bool = true) throws(ThalwegError) -> (u: Tensor, s: Tensor, v: Tensor) {
    try checkMatrices(in: "linalg.svd")
    let (m, n) = (rows, columns)
    var (u, s, v) = try SingularValues.unpack(SingularValues.apply(self), m, n)
    if full && m > n { u = try .cat([u, u.mT.complement().mT], dim: -1) }
    if full && m < n { v = try .cat([v, v.complement()], dim: -2) }
    return (u, s, v)
  }

  /// The singular values, descending.
  public func singularValues() throws(ThalwegError) -> Tensor { try svd(full: false).s }

  /// Rows that make these orthonormal ones a base.
  private func complement() throws(ThalwegError) -> Tensor {
    let (k, m) = (rows, columns)
    return try Recording.tensor { () throws(ThalwegError) in
      let base = try Tensor.cat(
        [self.doubles(), Tensor.zeros(self.batch(m - k, m), dtype: .float64)], dim: -2)
      let u = base.numbers
      _ = Dense.each(self.batchShape.product) { i in
        Dense.complete(u + i &* m &* m, k, m, m)
        return true
      }
      return try base.slice(-2, k, m).to(self.dtype)
    }
  }
}
