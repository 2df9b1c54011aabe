public import ThalwegCore

extension Init {
  /// A random orthogonal matrix times `gain`: rows, or columns where there are fewer, are of that length and at right
  /// angles; dimensions behind the first count as one (Saxe et al. 2014, "Exact solutions to the nonlinear dynamics of
  /// learning in deep linear neural networks").
  ///
  /// Normal vectors, made orthogonal one after the other (Gram and Schmidt, each twice, for rounding's sake).
  /// - Throws: `.shape` below rank 2.
  public static func orthogonal(
    _ tensor: Tensor, gain: Double = 1, generator: Generator = .default
  ) throws(ThalwegError) {
    guard tensor.rank >= 2 else {
      throw ThalwegError(
        .shape, "init_orthogonal: the tensor has shape \(tensor.shape); it must be of rank 2 or more")
    }
    let name: StaticString = "init_orthogonal"
    try overwrite(tensor, name) { _ in }  // the checks, before anything is drawn
    if tensor.numel == 0 { return }
    let (rows, columns) = (tensor.shape[0], tensor.numel / tensor.shape[0])
    let (count, length) = (min(rows, columns), max(rows, columns))
    let vectors = try Tensor.empty([count, length], dtype: .float64)
    try normal(vectors, 0, 1, generator, name)
    let v = vectors.data.assumingMemoryBound(to: Double.self)
    for i in 0..<count { orthonormalise(v, i, length) }
    try overwrite(tensor, name) { dense in
      for row in 0..<rows {
        for column in 0..<columns {
          let value = gain * (rows < columns ? v[row * length + column] : v[column * length + row])
          if dense.dtype == .float64 {
            dense.data.assumingMemoryBound(to: Double.self)[row * columns + column] = value
          } else {
            dense.data.assumingMemoryBound(to: Float.self)[row * columns + column] = Float(value)
          }
        }
      }
    }
  }

  /// Takes off vector `i` what lies along those before it, and makes its length 1.
  private static func orthonormalise(_ v: UnsafeMutablePointer<Double>, _ i: Int, _ length: Int) {
    let own = v + i * length
    for _ in 0..<2 {
      for j in 0..<i {
        let other = v + j * length
        var product = 0.0
        for k in 0..<length { product += own[k] * other[k] }
        for k in 0..<length { own[k] -= product * other[k] }
      }
    }
    var squares = 0.0
    for k in 0..<length { squares += own[k] * own[k] }
    let scale = squares > 0 ? 1 / squares.squareRoot() : 0
    for k in 0..<length { own[k] *= scale }
  }
}
