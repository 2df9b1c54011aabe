/// pinv(A) = P [..., n, m], Moore and Penrose's inverse: from singular values, of which small ones count as 0.
/// Derivative: -Pᵀ g Pᵀ + (gᵀ - A P gᵀ) P Pᵀ + Pᵀ P (gᵀ - gᵀ P A), for changes that keep the rank. Golub and Pereyra 1973.
package enum PseudoInverse: Operation {
  package static let name: StaticString = "pinv"

  /// - Parameter inverse: P, known already.
  package static func apply(_ a: Tensor, _ inverse: Tensor) throws(ThalwegError) -> Tensor {
    let y = inverse.detach()
    if Node.records(a) {
      let node = Node(Self.self)
      try node.connect(a)
      node.save(a)
      node.save(y, isOutput: true)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let (a, p) = (try node.saved(0), try node.saved(1))
    let (pT, gT) = (try p.mT, try gradient.mT)
    let direct = try -(pT.matmul(gradient).matmul(pT))
    let left = try (gT - a.matmul(p.matmul(gT))).matmul(p.matmul(pT))
    let right = try pT.matmul(p).matmul(gT - gT.matmul(p).matmul(a))
    try pass.send(try direct + left + right, from: node, to: 0)
  }
}

extension Tensor {
  /// - Parameters:
  ///   - atol, rtol: singular values up to the larger of `atol` and `rtol` times the largest one count as 0; rtol nil: the
  ///     larger size times the dtype's epsilon, or 0 where atol is above 0. Scalars, or one a matrix.
  public func pseudoInverse(
    atol: Tensor? = nil, rtol: Tensor? = nil
  ) throws(ThalwegError) -> Tensor {
    try checkMatrices(in: "linalg.pinv")
    let inverse = try noGrad { () throws(ThalwegError) in
      let (m, n) = (rows, columns)
      if numel == 0 { return try Tensor.zeros(batch(n, m), dtype: dtype) }
      let (u, s, v) = try SingularValues.unpack(SingularValues.apply(detach()), m, n)
      let zero = try Tensor.scalar(0, dtype: s.dtype)
      let limit = try rankLimit(s, atol, rtol).unsqueeze(-1)
      let shares = try Tensor.where(s.greater(limit), 1 / s, zero)
      return try v.mT.matmul(shares.unsqueeze(-1) * u.mT)
    }
    return try PseudoInverse.apply(self, inverse)
  }

  /// The number of singular values, or with `hermitian` of eigenvalues' magnitudes, that are not small; see
  /// `pseudoInverse`. int64, no derivative.
  public func matrixRank(
    atol: Tensor? = nil, rtol: Tensor? = nil, hermitian: Bool = false
  ) throws(ThalwegError) -> Tensor {
    try checkMatrices(square: hermitian, in: "linalg.matrix_rank")
    return try noGrad { () throws(ThalwegError) in
      if numel == 0 { return try Tensor.zeros(batchShape, dtype: .int64) }
      let s = try hermitian ? detach().eigh().values.abs() : detach().singularValues()
      return try s.greater(rankLimit(s, atol, rtol).unsqueeze(-1)).sum([-1])
    }
  }

  /// Up to where the values `s` of this matrix count as 0.
  private func rankLimit(
    _ s: Tensor, _ atol: Tensor?, _ rtol: Tensor?
  ) throws(ThalwegError) -> Tensor {
    let epsilon = Double(Swift.max(rows, columns)) * (dtype == .float32 ? 0x1p-23 : 0x1p-52)
    let usual = try Tensor.scalar(epsilon, dtype: s.dtype)
    let largest = try s.amax([-1])
    guard let atol else {
      let share = if let rtol { try rtol.to(s.dtype) } else { usual }
      return try largest * share
    }
    let absolute = try atol.to(s.dtype)
    let zero = try Tensor.scalar(0, dtype: s.dtype)
    let relative =
      if let rtol { try rtol.to(s.dtype) } else { try Tensor.where(absolute.greater(zero), zero, usual) }
    return try absolute.maximum(largest * relative)
  }
}
