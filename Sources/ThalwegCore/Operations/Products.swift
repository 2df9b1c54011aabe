/// Products of vectors and matrices by their PyTorch names: `MatMul` for given ranks, alone or added to something.
extension Tensor {
  /// Matrix times matrix: [m, k] x [k, n] = [m, n].
  public func mm(_ other: Tensor) throws(ThalwegError) -> Tensor { try product(other, 2, 2, in: "mm") }

  /// As many matrix products as the first dimension says: [b, m, k] x [b, k, n] = [b, m, n].
  public func bmm(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try checkRanks(other, 3, 3, in: "bmm")
    guard shape[0] == other.shape[0] else {
      throw ThalwegError(
        .shape, "bmm: \(shape) x \(other.shape); the first sizes, the numbers of matrices, must be equal")
    }
    return try matmul(other)
  }

  /// Matrix times vector: [m, k] x [k] = [m].
  public func mv(_ vector: Tensor) throws(ThalwegError) -> Tensor { try product(vector, 2, 1, in: "mv") }

  /// The sum of the products of two vectors' elements.
  public func dot(_ other: Tensor) throws(ThalwegError) -> Tensor { try product(other, 1, 1, in: "dot") }

  /// All products of an element of one vector with one of another: [m] x [n] = [m, n].
  public func outer(_ other: Tensor) throws(ThalwegError) -> Tensor {
    try checkRanks(other, 1, 1, in: "outer")
    return try unsqueeze(1) * other
  }

  /// The dot products of the last dimensions: [..., k] x [*, k] = [..., *]; with a scalar the product.
  public func inner(_ other: Tensor) throws(ThalwegError) -> Tensor {
    rank == 0 || other.rank == 0 ? try self * other : try tensordot(other, [-1], [-1])
  }

  /// The Kronecker product: blocks of `other`, one for each element of this tensor, times it.
  public func kron(_ other: Tensor) throws(ThalwegError) -> Tensor {
    let count = Swift.max(rank, other.rank)
    let left = Array(repeating: 1, count: count - rank) + Array(shape)
    let right = Array(repeating: 1, count: count - other.rank) + Array(other.shape)
    // Dimensions alternate, [a1, 1, a2, 1] and [1, b1, 1, b2], where there is room for them; the last pair first.
    var (x, y) = (try reshape(Dims(left)), try other.reshape(Dims(right)))
    if 2 * count <= Dims.maxRank {
      x = try x.reshape(Dims(left.flatMap { [$0, 1] }))
      y = try y.reshape(Dims(right.flatMap { [1, $0] }))
    } else {
      for i in 0..<count {
        x = try x.repeatInterleave(right[i], i)
        y = try y.repeat(Dims((0..<count).map { $0 == i ? left[i] : 1 }))
      }
    }
    var result = Dims()
    for i in 0..<count {
      let (size, overflow) = left[i].multipliedReportingOverflow(by: right[i])
      result.append(overflow ? .max : size)
    }
    _ = try result.checkedElementCount(of: dtype, in: "kron")
    return try (x * y).reshape(result)
  }

  /// The sums of products over given dimensions of this tensor and, in the same order, of `other`; the result has the
  /// other dimensions of both.
  public func tensordot(
    _ other: Tensor, _ dims: Dims, _ otherDims: Dims
  ) throws(ThalwegError) -> Tensor {
    let own = try Dims.resolve(dims, rank: rank, in: "tensordot")
    let others = try Dims.resolve(otherDims, rank: other.rank, in: "tensordot")
    guard own.count == others.count, own.count <= rank, others.count <= other.rank else {
      throw ThalwegError(
        .invalidArgument,
        "tensordot: dimensions \(dims) of shape \(shape) and \(otherDims) of \(other.shape); their numbers must be equal"
      )
    }
    // A size of 1 is broadcast, as if the other tensor were summed over that dimension first.
    var (x, y) = (self, other)
    for (i, j) in zip(own, others) where shape[i] != other.shape[j] {
      if shape[i] == 1 { y = try y.sum([j], keepDim: true).to(dtype) }
      if other.shape[j] == 1 { x = try x.sum([i], keepDim: true).to(dtype) }
      if x.shape[i] == y.shape[j] { continue }
      throw ThalwegError(
        .shape,
        "tensordot: dimension \(i) of \(shape) and \(j) of \(other.shape) are multiplied; their sizes must be equal or 1"
      )
    }
    let free = shape.indices.filter { !own.contains($0) }
    let otherFree = other.shape.indices.filter { !others.contains($0) }
    let (m, k) = (Dims(free.map { shape[$0] }).product, Dims(own.map { x.shape[$0] }).product)
    let n = Dims(otherFree.map { other.shape[$0] }).product
    let left = try x.permute(Dims(free + Array(own))).reshape([m, k])
    let right = try y.permute(Dims(Array(others) + otherFree)).reshape([k, n])
    return try left.mm(right).reshape(
      Dims(free.map { shape[$0] } + otherFree.map { other.shape[$0] }))
  }

