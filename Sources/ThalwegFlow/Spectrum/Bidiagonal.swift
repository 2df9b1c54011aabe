/// The singular values of an upper bidiagonal matrix.
///
/// With zeros on the diagonal and a_1, b_1, a_2, b_2, ..., a_k beside it, a symmetric tridiagonal matrix of twice the size
/// has them and their negatives as eigenvalues (Golub & Kahan 1965), which are counted below any number by Sturm's
/// sequence, and so found by bisection (Demmel & Kahan 1990).
struct Bidiagonal {
  /// a_1, ..., a_k.
  var diagonal: [Double] = []
  /// b_1, ..., b_(k - 1), above it.
  var above: [Double] = []

  /// The largest and the smallest; 0 for an empty matrix.
  var extremes: (largest: Double, smallest: Double) {
    let bound = (diagonal + above).lazy.map(\.magnitude).max() ?? 0
    guard bound > 0, bound.isFinite, let squares = scaledSquares(bound) else { return (bound, bound) }
    // No singular value exceeds the sum of the largest elements of both diagonals, nor does a root below the least number.
    let k = diagonal.count
    return (root(squares, below: 2 * k) * bound, root(squares, below: k + 1) * bound)
  }

  private func scaledSquares(_ bound: Double) -> [Double]? {
    var result: [Double] = []
    for i in diagonal.indices {
      let a = diagonal[i] / bound
      result.append(a * a)
      if i < above.count {
        let b = above[i] / bound
        result.append(b * b)
      }
    }
    return result.allSatisfy(\.isFinite) ? result : nil
  }

  /// The smallest number from 0 to 2 that has `wanted` eigenvalues at or below it, to the last bit.
  private func root(_ squares: [Double], below wanted: Int) -> Double {
    var (low, high) = (UInt64(0), (2.0).bitPattern)  // positive numbers are in the order of their bits
    while low < high {
      let middle = low + (high - low) / 2
      if count(squares, below: Double(bitPattern: middle).nextUp) >= wanted {
        high = middle
      } else {
        low = middle + 1
      }
    }
    return Double(bitPattern: low)
  }

  /// How many eigenvalues are below x > 0.
  private func count(_ squares: [Double], below x: Double) -> Int {
    var d = -x
    var negative = 1
    for square in squares {
      d = -x - square / (d == 0 ? -.leastNormalMagnitude : d)
      if d < 0 { negative += 1 }
    }
    return negative
  }
}
