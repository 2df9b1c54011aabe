/// L and U of square matrices without pivoting, in one matrix: U on and above the diagonal, L, whose diagonal is 1, below.
/// Derivative: L⁻ᵀ (tril(Lᵀ ḡL, -1) + triu(ḡU Uᵀ)) U⁻ᵀ, ḡL and ḡU the triangles of g.
package enum PackedLU: Operation {
  package static let name: StaticString = "lu"

  /// - Parameter factors: the result, known already.
  package static func apply(_ a: Tensor, _ factors: Tensor) throws(ThalwegError) -> Tensor {
    let y = factors.detach()
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
    let lu = try node.saved(0)
    let eye = try Tensor.eye(lu.rows, lu.rows, dtype: lu.dtype)
    let l = try lu.tril(-1) + eye
    let inner =
      try l.mT.matmul(gradient.tril(-1)).tril(-1) + gradient.triu().matmul(lu.triu().mT).triu()
    let half = try l.mT.solveTriangular(inner, upper: true, unitriangular: true)
    try pass.send(try lu.mT.solveTriangular(half, upper: false, left: false), from: node, to: 0)
  }
}

/// The factors of P L U = A with partial pivoting.
struct PivotedLU {
  /// L below the diagonal and U on and above it, [..., m, n].
  let packed: Tensor
  /// Row i of L U is row order[i] of A: int64, [..., m].
  let order: Tensor
  /// The row that went up in each step, from 1: int32, [..., min(m, n)].
  let pivots: Tensor
  /// The determinants of P, float64.
  let signs: Tensor

  /// A wide matrix is factored by its left square, a tall one by its upper one; the rest follows with derivatives.
  init(_ a: Tensor, in function: StaticString) throws(ThalwegError) {
    try a.checkMatrices(in: function)
    let (m, n, k) = (a.rows, a.columns, min(a.rows, a.columns))
    let found = try Recording.tensors { () throws(ThalwegError) in try PivotedLU.factors(a, function) }
    let value = found[0]
    (order, pivots, signs) = (found[1], found[2], found[3])
    guard Node.records(a) else {
      packed = value
      return
    }
    // The matrix with its rows in the order in which they were chosen, then the square that is factored.
    let ordered = try a.gather(-2, order.unsqueeze(-1).expand(a.shape).contiguous())
    let square = try ordered.slice(-2, 0, k).slice(-1, 0, k)
    let corner = try PackedLU.apply(square, value.slice(-2, 0, k).slice(-1, 0, k).contiguous())
    if m == n {
      packed = corner
    } else if m < n {
      let right = try corner.solveTriangular(
        ordered.slice(-1, k, n), upper: false, unitriangular: true)
      packed = try .cat([corner, right], dim: -1)
    } else {
      let lower = try corner.solveTriangular(ordered.slice(-2, k, m), upper: true, left: false)
      packed = try .cat([corner, lower], dim: -2)
    }
  }

  /// Both factors in one, order, pivots and signs, without derivatives.
  private static func factors(_ a: Tensor, _ function: StaticString) throws(ThalwegError) -> [Tensor] {
    let (m, n, k) = (a.rows, a.columns, min(a.rows, a.columns))
    let factors = try a.doubles()
    let count = a.batchShape.product
    let order = try Tensor.make(Dims(Array(a.batchShape) + [m]), .int64, for: function)
    let pivots = try Tensor.make(Dims(Array(a.batchShape) + [k]), .int32, for: function)
    let signs = try Tensor.make(a.batchShape, .float64, for: function)
    let (f, sign) = (factors.numbers, signs.numbers)
    let row = order.data.assumingMemoryBound(to: Int64.self)
    let pivot = pivots.data.assumingMemoryBound(to: Int32.self)
    let lapack = LAPACK.suited(m, n, from: 64)
    _ = try Dense.each(count, size: lapack == nil ? 0 : m &* n, for: function) { i, work in
      let (a, row, pivot) = (f + i &* m &* n, row + i &* m, pivot + i &* k)
      sign[i] =
        if let lapack { lapack.factor(a, m, n, row, pivot, work) } else { Dense.factor(a, m, n, row, pivot) }
      for j in 0..<k { pivot[j] &+= 1 }
      return true
    }
    return [try factors.to(a.dtype), order, pivots, signs]
  }

