/// vector_norm(x, p, dims) = (Σ |x|^p)^(1/p) over `dims` (none given: all), the tensor taken for vectors; p = ∞: the
/// largest |x|, p = -∞: the smallest, p = 0: the number of elements that are not 0. Floats. Of no elements: 0, but an
/// error for p = ∞ and p < 0.
/// Derivative: g sign(x) (|x| / y)^(p-1), 0 where y = 0, shared evenly for p = ±∞, none for p = 0 (as PyTorch).
package enum Norm: Operation {
  package static let name: StaticString = "vector_norm"

  package static func apply(
    _ x: Tensor, _ p: Double, _ dims: Dims, keepDim: Bool
  ) throws(ThalwegError) -> Tensor {
    guard x.dtype.isFloat else { throw unsupported(name, x.dtype) }
    let over = try ReducedDims(x.shape, dims, in: name)
    guard over.count > 0 || (p >= 0 && p < .infinity) else {
      throw ThalwegError(
        .shape, "vector_norm: shape \(x.shape) has no elements along \(over.dims), so no norm of order \(p)")
    }
    let y = try noGrad { () throws(ThalwegError) in try value(x, p, over, keepDim: keepDim) }
    if Node.records(x) {
      let node = Node(Self.self, Attributes(dims: over.shape(keepDim: true), extra: over.dims, number: p))
      try node.connect(x)
      node.save(x)
      node.save(y, isOutput: true)
      try y.attach(node)
    }
    return y
  }

  private static func value(
    _ x: Tensor, _ p: Double, _ over: ReducedDims, keepDim: Bool
  ) throws(ThalwegError) -> Tensor {
    if p == 0 {
      return try x.notEqual(Tensor.scalar(0, dtype: x.dtype)).to(x.dtype).sum(over.dims, keepDim: keepDim)
    }
    if p == 2 { return try (x * x).sum(over.dims, keepDim: keepDim).sqrt() }
    let size = try x.abs()
    if p == .infinity { return try size.amax(over.dims, keepDim: keepDim) }
    if p == -.infinity { return try size.amin(over.dims, keepDim: keepDim) }
    if p == 1 { return try size.sum(over.dims, keepDim: keepDim) }
    return try size.pow(p).sum(over.dims, keepDim: keepDim).pow(1 / p)
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let (p, kept) = (node.attributes.number, node.attributes.dims)
    if p == 0 { return }
    let x = try node.saved(0)
    let (y, g) = (try node.saved(1).reshape(kept), try gradient.reshape(kept))
    try pass.send(try derivative(g, x, y, p, node.attributes.extra), from: node, to: 0)
  }

  private static func derivative(
    _ g: Tensor, _ x: Tensor, _ y: Tensor, _ p: Double, _ dims: Dims
  ) throws(ThalwegError) -> Tensor {
    if p == 2 { return try x * g.quotient(y) }
    if p == 1 { return try Absolute.derivative(g.expand(x.shape), x) }
    let size = try x.abs()
    if p.isInfinite {
      let chosen = try size.equal(y).logicalOr(size.notEqual(size)).to(g.dtype)
      return try Absolute.derivative(chosen * (g / chosen.sum(dims, keepDim: true)), x)
    }
    let zero = try Tensor.scalar(0, dtype: g.dtype)
    if p < 1 {
      // Powers of zeros, or their derivatives, are infinite: 1 takes their place in the power, 0 that of the result.
      func power(_ base: Tensor, _ exponent: Double) throws(ThalwegError) -> Tensor {
        let isZero = try base.equal(zero)
        let one = try Tensor.scalar(1, dtype: g.dtype)
        return try Tensor.where(isZero, zero, Tensor.where(isZero, one, base).pow(exponent))
      }
      return try Absolute.derivative(power(size, p - 1) * (g * power(y, 1 - p)), x)
    }
    return try Absolute.derivative(size.pow(p - 1) * g.quotient(y.pow(p - 1)), x)
  }
}

extension Tensor {
  /// The norm of order `p` of the vectors along `dims`.
  public func norm(
    _ p: Double = 2, _ dims: Dims = [], keepDim: Bool = false
  ) throws(ThalwegError) -> Tensor {
    try Norm.apply(self, p, dims, keepDim: keepDim)
  }

  /// normalize(x, p, dim) = x / max(norm, epsilon): vectors of length 1 along `dim`.
  public func normalized(
    _ p: Double = 2, dim: Int = 1, epsilon: Double = 1e-12
  ) throws(ThalwegError) -> Tensor {
    let length = try norm(p, [dim], keepDim: true)
    let least = try Tensor.scalar(epsilon, dtype: dtype)
    return try self / Tensor.where(length.less(least), least, length)
  }
}
