@testable import ThalwegCore

extension OperationCase {
  static let linearAlgebra: [OperationCase] = [
    OperationCase("solve", [try spread([2, 3, 3]), try spread([3, 2], salt: 1)]) { x throws(ThalwegError) in
      try x[0].solve(x[1])
    },
    OperationCase(
      "solve from the right, a vector",
      [try spread([3, 3]), try spread([3], salt: 1), try spread([2, 3], salt: 2)]
    ) { x throws(ThalwegError) in
      try x[0].solve(x[2], left: false) * x[0].solve(x[1])
    },
    OperationCase("inv", [try spread([2, 3, 3])]) { x throws(ThalwegError) in
      try x[0].inverse()
    },
    OperationCase("solve_triangular", [try spread([2, 3, 3], 0.5, 2), try spread([2, 3, 2], salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].solveTriangular(x[1], upper: true)
    },
    OperationCase(
      "solve_triangular, lower, units, right", [try spread([3, 3]), try spread([2, 3], salt: 1)]
    ) { x throws(ThalwegError) in
      try x[0].solveTriangular(x[1], upper: false, left: false, unitriangular: true)
    },
    OperationCase("cholesky", [try spread([2, 3, 3])]) { x throws(ThalwegError) in
      try positive(x[0]).cholesky()
    },
    OperationCase("cholesky_solve", [try spread([3, 3], 0.5, 2), try spread([3, 2], salt: 1)]) {
      x throws(ThalwegError) in
      try x[1].choleskySolve(x[0].tril())
    },
    OperationCase("qr, tall", [try spread([2, 4, 3])]) { x throws(ThalwegError) in
      let (q, r) = try x[0].qr()
      return try q.matmul(r * r) + q
    },
    OperationCase("qr, wide", [try spread([2, 4])]) { x throws(ThalwegError) in
      let (q, r) = try x[0].qr()
      return try q.matmul(r * r)
    },
    OperationCase("lu, square", [try spread([2, 3, 3])]) { x throws(ThalwegError) in
      let (_, l, u) = try x[0].lu()
      return try (l * l).matmul(u * u)
    },
    OperationCase("lu, wide and tall", [try spread([2, 4])]) { x throws(ThalwegError) in
      let (_, l, u) = try x[0].lu()
      let (_, m, v) = try x[0].mT.lu()
      return try (l * l).matmul(u * u) + (m * m).matmul(v * v).mT
    },
    OperationCase("lu_solve", [try spread([3, 3]), try spread([3, 2], salt: 1)]) { x throws(ThalwegError) in
      let (factors, pivots) = try x[0].luFactor()
      return try factors.luSolve(pivots, x[1]) + factors.luSolve(pivots, x[1], adjoint: true)
    },
    OperationCase("det", [try spread([2, 3, 3])]) { x throws(ThalwegError) in
      try x[0].determinant()
    },
    OperationCase("slogdet", [try spread([2, 3, 3])]) { x throws(ThalwegError) in
      try x[0].signLogDeterminant().logarithm
    },
    OperationCase("logdet", [try spread([3, 3])]) { x throws(ThalwegError) in
      try positive(x[0]).logDeterminant()
    },
    OperationCase("eigh", [try spread([2, 3, 3])]) { x throws(ThalwegError) in
      let (values, vectors) = try x[0].plusTransposed().eigh()
      return try (vectors * values.exp().unsqueeze(-2)).matmul((vectors * vectors).mT)
    },
    OperationCase("svd, tall", [try spread([2, 4, 3])]) { x throws(ThalwegError) in
      let (u, s, v) = try x[0].svd(full: false)
      return try (u * u).matmul(s.exp().unsqueeze(-1) * (v * v))
    },
    OperationCase("svd, wide", [try spread([2, 3])]) { x throws(ThalwegError) in
      let (u, s, v) = try x[0].svd()
      return try (u * u).matmul(s.unsqueeze(-1) * (v.slice(0, 0, 2) * v.slice(0, 0, 2)))
    },
    OperationCase("pinv", [try spread([4, 2])]) { x throws(ThalwegError) in
      try x[0].pseudoInverse()
    },
    OperationCase("pinv, wide", [try spread([2, 4])]) { x throws(ThalwegError) in
      try x[0].pseudoInverse()
    },
    OperationCase("lstsq", [try spread([4, 2]), try spread([4, 2], salt: 1)]) { x throws(ThalwegError) in
      try x[0].leastSquares(x[1])
    },
    OperationCase("matrix_power", [try spread([3, 3])]) { x throws(ThalwegError) in
      try x[0].matrixPower(3) + x[0].matrixPower(-2)
    },
    OperationCase("matrix_exp", [try spread([2, 3, 3])]) { x throws(ThalwegError) in
      try x[0].matrixExp()
    },
    OperationCase("multi_dot", [try spread([2]), try spread([2, 3], salt: 1), try spread([3, 2], salt: 2)]) {
      x throws(ThalwegError) in
      try Tensor.multiDot(x)
    },
    OperationCase("norms of matrices", [try spread([3, 2])]) { x throws(ThalwegError) in
      try x[0].nuclearNorm() + x[0].spectralNorm() * x[0].spectralNorm(smallest: true)
        + x[0].conditionNumber()
    },
    OperationCase("fft", [try spread([3, 2]), try spread([7, 2], salt: 1)]) { x throws(ThalwegError) in
      try x[0].fft(4, norm: .ortho).sum() * x[1].fft(inverse: true)
    },
    OperationCase("rfft", [try spread([2, 5])]) { x throws(ThalwegError) in
      let y = try x[0].rfft()
      return try y * y
    },
    OperationCase("irfft", [try spread([4, 2])]) { x throws(ThalwegError) in
      try x[0].irfft(norm: .forward) * 2 + x[0].irfft(6)
    },
  ]

  /// A positive definite matrix.
  private static func positive(_ x: Tensor) throws(ThalwegError) -> Tensor {
    try x.matmul(x.mT) + Tensor.eye(x.rows, x.rows, dtype: x.dtype)
  }
}
