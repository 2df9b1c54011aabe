/// solve(A, B) = A⁻¹ B for square A [..., n, n] and B [..., n, k] of the same batch, by Gaussian elimination.
/// Derivative: with H = A⁻ᵀ g, ∂L/∂B = H and ∂L/∂A = -H Xᵀ. Giles 2008, "Collected matrix derivative results".
package enum Solve: Operation {
  package static let name: StaticString = "solve"

  package static func apply(_ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    let (n, k) = (a.rows, b.columns)
    let y = try Recording.tensor { () throws(ThalwegError) in
      let (factors, x) = (try a.doubles(), try b.doubles())
      let count = a.batchShape.product
      let (f, v) = (factors.numbers, x.numbers)
      let lapack = LAPACK.suited(n, n, from: 64)
      let singular = try Dense.each(count, size: n &* k &+ 2 &* n, for: name) { i, source in
        let (f, v) = (f + i &* n &* n, v + i &* n &* k)
        let order = UnsafeMutableRawPointer(source + n &* k).assumingMemoryBound(to: Int64.self)
        let pivots = UnsafeMutableRawPointer(order + n).assumingMemoryBound(to: Int32.self)
        if let lapack { return lapack.solve(f, n, v, k, pivots, source) }
        _ = Dense.factor(f, n, n, order, pivots)
        for j in 0..<n where f[j &* (n &+ 1)] == 0 { return false }
        source.update(from: v, count: n &* k)
        for row in 0..<n { (v + row &* k).update(from: source + Int(order[row]) &* k, count: k) }
        Dense.substitute(f, n, v, k, upper: false, unit: true)
        Dense.substitute(f, n, v, k, upper: true, unit: false)
        return true
      }
      withExtendedLifetime((factors, x)) {}
      if let singular {
        throw ThalwegError(
          .invalidArgument, "\(name): the matrix (number \(singular) of shape \(a.shape)) is singular")
      }
      return try x.to(a.dtype)
    }
    if Node.records(a, b) {
      let node = Node(Self.self)
      try node.connect(a)
      try node.connect(b)
      node.save(a)
      node.save(y, isOutput: true)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let h = try apply(node.saved(0).mT, gradient)
    if node.needs(0) { try pass.send(try -(h.matmul(node.saved(1).mT)), from: node, to: 0) }
    if node.needs(1) { try pass.send(h, from: node, to: 1) }
  }
}

extension Tensor {
  /// X of A X = B (A = self), or of X A = B; B a vector, [..., n] for matrices [..., n, n], or matrices; batches broadcast.
  /// - Throws: `.invalidArgument` for a singular matrix.
  public func solve(_ b: Tensor, left: Bool = true) throws(ThalwegError) -> Tensor {
    try checkMatrices(square: true, in: "linalg.solve")
    let isVector = b.rank == 1 || (b.rank == rank - 1 && b.shape == Dims(shape.dropLast()))
    if isVector { return try solve(b.unsqueeze(-1)).squeeze([-1]) }
    if !left {
      try b.checkMatrices(in: "linalg.solve")
      return try mT.solve(b.mT).mT
    }
    try b.checkMatrices(in: "linalg.solve")
    guard b.rows == rows else {
      throw ThalwegError(
        .shape, "linalg.solve: \(shape) with a right side of \(b.shape); the numbers of rows must be equal")
    }
    let (x, y) = try Tensor.broadcastBatches(self, b, in: "linalg.solve")
    return try Solve.apply(x, y)
  }

  /// The inverse of square matrices.
  public func inverse() throws(ThalwegError) -> Tensor {
    try checkMatrices(square: true, in: "linalg.inv")
    return try Solve.apply(self, Tensor.eye(rows, rows, dtype: dtype).expand(shape))
  }
}
