/// cholesky(A) = L, lower triangular with L Lᵀ = A, of symmetric positive definite matrices, of which the lower triangle is
/// read.
/// Derivative: L⁻ᵀ (P + Pᵀ) L⁻¹ / 2, P the lower triangle of Lᵀ g with half its diagonal. Giles 2008.
package enum Cholesky: Operation {
  package static let name: StaticString = "cholesky"

  package static func apply(_ a: Tensor) throws(ThalwegError) -> Tensor {
    let y = try Recording.tensor { () throws(ThalwegError) in
      let n = a.rows
      let factors = try a.doubles()
      let f = factors.numbers
      let lapack = LAPACK.suited(n, n, from: 128)
      var minors: [Int] = Array(repeating: 0, count: a.batchShape.product)
      minors.withUnsafeMutableBufferPointer { minors in
        let minor = minors.baseAddress
        parallel(minors.count) { i in
          let a = f + i &* n &* n
          minor?[i] = if let lapack { lapack.cholesky(a, n) } else { Dense.cholesky(a, n) }
        }
      }
      if let wrong = minors.firstIndex(where: { $0 != 0 }) {
        throw ThalwegError(
          .invalidArgument,
          "linalg.cholesky: the matrix (number \(wrong) of shape \(a.shape)) is not positive definite: its leading minor of order \(minors[wrong]) is not"
        )
      }
      return try factors.to(a.dtype)
    }
    if Node.records(a) {
      let node = Node(Self.self)
      try node.connect(a)
      node.save(y, isOutput: true)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let l = try node.saved(0)
    let product = try l.mT.matmul(gradient)
    let p = try (product.tril() + product.tril(-1)) * 0.25
    let inner = try l.mT.solveTriangular(p.plusTransposed(), upper: true)
    try pass.send(try l.solveTriangular(inner, upper: false, left: false), from: node, to: 0)
  }
}

extension Tensor {
  /// The lower factor of Cholesky's decomposition, or with `upper` its transpose, of which the upper triangle is read.
  /// - Throws: `.invalidArgument` for a matrix that is not positive definite.
  public func cholesky(upper: Bool = false) throws(ThalwegError) -> Tensor {
    try checkMatrices(square: true, in: "linalg.cholesky")
    return try upper ? Cholesky.apply(mT).mT : Cholesky.apply(self)
  }

  /// X of A X = B (B = self), from Cholesky's factor of A.
  public func choleskySolve(_ factor: Tensor, upper: Bool = false) throws(ThalwegError) -> Tensor {
    try factor.checkMatrices(square: true, in: "cholesky_solve")
    let l = try upper ? factor.mT : factor
    return try l.mT.solveTriangular(l.solveTriangular(self, upper: false), upper: true)
  }

  /// The inverse of the matrix whose Cholesky factor this is.
  public func choleskyInverse(upper: Bool = false) throws(ThalwegError) -> Tensor {
    try checkMatrices(square: true, in: "cholesky_inverse")
    return try Tensor.eye(rows, rows, dtype: dtype).choleskySolve(self, upper: upper)
  }
}
