public import CThalweg
import ThalwegCore

// MARK: - Linear algebra

/// The inverse of square matrices; an error for singular ones.
///
/// Threads: any. `out`: new reference.
@c(tw_linalg_inv)
public func tw_linalg_inv(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").inverse()
  }
}

/// X of A X = B or, with `left` 0, of X A = B; B is a vector or matrices for each of the square matrices A. An error for
/// singular ones.
///
/// Threads: any. `out`: new reference.
@c(tw_linalg_solve)
public func tw_linalg_solve(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ left: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").solve(asTensor(b, "b"), left: left != 0)
  }
}

/// X of T X = B or, with `left` 0, of X T = B, T the lower or, with `upper` 1, upper triangle of a; with `unitriangular`
/// 1 its diagonal counts as 1.
///
/// Threads: any. `out`: new reference.
@c(tw_linalg_solve_triangular)
public func tw_linalg_solve_triangular(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ upper: Int32,
  _ left: Int32,
  _ unitriangular: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").solveTriangular(
      asTensor(b, "b"), upper: upper != 0, left: left != 0, unitriangular: unitriangular != 0)
  }
}

/// L, lower triangular, with L times its transpose = A, positive definite, of which the lower triangle is read; with
/// `upper` 1 all is transposed.
///
/// Threads: any. `out`: new reference.
@c(tw_linalg_cholesky)
public func tw_linalg_cholesky(
  _ a: tw_tensor_t?,
  _ upper: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").cholesky(upper: upper != 0)
  }
}

/// X of A X = B (B = a), from Cholesky's factor of A, lower or, with `upper` 1, upper triangular.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_cholesky_solve)
public func tw_tensor_cholesky_solve(
  _ a: tw_tensor_t?,
  _ factor: tw_tensor_t?,
  _ upper: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").choleskySolve(asTensor(factor, "factor"), upper: upper != 0)
  }
}

/// The inverse of the matrices whose Cholesky factors are given.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_cholesky_inverse)
public func tw_tensor_cholesky_inverse(
  _ a: tw_tensor_t?,
  _ upper: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").choleskyInverse(upper: upper != 0)
  }
}

/// Q with orthonormal columns and R, upper triangular, with Q R = A. `qr_mode` is one of TW_QR_*: with k the smaller of m
/// and n, REDUCED gives [m, k] and [k, n], COMPLETE [m, m] and [m, n], without a derivative for tall matrices, R only the
/// latter without a derivative.
///
/// Threads: any. `q`, `r`: new references.
@c(tw_linalg_qr)
public func tw_linalg_qr(
  _ a: tw_tensor_t?,
  _ qr_mode: Int32,
  _ q: UnsafeMutablePointer<tw_tensor_t?>?,
  _ r: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(q, "q", r, "r") { () throws(ThalwegError) in
    let result = try asTensor(a, "a").qr(asQRMode(qr_mode))
    return (result.q, result.r)
  }
}

/// P, L and U with P L U = A: Gaussian elimination with partial pivoting.
///
/// Threads: any. `p`, `l`, `u`: new references.
@c(tw_linalg_lu)
public func tw_linalg_lu(
  _ a: tw_tensor_t?,
  _ p: UnsafeMutablePointer<tw_tensor_t?>?,
  _ l: UnsafeMutablePointer<tw_tensor_t?>?,
  _ u: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeThree(p, "p", l, "l", u, "u") { () throws(ThalwegError) in
    try asTensor(a, "a").lu()
  }
}

/// L, without its diagonal of ones, and U in one matrix, and the rows that were exchanged in each step, from 1, int32.
///
/// Threads: any. `factors`, `pivots`: new references.
@c(tw_linalg_lu_factor)
public func tw_linalg_lu_factor(
  _ a: tw_tensor_t?,
  _ factors: UnsafeMutablePointer<tw_tensor_t?>?,
  _ pivots: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(factors, "factors", pivots, "pivots") { () throws(ThalwegError) in
    let result = try asTensor(a, "a").luFactor()
    return (result.factors, result.pivots)
  }
}

/// X of A X = B or, with `left` 0, X A = B, from what tw_linalg_lu_factor gave of A; with `adjoint` 1 of the transposed
/// A.
///
/// Threads: any. `out`: new reference.
@c(tw_linalg_lu_solve)
public func tw_linalg_lu_solve(
  _ factors: tw_tensor_t?,
  _ pivots: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ left: Int32,
  _ adjoint: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(factors, "factors").luSolve(
      asTensor(pivots, "pivots"), asTensor(b, "b"), left: left != 0, adjoint: adjoint != 0)
  }
}

/// P [m, m] of what tw_linalg_lu_factor gave.
///
/// Threads: any. `out`: new reference.
@c(tw_linalg_lu_permutation)
public func tw_linalg_lu_permutation(
  _ factors: tw_tensor_t?,
  _ pivots: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(factors, "factors").luPermutation(asTensor(pivots, "pivots"))
  }
}

/// Determinants.
///
/// Threads: any. `out`: new reference.
@c(tw_linalg_det)
public func tw_linalg_det(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").determinant()
  }
}

/// The signs of determinants and the logarithms of their magnitudes.
///
/// Threads: any. `sign`, `logabsdet`: new references.
@c(tw_linalg_slogdet)
public func tw_linalg_slogdet(
  _ a: tw_tensor_t?,
  _ sign: UnsafeMutablePointer<tw_tensor_t?>?,
  _ logabsdet: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(sign, "sign", logabsdet, "logabsdet") { () throws(ThalwegError) in
    let result = try asTensor(a, "a").signLogDeterminant()
    return (result.sign, result.logarithm)
  }
}

