/// Functions of matrices made of products and decompositions; their derivatives are by way of these.
extension Tensor {
  /// A^n by repeated squaring; for negative n of the inverse.
  public func matrixPower(_ n: Int) throws(ThalwegError) -> Tensor {
    guard rank >= 2, rows == columns else {
      throw ThalwegError(.shape, "matrix_power: shape \(shape); square matrices are needed")
    }
    if n == 0 {
      // Its derivative is 0.
      let nowhere = try Tensor.scalar(0, dtype: .bool)
      return try Tensor.where(nowhere, self, Tensor.eye(rows, rows, dtype: dtype))
    }
    var square = n < 0 ? try inverse() : self
    var result: Tensor?
    var rest = n.magnitude
    while true {
      if rest & 1 == 1 { result = if let known = result { try known.matmul(square) } else { square } }
      rest >>= 1
      if rest == 0 { break }
      square = try square.matmul(square)
    }
    guard let result else { return self }
    return result === self ? try clone() : result
  }

  /// e^A: Taylor's series of A / 2^s, small enough for 18 terms, then s squarings, in float64. Higham 2008, "Functions of matrices",
  /// chapter 10.
  public func matrixExp() throws(ThalwegError) -> Tensor {
    try checkMatrices(square: true, in: "matrix_exp")
    if numel == 0 { return try clone() }
    if dtype == .float32 { return try to(.float64).matrixExp().to(.float32) }
    let size = try detach().abs().sum([-2]).amax().item()
    guard size < 0x1p60 else { return try self + .nan }
    let squarings = size > 0.5 ? Swift.max(0, (size * 2).exponent + 1) : 0
    let x = try self * (1 / Double(sign: .plus, exponent: squarings, significand: 1))
    let one = try Tensor.eye(rows, rows, dtype: dtype)
    // By Horner's rule: 1 + x (1 + x/2 (1 + x/3 ...)).
    var y = try one + x / 18
    for k in (1..<18).reversed() { y = try one + (x / Double(k)).matmul(y) }
    for _ in 0..<squarings { y = try y.matmul(y) }
    return y
  }

  /// The product of several matrices, in the order of multiplications that costs least; the first may be a row and the
  /// last a column, given as vectors.
  public static func multiDot(_ tensors: [Tensor]) throws(ThalwegError) -> Tensor {
    guard tensors.count >= 2, let first = tensors.first, let last = tensors.last else {
      throw ThalwegError(
        .invalidArgument, "linalg.multi_dot: \(tensors.count) tensors given; at least two are needed")
    }
    var matrices = tensors
    if first.rank == 1 { matrices[0] = try first.unsqueeze(0) }
    if last.rank == 1 { matrices[tensors.count - 1] = try last.unsqueeze(1) }
    for (i, matrix) in matrices.enumerated() {
      guard matrix.rank == 2, i == 0 || matrix.rows == matrices[i - 1].columns else {
        throw ThalwegError(
          .shape, "linalg.multi_dot: tensor \(i) has shape \(tensors[i].shape), which does not fit")
      }
    }
    // Cormen et al., "Introduction to algorithms", 14.2.
    let n = matrices.count
    let sizes = matrices.map { Double($0.rows) } + [Double(matrices[n - 1].columns)]
    var cost = Array(repeating: Array(repeating: 0.0, count: n), count: n)
    var cut = Array(repeating: Array(repeating: 0, count: n), count: n)
    for length in 1..<n {
      for i in 0..<(n - length) {
        let j = i + length
        cost[i][j] = .infinity
        for k in i..<j {
          let total = cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1]
          if total < cost[i][j] { (cost[i][j], cut[i][j]) = (total, k) }
        }
      }
    }
    func product(_ i: Int, _ j: Int) throws(ThalwegError) -> Tensor {
      i == j ? matrices[i] : try product(i, cut[i][j]).mm(product(cut[i][j] + 1, j))
    }
    var result = try product(0, n - 1)
    if last.rank == 1 { result = try result.squeeze([1]) }
    if first.rank == 1 { result = try result.squeeze([0]) }
    return result
  }

  /// The X of smallest norm that makes the norm of A X - B smallest: pinv(A) B.
  /// - Parameter rtol: as in `pseudoInverse`.
  public func leastSquares(_ b: Tensor, rtol: Tensor? = nil) throws(ThalwegError) -> Tensor {
    try checkMatrices(in: "linalg.lstsq")
    let isVector = b.rank == rank - 1 && b.shape == Dims(shape.dropLast())
    if isVector { return try leastSquares(b.unsqueeze(-1), rtol: rtol).squeeze([-1]) }
    try b.checkMatrices(in: "linalg.lstsq")
    guard b.rows == rows else {
      throw ThalwegError(
        .shape, "linalg.lstsq: \(shape) with a right side of \(b.shape); the numbers of rows must be equal")
    }
    return try pseudoInverse(rtol: rtol).matmul(b)
  }

  // MARK: - Norms of matrices

  /// The sum of the singular values.
  public func nuclearNorm() throws(ThalwegError) -> Tensor { try singularValues().sum([-1]) }

  /// The largest singular value, or the `smallest`: the norms of order 2 and -2.
  public func spectralNorm(smallest: Bool = false) throws(ThalwegError) -> Tensor {
    let s = try singularValues()
    return try smallest ? s.amin([-1]) : s.amax([-1])
  }

  /// The condition number: the quotient of the largest and the smallest singular value.
  public func conditionNumber() throws(ThalwegError) -> Tensor {
    let s = try singularValues()
    if numel == 0 { return try Tensor.zeros(batchShape, dtype: dtype) }
    return try s.select(-1, 0) / s.select(-1, -1)
  }
}
