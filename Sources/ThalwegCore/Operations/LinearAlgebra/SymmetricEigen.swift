/// Eigenvalues and eigenvectors of symmetric matrices A = V diag(λ) Vᵀ [..., n, n], in one: V, n n numbers, then λ, n.
/// Derivative: the symmetric part of V (diag(ḡλ) + Vᵀ ḡV / E) Vᵀ, E[i, j] = λ[j] - λ[i] beside the diagonal. Giles 2008.
package enum SymmetricEigen: Operation {
  package static let name: StaticString = "eigh"

  package static func apply(_ a: Tensor, upper: Bool) throws(ThalwegError) -> Tensor {
    let n = a.rows
    let result = try Recording.tensor { () throws(ThalwegError) in
      let (work, count) = (try a.doubles(), a.batchShape.product)
      let width = n * n + n
      let values = try Tensor.make(Dims(Array(a.batchShape) + [width]), .float64, for: name)
      let (f, y) = (work.numbers, values.numbers)
      let lapack = LAPACK.suited(n, n, from: 32)
      let size = lapack == nil ? n &* (n &+ 3) : LAPACK.eigenSize(n)
      let failed = try Dense.each(count, size: size, for: name) { index, work in
        let (f, y) = (f + index &* n &* n, y + index &* width)
        for i in 0..<n {
          for j in 0..<i {
            if upper { f[i &* n &+ j] = f[j &* n &+ i] } else { f[j &* n &+ i] = f[i &* n &+ j] }
          }
        }
        let (d, z) = (y + n &* n, lapack == nil ? work : f)
        let isDone =
          if let lapack { lapack.eigen(f, n, d, work) } else { Dense.eigen(f, n, d, z, work + n &* n) }
        guard isDone else { return false }
        for i in 0..<n { for j in 0..<n { y[i &* n &+ j] = z[j &* n &+ i] } }
        return true
      }
      withExtendedLifetime(work) {}
      if let failed {
        throw ThalwegError(
          .invalidArgument,
          "linalg.eigh: the algorithm did not converge for the matrix (number \(failed) of shape \(a.shape)); are its elements finite?"
        )
      }
      return try values.to(a.dtype)
    }
    if Node.records(a) {
      let node = Node(Self.self)
      try node.connect(a)
      node.save(result, isOutput: true)
      try result.attach(node)
    }
    return result
  }

  static func unpack(_ packed: Tensor, _ n: Int) throws(ThalwegError) -> (values: Tensor, vectors: Tensor) {
    (
      try packed.slice(-1, n * n, n * n + n),
      try packed.slice(-1, 0, n * n).unflatten(packed.rank - 1, [n, n])
    )
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let shape = node.inputShape(0)
    let n = shape[shape.count - 1]
    let (l, v) = try unpack(node.saved(0), n)
    let (gl, gv) = try unpack(gradient, n)
    // 0 on the diagonal, as the quotients then are, and for equal values, whose vectors have no derivative of their own.
    let gaps = try l.unsqueeze(-2) - l.unsqueeze(-1)
    let inner = try v.mT.matmul(gv).quotient(gaps) + gl.diagEmbed()
    let full = try v.matmul(inner).matmul(v.mT)
    try pass.send(try full.plusTransposed() * 0.5, from: node, to: 0)
  }
}

extension Tensor {
  /// The eigenvalues, ascending, and the eigenvectors, as columns, of symmetric matrices, of which the lower or the `upper`
  /// triangle is read. The derivative of vectors exists where the values differ; it does not depend on their signs.
  public func eigh(upper: Bool = false) throws(ThalwegError) -> (values: Tensor, vectors: Tensor) {
    try checkMatrices(square: true, in: "linalg.eigh")
    return try SymmetricEigen.unpack(SymmetricEigen.apply(self, upper: upper), rows)
  }
}