/// The logarithms of determinants; NaN for negative ones.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_logdet)
public func tw_tensor_logdet(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").logDeterminant()
  }
}

/// The eigenvalues, ascending, and eigenvectors, as columns, of symmetric matrices, of which the lower or, with `upper`
/// 1, the upper triangle is read.
///
/// Threads: any. `eigenvalues`, `eigenvectors`: new references.
@c(tw_linalg_eigh)
public func tw_linalg_eigh(
  _ a: tw_tensor_t?,
  _ upper: Int32,
  _ eigenvalues: UnsafeMutablePointer<tw_tensor_t?>?,
  _ eigenvectors: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(eigenvalues, "eigenvalues", eigenvectors, "eigenvectors") { () throws(ThalwegError) in
    let result = try asTensor(a, "a").eigh(upper: upper != 0)
    return (result.values, result.vectors)
  }
}

/// The singular value decomposition A = U diag(S) Vh: U [m, k], S [k], descending, and Vh [k, n], k the smaller of m and
/// n; with `full_matrices` 1 square U and Vh.
///
/// Threads: any. `u`, `s`, `vh`: new references.
@c(tw_linalg_svd)
public func tw_linalg_svd(
  _ a: tw_tensor_t?,
  _ full_matrices: Int32,
  _ u: UnsafeMutablePointer<tw_tensor_t?>?,
  _ s: UnsafeMutablePointer<tw_tensor_t?>?,
  _ vh: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeThree(u, "u", s, "s", vh, "vh") { () throws(ThalwegError) in
    try asTensor(a, "a").svd(full: full_matrices != 0)
  }
}

/// The singular values, descending.
///
/// Threads: any. `out`: new reference.
@c(tw_linalg_svdvals)
public func tw_linalg_svdvals(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").singularValues()
  }
}

/// The Moore-Penrose inverse: singular values up to the larger of `atol` and `rtol` times the largest count as 0. NULL:
/// 0, and the larger size times the dtype's epsilon (0 where atol is above 0).
///
/// Threads: any. `out`: new reference.
@c(tw_linalg_pinv)
public func tw_linalg_pinv(
  _ a: tw_tensor_t?,
  _ atol: tw_tensor_t?,
  _ rtol: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").pseudoInverse(
      atol: asOptionalTensor(atol, "atol"), rtol: asOptionalTensor(rtol, "rtol"))
  }
}

/// The number of singular values (with `hermitian` 1 of eigenvalues) that do not count as 0, see tw_linalg_pinv; int64.
///
/// Threads: any. `out`: new reference.
@c(tw_linalg_matrix_rank)
public func tw_linalg_matrix_rank(
  _ a: tw_tensor_t?,
  _ atol: tw_tensor_t?,
  _ rtol: tw_tensor_t?,
  _ hermitian: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").matrixRank(
      atol: asOptionalTensor(atol, "atol"), rtol: asOptionalTensor(rtol, "rtol"), hermitian: hermitian != 0)
  }
}

/// The X of smallest norm that makes the norm of A X - B smallest.
///
/// Threads: any. `out`: new reference.
@c(tw_linalg_lstsq)
public func tw_linalg_lstsq(
  _ a: tw_tensor_t?,
  _ b: tw_tensor_t?,
  _ rtol: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").leastSquares(asTensor(b, "b"), rtol: asOptionalTensor(rtol, "rtol"))
  }
}

/// A^n by repeated squaring; for negative n of the inverse.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_matrix_power)
public func tw_tensor_matrix_power(
  _ a: tw_tensor_t?,
  _ n: Int64,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").matrixPower(Int(n))
  }
}

/// e^A.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_matrix_exp)
public func tw_tensor_matrix_exp(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").matrixExp()
  }
}

/// The product of matrices, in the order of multiplications that costs least; the first may be a row and the last a
/// column, as vectors.
///
/// Threads: any. `out`: new reference.
@c(tw_linalg_multi_dot)
public func tw_linalg_multi_dot(
  _ tensors: UnsafePointer<tw_tensor_t?>?,
  _ count: UInt,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.multiDot(asTensors(tensors, count, "tensors"))
  }
}

/// The sums of singular values.
///
/// Threads: any. `out`: new reference.
@c(tw_linalg_nuclear_norm)
public func tw_linalg_nuclear_norm(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").nuclearNorm()
  }
}

/// The largest or, with `smallest` 1, smallest singular values.
///
/// Threads: any. `out`: new reference.
@c(tw_linalg_spectral_norm)
public func tw_linalg_spectral_norm(
  _ a: tw_tensor_t?,
  _ smallest: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").spectralNorm(smallest: smallest != 0)
  }
}

/// The quotients of the largest and the smallest singular value.
///
/// Threads: any. `out`: new reference.
@c(tw_linalg_cond)
public func tw_linalg_cond(
  _ a: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(a, "a").conditionNumber()
  }
}

/// One of TW_QR_*.
private func asQRMode(_ value: Int32, _ function: StaticString = #function) throws(ThalwegError) -> QRMode {
  guard let mode = QRMode(rawValue: value) else {
    throw ThalwegError(
      .invalidArgument,
      "\(bareName(function)): there is no TW_QR mode \(value); REDUCED (0), COMPLETE (1), R (2) exist")
  }
  return mode
}
