/// solve_triangular(T, B) = T⁻¹ B, T the upper or lower triangle of [..., n, n], B [..., n, k] of the same batch.
/// Derivative: as `Solve`, within the triangle.
package enum SolveTriangular: Operation {
  package static let name: StaticString = "solve_triangular"

  package static func apply(
    _ a: Tensor, _ b: Tensor, upper: Bool, unit: Bool
  ) throws(ThalwegError) -> Tensor {
    let (n, k) = (a.rows, b.columns)
    let y = try Recording.tensor { () throws(ThalwegError) in
      let (factors, x) = (try a.doubles(), try b.doubles())
      let (f, v) = (factors.numbers, x.numbers)
      let lapack = LAPACK.suited(n, k, from: 64)
      _ = Dense.each(a.batchShape.product) { i in
        let (a, b) = (f + i &* n &* n, v + i &* n &* k)
        if let lapack {
          lapack.substitute(a, n, b, k, upper: upper, unit: unit)
        } else {
          Dense.substitute(a, n, b, k, upper: upper, unit: unit)
        }
        return true
      }
      withExtendedLifetime((factors, x)) {}
      return try x.to(a.dtype)
    }
    if Node.records(a, b) {
      let node = Node(Self.self, Attributes(index: unit ? 1 : 0, flag: upper))
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
    let (upper, unit) = (node.attributes.flag, node.attributes.index == 1)
    let h = try apply(node.saved(0).mT, gradient, upper: !upper, unit: unit)
    if node.needs(0) {
      let full = try -(h.matmul(node.saved(1).mT))
      let share = try upper ? full.triu(unit ? 1 : 0) : full.tril(unit ? -1 : 0)
      try pass.send(share, from: node, to: 0)
    }
    if node.needs(1) { try pass.send(h, from: node, to: 1) }
  }
}

extension Tensor {
  /// X of T X = B, or with `left` false of X T = B, T the upper or lower triangle of this; `unitriangular`: its diagonal
  /// counts as 1. Batches broadcast. A zero on the diagonal gives infinities.
  public func solveTriangular(
    _ b: Tensor, upper: Bool, left: Bool = true, unitriangular: Bool = false
  ) throws(ThalwegError) -> Tensor {
    try checkMatrices(square: true, in: "linalg.solve_triangular")
    try b.checkMatrices(in: "linalg.solve_triangular")
    if !left {
      return try mT.solveTriangular(b.mT, upper: !upper, unitriangular: unitriangular).mT
    }
    guard b.rows == rows else {
      throw ThalwegError(
        .shape,
        "linalg.solve_triangular: \(shape) with a right side of \(b.shape); their sizes do not fit")
    }
    let (x, y) = try Tensor.broadcastBatches(self, b, in: "linalg.solve_triangular")
    return try SolveTriangular.apply(x, y, upper: upper, unit: unitriangular)
  }
}