  // MARK: - Added to something

  /// beta * self + alpha * (a b), self broadcast to the product [m, n]. For beta 0 self is not looked at.
  public func addmm(
    _ a: Tensor, _ b: Tensor, beta: Double = 1, alpha: Double = 1
  ) throws(ThalwegError) -> Tensor {
    try plus(a.product(b, 2, 2, in: "addmm"), beta, alpha, in: "addmm")
  }

  /// As `addmm` with a matrix and a vector.
  public func addmv(
    _ a: Tensor, _ b: Tensor, beta: Double = 1, alpha: Double = 1
  ) throws(ThalwegError) -> Tensor {
    try plus(a.product(b, 2, 1, in: "addmv"), beta, alpha, in: "addmv")
  }

  /// As `addmm` with the outer product of two vectors.
  public func addr(
    _ a: Tensor, _ b: Tensor, beta: Double = 1, alpha: Double = 1
  ) throws(ThalwegError) -> Tensor {
    try plus(a.outer(b), beta, alpha, in: "addr")
  }

  /// As `addmm` with batches of matrices.
  public func baddbmm(
    _ a: Tensor, _ b: Tensor, beta: Double = 1, alpha: Double = 1
  ) throws(ThalwegError) -> Tensor {
    try plus(a.bmm(b), beta, alpha, in: "baddbmm")
  }

  /// As `addmm` with the sum of the products of a batch of matrices.
  public func addbmm(
    _ a: Tensor, _ b: Tensor, beta: Double = 1, alpha: Double = 1
  ) throws(ThalwegError) -> Tensor {
    try a.checkRanks(b, 3, 3, in: "addbmm")
    guard a.shape[0] == b.shape[0], a.shape[2] == b.shape[1] else {
      throw ThalwegError(
        .shape, "addbmm: \(a.shape) x \(b.shape); [b, m, k] x [b, k, n] is needed")
    }
    // One product over the batches' and the inner dimensions together.
    let (count, m, k, n) = (a.shape[0], a.shape[1], a.shape[2], b.shape[2])
    let rows = try a.transpose(0, 1).reshape([m, count * k])
    return try plus(rows.mm(b.reshape([count * k, n])), beta, alpha, in: "addbmm")
  }

  private func plus(
    _ product: Tensor, _ beta: Double, _ alpha: Double, in function: StaticString
  ) throws(ThalwegError) -> Tensor {
    guard dtype == product.dtype else {
      throw ThalwegError(
        .dtype, "\(function): \(dtype) + a product of \(product.dtype); the dtypes must be equal")
    }
    let term = alpha == 1 ? product : try product * Tensor.factor(alpha, for: product)
    let summand = try expand(product.shape)
    if beta == 0 {
      // A NaN in self must not count, but its gradient is a zero.
      if !Node.records(self) { return term }
      let nowhere = try Tensor.scalar(0, dtype: .bool)
      return try term + Tensor.where(nowhere, summand, Tensor.scalar(0, dtype: dtype))
    }
    return try (beta == 1 ? summand : summand * Tensor.factor(beta, for: self)) + term
  }

  /// The number by which an operation scales a tensor: for integers its whole part, which wraps; for bools whether it is
  /// not 0 (as in PyTorch).
  static func factor(_ value: Double, for tensor: Tensor) throws(ThalwegError) -> Tensor {
    switch tensor.dtype {
    case .float32, .float64: return try number(value, beside: tensor)
    case .bool: return try scalar(value == 0 ? 0 : 1, dtype: .bool)
    case .uint8: return try scalar(Double(UInt8(truncatingIfNeeded: Int(saturating: value))), dtype: .uint8)
    case .int64, .int32: return try scalar(value.rounded(.towardZero), dtype: tensor.dtype)
    }
  }

  private func product(
    _ other: Tensor, _ rank: Int, _ otherRank: Int, in function: StaticString
  ) throws(ThalwegError) -> Tensor {
    try checkRanks(other, rank, otherRank, in: function)
    return try matmul(other)
  }

  private func checkRanks(
    _ other: Tensor, _ first: Int, _ second: Int, in function: StaticString
  ) throws(ThalwegError) {
    guard rank == first, other.rank == second else {
      throw ThalwegError(
        .shape,
        "\(function): \(shape) x \(other.shape); \(first) dimensions on the left and \(second) on the right are needed"
      )
    }
  }
}
