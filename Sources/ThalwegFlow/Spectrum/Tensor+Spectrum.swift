import Glibc
public import ThalwegCore

extension Tensor {
  /// The largest singular value of a matrix: the most by which it can lengthen a vector.
  /// - Throws: `.shape` unless of rank 2, `.dtype` unless float.
  public func spectralNorm() throws(ThalwegError) -> Double {
    try checkMatrix("spectral_norm")
    if numel == 0 { return 0 }
    let matrix = try DenseMatrix(self)
    if matrix.rows < matrix.columns {
      return try SingularValues(Transposed(map: matrix), .max, settles: true).largest
    }
    return try SingularValues(matrix, .max, settles: true).largest
  }

  /// The largest absolute value of a square matrix's eigenvalues: what its powers grow or shrink by in the long run.
  ///
  /// By Gelfand's formula, the limit of ||A^k||^(1/k), with k doubled until it stays the same. Rounding moves it as it moves
  /// the eigenvalues themselves, which is much where a matrix is far from normal.
  /// - Throws: `.shape` unless square, `.dtype` unless float.
  public func spectralRadius() throws(ThalwegError) -> Double {
    try checkMatrix("spectral_radius")
    guard shape[0] == shape[1] else {
      throw ThalwegError(
        .shape, "spectral_radius: the matrix has shape \(shape); only a square one has eigenvalues")
    }
    if numel == 0 { return 0 }
    return try noGrad { () throws(ThalwegError) in
      var power = try to(.float64)
      var size = try Magnitude(of: power).norm
      guard size > 0, size.isFinite else { return size }
      var (logarithm, k, estimate) = (0.0, 1.0, 0.0)  // logarithm of ||A^k||
      for doubling in 0..<60 {
        power = try power * Tensor.scalar(1 / size, dtype: .float64)
        logarithm += Glibc.log(size)
        let next = Glibc.exp(logarithm / k)
        if doubling > 30, (next - estimate).magnitude <= 1e-15 * next { return next }
        estimate = next
        power = try power.matmul(power)
        size = try Magnitude(of: power).norm
        if size == 0 { return 0 }  // a power of the matrix is 0
        (logarithm, k) = (2 * logarithm, 2 * k)
      }
      return estimate
    }
  }

  private func checkMatrix(_ function: StaticString) throws(ThalwegError) {
    guard dtype.isFloat else {
      throw ThalwegError(.dtype, "\(function): the matrix is \(dtype); it must be float32 or float64")
    }
    guard rank == 2 else {
      throw ThalwegError(.shape, "\(function): the tensor has shape \(shape); a matrix is needed")
    }
  }
}