  /// L [..., m, k] and U [..., k, n].
  var triangles: (l: Tensor, u: Tensor) {
    get throws(ThalwegError) {
      let k = min(packed.rows, packed.columns)
      let l = try packed.slice(-1, 0, k).tril(-1) + Tensor.eye(packed.rows, k, dtype: packed.dtype)
      return (l, try packed.slice(-2, 0, k).triu())
    }
  }

  /// P [..., m, m]: ones in column i at row order[i].
  var permutation: Tensor {
    get throws(ThalwegError) {
      let m = packed.rows
      return try order.unsqueeze(-2).equal(Tensor.arange(0, Double(m)).reshape([m, 1])).to(packed.dtype)
    }
  }
}

extension Tensor {
  /// P, L and U with P L U = A: Gaussian elimination with partial pivoting.
  public func lu() throws(ThalwegError) -> (p: Tensor, l: Tensor, u: Tensor) {
    let factors = try PivotedLU(self, in: "linalg.lu")
    let (l, u) = try factors.triangles
    return (try factors.permutation, l, u)
  }

  /// L and U in one matrix, and the rows that were exchanged in each step, from 1, int32 (LAPACK's form).
  public func luFactor() throws(ThalwegError) -> (factors: Tensor, pivots: Tensor) {
    let factors = try PivotedLU(self, in: "linalg.lu_factor")
    return (factors.packed, factors.pivots)
  }

  /// X of A X = B (B the argument), or of X A = B, from what `luFactor` of A returned (this, and `pivots`); `adjoint`: of
  /// the transposed A.
  public func luSolve(
    _ pivots: Tensor, _ b: Tensor, left: Bool = true, adjoint: Bool = false
  ) throws(ThalwegError) -> Tensor {
    try checkMatrices(square: true, in: "linalg.lu_solve")
    try b.checkMatrices(in: "linalg.lu_solve")
    if !left { return try luSolve(pivots, b.mT, adjoint: !adjoint).mT }
    guard b.rows == rows else {
      throw ThalwegError(
        .shape, "linalg.lu_solve: \(shape) with a right side of \(b.shape); their sizes do not fit")
    }
    let p = try luPermutation(pivots)
    if adjoint {
      let inner = try mT.solveTriangular(b, upper: false)
      return try p.matmul(mT.solveTriangular(inner, upper: true, unitriangular: true))
    }
    let inner = try solveTriangular(p.mT.matmul(b), upper: false, unitriangular: true)
    return try solveTriangular(inner, upper: true)
  }

  /// P [..., m, m] of exchanges as `luFactor` returns them; self [..., m, n] is what it returned beside them.
  public func luPermutation(_ pivots: Tensor) throws(ThalwegError) -> Tensor {
    try checkMatrices(in: "lu_unpack")
    let (m, k) = (rows, min(rows, columns))
    guard pivots.shape == Dims(Array(batchShape) + [k]), !pivots.dtype.isFloat, pivots.dtype != .bool else {
      throw ThalwegError(
        .shape, "lu_unpack: pivots of \(pivots.dtype) and shape \(pivots.shape) for factors of \(shape)")
    }
    return try Recording.tensor { () throws(ThalwegError) in
      let list = try pivots.to(.int64).contiguous()
      let pivot = list.data.assumingMemoryBound(to: Int64.self)
      let result = try Tensor.zeros(self.batch(m, m), dtype: .float64)
      let p = result.numbers
      for i in 0..<self.batchShape.product {
        var order = Array(0..<m)
        for j in 0..<k {
          let other = pivot[i &* k &+ j] &- 1
          guard other >= 0, other < Int64(m) else {
            throw ThalwegError(
              .invalidArgument, "lu_unpack: pivot \(pivot[i &* k &+ j]) is out of range; 1 to \(m) exist")
          }
          order.swapAt(j, Int(other))
        }
        for j in 0..<m { p[(i &* m &+ order[j]) &* m &+ j] = 1 }
      }
      withExtendedLifetime(list) {}
      return try result.to(self.dtype)
    }
  }
}
