import Glibc
public import ThalwegCore

/// The largest and the smallest singular value of a matrix that is known by its products with vectors.
///
/// Golub and Kahan's bidiagonalisation (1965) with both bases kept orthogonal (Lanczos): each step costs a product with the
/// matrix and one with its transposed. After as many steps as the matrix's smaller side the values are exact but for
/// rounding, which is a few units of the largest one in float64, and 1e-7 of it where the products are float32. After fewer
/// the largest is a bound from below, good after some twenty, the smallest one from above.
public struct SingularValues: Equatable, Sendable {
  /// Infinite or NaN where a product is.
  public let largest: Double
  /// NaN where a product is not finite.
  public let smallest: Double
  /// Steps that were done; fewer than asked for where the rest of the matrix is 0 or alike.
  public let steps: Int

  /// Of the Jacobian of `outputs` with respect to `inputs`, both joined to one vector. They must have been recorded. For a
  /// state and the one before it is a recurrent net's one-step Jacobian, for states further apart the product of those
  /// between. A batch is one block-diagonal matrix.
  ///
  /// - Parameter steps: at most so many; nil for all.
  /// - Throws: `.invalidArgument` for steps below 1 or nothing to differentiate, `.dtype` unless float.
  public init(
    jacobianOf outputs: [Tensor], by inputs: [Tensor], steps: Int? = nil
  ) throws(ThalwegError) {
    let jacobian = try RecordedJacobian(outputs, inputs)
    guard jacobian.rows > 0, jacobian.columns > 0, (steps ?? 1) >= 1 else {
      throw ThalwegError(
        .invalidArgument,
        """
        jacobian_singular_values: \(jacobian.rows) outputs, \(jacobian.columns) inputs, \(steps ?? 1) steps; there must be \
        at least one of each
        """)
    }
    if jacobian.rows < jacobian.columns {
      try self.init(Transposed(map: jacobian), steps ?? .max, settles: false)
    } else {
      try self.init(jacobian, steps ?? .max, settles: false)
    }
  }

  /// - Parameters:
  ///   - map: with at least as many rows as columns.
  ///   - settles: stop when the largest does not change any more.
  init(_ map: some LinearMap, _ limit: Int, settles: Bool) throws(ThalwegError) {
    var bidiagonal = Bidiagonal()
    var (left, right): ([[Double]], [[Double]]) = ([], [])
    var v = Self.start(map.columns)
    var (largest, beta, settled) = (0.0, 0.0, 0.0)
    for step in 0..<min(limit, map.columns) {
      right.append(v)
      var u = try map.times(v)
      if let before = left.last { subtract(beta, before, from: &u) }
      orthogonalise(&u, left)
      let alpha = norm(u)
      bidiagonal.diagonal.append(alpha)
      guard alpha.isFinite else { break }
      largest = max(largest, alpha)
      if alpha <= largest * 1e-15 { break }  // what is left is mapped to 0
      scale(&u, 1 / alpha)
      left.append(u)
      v = try map.transposedTimes(u)
      subtract(alpha, right[step], from: &v)
      orthogonalise(&v, right)
      beta = norm(v)
      guard beta.isFinite else {
        bidiagonal.diagonal.append(beta)
        break
      }
      largest = max(largest, beta)
      if step + 1 == min(limit, map.columns) || beta <= largest * 1e-15 { break }
      if settles, step % 8 == 7 {
        let now = bidiagonal.extremes.largest
        if now - settled <= 1e-14 * now { break }
        settled = now
      }
      bidiagonal.above.append(beta)
      scale(&v, 1 / beta)
    }
    steps = left.count
    if let bad = bidiagonal.diagonal.first(where: { !$0.isFinite }) {
      (self.largest, smallest) = (bad, .nan)
    } else {
      (self.largest, smallest) = bidiagonal.extremes
    }
  }

  private static func start(_ count: Int) -> [Double] {
    // Any vector that is orthogonal to no singular vector; the same at every call.
    var v = (0..<count).map { i in 1 + 0.5 * Glibc.sin(Double(i * i % 1_000_003) + 1) }
    scale(&v, 1 / norm(v))
    return v
  }
}

private func norm(_ v: [Double]) -> Double {
  let largest = v.reduce(0) { max($0, $1.magnitude) }
  if v.contains(where: \.isNaN) { return .nan }
  if largest == 0 || !largest.isFinite { return largest }
  return v.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }.squareRoot() * largest
}

private func scale(_ v: inout [Double], _ factor: Double) {
  for i in v.indices { v[i] *= factor }
}

private func subtract(_ factor: Double, _ a: [Double], from b: inout [Double]) {
  for i in b.indices { b[i] -= factor * a[i] }
}

/// Takes from `v` what it has in the direction of each of `basis`, twice, as once leaves rounding behind.
private func orthogonalise(_ v: inout [Double], _ basis: [[Double]]) {
  for _ in 0..<2 {
    for direction in basis {
      var share = 0.0
      for i in v.indices { share += v[i] * direction[i] }
      subtract(share, direction, from: &v)
    }
  }
}
