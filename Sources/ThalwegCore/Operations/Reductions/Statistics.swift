/// Differences, integrals and statistics: compositions; their derivatives are by way of their parts.
extension Tensor {
  /// The differences of neighbours along `dim`, taken `times` times; `before` and `after` are put to the ends first (of 0 differences nothing is, as in PyTorch).
  public func diff(
    times: Int = 1, _ dim: Int = -1, before: Tensor? = nil, after: Tensor? = nil
  ) throws(ThalwegError) -> Tensor {
    let axis = try Dims.resolve(dim, rank: rank, in: "diff")
    guard rank > 0 else { throw ThalwegError(.shape, "diff: a scalar has no neighbours") }
    guard times >= 0 else {
      throw ThalwegError(.invalidArgument, "diff: n is \(times); it must not be negative")
    }
    if times == 0 { return try clone() }
    var x = self
    if before != nil || after != nil {
      x = try Tensor.cat([before, self, after].compactMap { $0 }, dim: axis)
    }
    for _ in 0..<min(times, x.shape[axis]) {
      let size = x.shape[axis]
      let (upper, lower) = (try x.slice(axis, 1, size), try x.slice(axis, 0, max(0, size - 1)))
      x = try dtype == .bool ? upper.logicalXor(lower) : upper - lower
    }
    return x
  }

  /// The integral along `dim` by trapezoids: half the sums of neighbours times their distance, which is a number or, from
  /// the positions `x`, the differences of these (along `dim`, or a vector for it).
  public func trapezoid(
    x: Tensor? = nil, dx: Double = 1, _ dim: Int = -1
  ) throws(ThalwegError) -> Tensor {
    let (pieces, axis) = try trapezoids(x, dx, dim, in: "trapezoid")
    return try pieces.sum([axis]) / 2
  }

  /// The same up to each place.
  public func cumulativeTrapezoid(
    x: Tensor? = nil, dx: Double = 1, _ dim: Int = -1
  ) throws(ThalwegError) -> Tensor {
    let (pieces, axis) = try trapezoids(x, dx, dim, in: "cumulative_trapezoid")
    return try pieces.cumulativeSum(axis) / 2
  }

  /// Twice the areas between neighbours.
  private func trapezoids(
    _ x: Tensor?, _ dx: Double, _ dim: Int, in function: StaticString
  ) throws(ThalwegError) -> (Tensor, Int) {
    let axis = try Dims.resolve(dim, rank: rank, in: function)
    guard rank > 0 else { throw ThalwegError(.shape, "\(function): a scalar has no neighbours") }
    let size = shape[axis]
    let sums = try slice(axis, 1, size) + slice(axis, 0, max(0, size - 1))
    guard let x else { return (try sums * dx, axis) }
    let steps: Tensor
    if x.rank == 1 {
      guard x.numel == size else {
        throw ThalwegError(
          .shape, "\(function): \(x.numel) positions for dimension \(axis) of \(shape); one each is needed")
      }
      var line = Dims(repeating: 1, count: rank)
      line[axis] = max(0, size - 1)
      steps = try x.diff().reshape(line)
    } else {
      // Aligned at the last dimension.
      let place = axis - rank + x.rank
      guard place >= 0, x.rank > 0 else {
        throw ThalwegError(.shape, "\(function): positions of shape \(x.shape) for \(shape)")
      }
      steps = try x.diff(place)
    }
    return (try sums * steps, max(axis, axis + max(0, steps.rank - rank)))
  }

  private func diff(_ dim: Int) throws(ThalwegError) -> Tensor { try diff(times: 1, dim) }

  /// The matrix of covariances of the rows, a variable each, over the columns, an observation each; a vector is one
  /// variable.
  /// - Parameters:
  ///   - correction: what is taken off the number of observations.
  ///   - counts: how often each observation counts, whole numbers.
  ///   - weights: how much each observation counts.
  public func cov(
    correction: Int = 1, counts: Tensor? = nil, weights: Tensor? = nil
  ) throws(ThalwegError) -> Tensor {
    guard rank <= 2, dtype != .bool else {
      throw ThalwegError(
        .shape, "cov: \(dtype) of shape \(shape); numbers in at most two dimensions are needed")
    }
    let x = try (dtype.isFloat ? self : to(.float32)).reshape(rank == 2 ? shape : [1, numel])
    let size = x.shape[1]
    for given in [counts, weights] {
      guard let given, given.shape != [size] else { continue }
      throw ThalwegError(
        .shape, "cov: weights of shape \(given.shape) for \(size) observations; one each is needed")
    }
    var factor: Tensor?
    if let counts { factor = try counts.to(x.dtype) }
    if let weights {
      let own = try weights.to(x.dtype)
      factor = if let known = factor { try known * own } else { own }
    }
    let total = if let factor { try factor.sum() } else { try Tensor.scalar(Double(size), dtype: x.dtype) }
    func weighted(_ x: Tensor) throws(ThalwegError) -> Tensor {
      if let factor { try x * factor } else { x }
    }
    let mean = try weighted(x).sum([1], keepDim: true) / total
    var free = try total - Double(correction)
    if let factor, let weights, correction != 0 {
      free = try total - (factor * weights.to(x.dtype)).sum() / total * Double(correction)
    }
    let distance = try x - mean
    let zero = try Tensor.scalar(0, dtype: x.dtype)
    let divisor = try Tensor.where(free.less(zero), zero, free)
    let result = try weighted(distance).mm(distance.transpose(0, 1)) / divisor
    return result.numel == 1 ? try result.reshape([]) : result
  }

  /// The matrix of correlations of the rows: covariances by the deviations, in [-1, 1].
  public func corrcoef() throws(ThalwegError) -> Tensor {
    let c = try cov()
    if c.rank == 0 { return try c / c }
    let deviation = try c.diagonal().sqrt()
    return try (c / deviation.unsqueeze(1) / deviation.unsqueeze(0)).clamp(min: -1, max: 1)
  }

  /// The tensor with each part along `dim` whose `p`-norm is above `limit` shortened to that.
  public func renorm(_ p: Double, _ dim: Int, _ limit: Double) throws(ThalwegError) -> Tensor {
    let axis = try Dims.resolve(dim, rank: rank, in: "renorm")
    guard rank >= 2, p > 0, limit >= 0 else {
      throw ThalwegError(
        .invalidArgument,
        "renorm: shape \(shape), p \(p), maxnorm \(limit); two dimensions, p > 0 and a limit not below 0 are needed"
      )
    }
    let others = Dims(shape.indices.filter { $0 != axis })
    let length = try norm(p, others, keepDim: true)
    let one = try Tensor.scalar(1, dtype: dtype)
    let isLong = try length.greater(Tensor.scalar(limit, dtype: dtype))
    return try self * Tensor.where(isLong, limit / (length + 1e-7), one)
  }

  /// The `p`-norm of the difference to another tensor, broadcast.
  public func dist(_ other: Tensor, _ p: Double = 2) throws(ThalwegError) -> Tensor {
    try (self - other).norm(p)
  }
}
