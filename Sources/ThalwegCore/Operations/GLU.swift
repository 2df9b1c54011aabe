/// glu(x, dim) = a sigmoid(b), a and b the halves of x along `dim` (Dauphin et al. 2017, "Language modeling with gated
/// convolutional networks"). Floats.
/// Derivative: by way of its parts.
extension Tensor {
  /// - Throws: `.shape` for an odd size.
  public func glu(_ dim: Int = -1) throws(ThalwegError) -> Tensor {
    guard dtype.isFloat else { throw unsupported("glu", dtype) }
    let axis = dim < 0 ? dim + rank : dim
    guard shape.indices.contains(axis), shape[axis] % 2 == 0 else {
      throw ThalwegError(.shape, "glu: shape \(shape) has no halves along dimension \(dim)")
    }
    let half = shape[axis] / 2
    return try slice(axis, 0, half) * slice(axis, half, 2 * half).sigmoid()
  }
}
