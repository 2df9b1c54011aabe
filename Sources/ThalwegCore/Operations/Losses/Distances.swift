/// Distances and angles of vectors. Derivatives: by way of their parts.
extension Tensor {
  /// pairwise_distance(x, y) = ‖x - y + ε‖ over the last dimension, the others broadcast; ε keeps the norm's derivative
  /// finite.
  public func pairwiseDistance(
    _ other: Tensor, _ p: Double = 2, epsilon: Double = 1e-6, keepDim: Bool = false
  ) throws(ThalwegError) -> Tensor {
    _ = try Dims.broadcast(shape, other.shape, in: "pairwise_distance")
    return try ((self - other).floating() + epsilon).norm(p, [-1], keepDim: keepDim)
  }

  /// cosine_similarity(x, y) = x · y / (max(‖x‖, ε) max(‖y‖, ε)) along `dim`, with broadcasting.
  public func cosineSimilarity(
    _ other: Tensor, dim: Int = 1, epsilon: Double = 1e-8
  ) throws(ThalwegError) -> Tensor {
    try checkLoss(other, "cosine_similarity")
    let shape = try Dims.broadcast(shape, other.shape, in: "cosine_similarity")
    let (x, y) = (try expand(shape), try other.expand(shape))
    func unit(_ v: Tensor) throws(ThalwegError) -> Tensor {
      try v / v.norm(2, [dim], keepDim: true).raisedUnseen(to: epsilon)
    }
    return try (unit(x) * unit(y)).sum([dim])
  }

  /// cdist(x, y): the distance ‖x[i] - y[j]‖ of each row of x [..., P, M] and each of y [..., R, M]: [..., P, R].
  public func cdist(_ other: Tensor, _ p: Double = 2) throws(ThalwegError) -> Tensor {
    try checkRows(other, p, "cdist")
    guard rank >= 2, other.rank >= 2, shape[rank - 1] == other.shape[other.rank - 1] else {
      throw ThalwegError(
        .shape, "cdist: \(shape) and \(other.shape); both must be rows, [..., M], of one length")
    }
    return try (unsqueeze(-2) - other.unsqueeze(-3)).lengths(p)
  }

  /// pdist(x): the distances of the rows of x [N, M] from each other, those of the first from all behind it first:
  /// [N (N - 1) / 2].
  public func pdist(_ p: Double = 2) throws(ThalwegError) -> Tensor {
    try checkRows(self, p, "pdist")
    guard rank == 2 else {
      throw ThalwegError(.shape, "pdist: the input has shape \(shape); it must be rows, [N, M]")
    }
    let (count, overflow) = shape[0].multipliedReportingOverflow(by: max(0, shape[0] - 1))
    guard !overflow else { throw ThalwegError(.shape, "pdist: input \(shape) has too many rows") }
    let (first, second) = (
      try Tensor.make([count / 2], .int64, for: "pdist"), try Tensor.make([count / 2], .int64, for: "pdist")
    )
    let (a, b) = (
      first.data.assumingMemoryBound(to: Int64.self), second.data.assumingMemoryBound(to: Int64.self)
    )
    var next = 0
    for i in 0..<shape[0] {
      for j in (i + 1)..<max(i + 1, shape[0]) {
        (a[next], b[next]) = (Int64(i), Int64(j))
        next += 1
      }
    }
    return try (indexSelect(0, first) - indexSelect(0, second)).lengths(p)
  }

  /// The norms along the last dimension: 0 of no elements; of order 0 with a gradient of zeros (as PyTorch's distances).
  private func lengths(_ p: Double) throws(ThalwegError) -> Tensor {
    if shape[rank - 1] == 0 { return try sum([-1]) }
    let norms = try norm(p, [-1])
    return p == 0 ? try norms.detach() + (self * 0).sum([-1]) : norms
  }

  /// Integers as float32.
  func floating() throws(ThalwegError) -> Tensor { dtype.isFloat ? self : try to(.float32) }

  private func checkRows(_ other: Tensor, _ p: Double, _ name: StaticString) throws(ThalwegError) {
    guard dtype.isFloat, other.dtype == dtype else {
      throw ThalwegError(.dtype, "\(name): \(dtype) and \(other.dtype); both must be one float dtype")
    }
    guard p >= 0 else {
      throw ThalwegError(.invalidArgument, "\(name): p is \(p); norms of order 0 to infinity are there")
    }
  }
}
