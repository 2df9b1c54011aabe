// Tangents of decompositions of matrices and of what is solved with them: Giles 2008, "An extended collection of matrix
// derivative results"; Townsend 2016, "Differentiating the singular value decomposition"; Walter, Lehmann and Lamour 2012
// for QR. dA is the tangent of the matrix.

extension Solve {
  /// A⁻¹ (dB - dA X)
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    let (a, x) = (try node.saved(0), try node.saved(1))
    var right = tangents[1]
    if let tangent = tangents[0] { right = try add(right, -tangent.matmul(x)) }
    return if let right { try apply(a, right) } else { nil }
  }
}

extension SolveTriangular {
  /// T⁻¹ (dB - dT X), of dT what the triangle has.
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    let (upper, unit) = (node.attributes.flag, node.attributes.index == 1)
    let (a, x) = (try node.saved(0), try node.saved(1))
    var right = tangents[1]
    if let tangent = tangents[0] {
      let part = try upper ? tangent.triu(unit ? 1 : 0) : tangent.tril(unit ? -1 : 0)
      right = try add(right, -part.matmul(x))
    }
    return if let right { try apply(a, right, upper: upper, unit: unit) } else { nil }
  }
}

extension PackedLU {
  /// With M = L⁻¹ dA U⁻¹: dL = L tril(M, -1), dU = triu(M) U.
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    let lu = try node.saved(0)
    let left = try lu.solveTriangular(tangent, upper: false, unitriangular: true)
    let m = try lu.solveTriangular(left, upper: true, left: false)
    let below = try m.tril(-1)
    return try lu.tril(-1).matmul(below) + below + m.triu().matmul(lu.triu())
  }
}

extension Cholesky {
  /// L Φ(L⁻¹ dA L⁻ᵀ), Φ the lower triangle with half its diagonal, dA's symmetric part.
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    let l = try node.saved(0)
    let left = try l.solveTriangular(tangent.plusTransposed() * 0.5, upper: false)
    let m = try l.mT.solveTriangular(left, upper: true, left: false)
    return try l.matmul((m.tril() + m.tril(-1)) * 0.5)
  }
}

extension QR {
  /// With M = Qᵀ dA R⁻¹ and S = tril(M, -1) - tril(M, -1)ᵀ: dQ = dA R⁻¹ - Q (M - S), dR = (M - S) R.
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    let (q, r) = try unpack(node.saved(0), tangent.rows, tangent.columns)
    let quotient = try r.solveTriangular(tangent, upper: true, left: false)
    let m = try q.mT.matmul(quotient)
    let below = try m.tril(-1)
    let change = try m - below + below.mT
    return try pack(quotient - q.matmul(change), change.matmul(r))
  }
}

extension SymmetricEigen {
  /// With M = Vᵀ dA V, dA's symmetric part: dλ its diagonal, dV = V (M / E), E[i, j] = λ[j] - λ[i].
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    let n = tangent.rows
    let (l, v) = try unpack(node.saved(0), n)
    let m = try v.mT.matmul(tangent.plusTransposed() * 0.5).matmul(v)
    let turn = try v.matmul(m.quotient(l.unsqueeze(-2) - l.unsqueeze(-1)))
    return try .cat([turn.flattened(), m.diagonal(0, -2, -1)], dim: -1)
  }
}

extension SingularValues {
  /// With P = Uᵀ dA V and E[i, j] = S[j]² - S[i]²: dS P's diagonal, dU = U ((P S + S Pᵀ) / E) + (1 - U Uᵀ) dA V S⁻¹,
  /// dV = V ((S P + Pᵀ S) / E) + (1 - V Vᵀ) dAᵀ U S⁻¹.
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    let (m, n) = (node.attributes.dims[0], node.attributes.dims[1])
    let (u, s, v) = try unpack(node.saved(0), m, n)
    let (right, left) = (try tangent.matmul(v.mT), try tangent.mT.matmul(u))
    let p = try u.mT.matmul(right)
    let (row, column) = (try s.unsqueeze(-2), try s.unsqueeze(-1))
    let gaps = try row * row - column * column
    var du = try u.matmul((p * row + column * p.mT).quotient(gaps))
    var dv = try v.mT.matmul((column * p + p.mT * row).quotient(gaps))
    if m > n { du = try du + (right - u.matmul(p)).quotient(row) }
    if m < n { dv = try dv + (left - v.mT.matmul(p.mT)).quotient(row) }
    return try .cat([du.flattened(), p.diagonal(0, -2, -1), dv.mT.flattened()], dim: -1)
  }
}

extension PseudoInverse {
  /// -P dA P + P Pᵀ dAᵀ (1 - A P) + (1 - P A) dAᵀ Pᵀ P
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    let (a, p) = (try node.saved(0), try node.saved(1))
    let (left, right) = (try p.matmul(p.mT).matmul(tangent.mT), try tangent.mT.matmul(p.mT).matmul(p))
    let direct = try p.matmul(tangent).matmul(p)
    return try left - left.matmul(a).matmul(p) + (right - p.matmul(a.matmul(right))) - direct
  }
}

extension Tensor {
  /// The elements of each matrix in one line.
  fileprivate func flattened() throws(ThalwegError) -> Tensor { try reshape(batch(rows * columns)) }
}
