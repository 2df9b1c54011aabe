/// Losses that are content once a difference exceeds a margin: hinges. Derivatives: by way of their parts.
extension Tensor {
  /// margin_ranking_loss(x, y, t) = max(0, -t (x - y) + margin): x should be larger than y where t = 1, smaller where -1.
  public func marginRankingLoss(
    _ other: Tensor, _ target: Tensor, margin: Double = 0, reduction: Reduce = .mean
  ) throws(ThalwegError) -> Tensor {
    let shape = try Dims.broadcast(shape, other.shape, in: "margin_ranking_loss")
    _ = try Dims.broadcast(shape, target.shape, in: "margin_ranking_loss")
    return try ((-target * (self - other)).floating() + margin).hinge().reduced(reduction)
  }

  /// hinge_embedding_loss(x, t) = x where t = 1, max(0, margin - x) where t = -1, of distances x; both where t is neither.
  public func hingeEmbeddingLoss(
    _ target: Tensor, margin: Double = 1, reduction: Reduce = .mean
  ) throws(ThalwegError) -> Tensor {
    try checkLoss(target, "hinge_embedding_loss")
    return try target.chosen(near: self, far: (margin - self).hinge()).reduced(reduction)
  }

  /// cosine_embedding_loss(x, y, t) = 1 - cos(x, y) where t = 1, max(0, cos(x, y) - margin) where t = -1, of vectors x, y
  /// [N, M] and t [N], or [M] and []. Squared lengths are raised by 1e-12.
  public func cosineEmbeddingLoss(
    _ other: Tensor, _ target: Tensor, margin: Double = 0, reduction: Reduce = .mean
  ) throws(ThalwegError) -> Tensor {
    _ = try Dims.broadcast(shape, other.shape, in: "cosine_embedding_loss")
    guard rank == 1 || rank == 2, other.rank == rank, target.rank == rank - 1 else {
      throw ThalwegError(
        .shape,
        "cosine_embedding_loss: inputs \(shape) and \(other.shape), target \(target.shape); they must be [N, M], [N, M] and [N], or without N"
      )
    }
    let lengths = try ((self * self).sum([-1]) + 1e-12) * ((other * other).sum([-1]) + 1e-12)
    let cosine = try (self * other).sum([-1]) / lengths.sqrt()
    return try target.chosen(near: 1 - cosine, far: (cosine - margin).hinge()).reduced(reduction)
  }

  /// triplet_margin_loss(a, p, n) = max(0, d(a, p) - d(a, n) + margin): a should be nearer to p than to n (Balntas et al.
  /// 2016). With `swap` the smaller of d(a, n) and d(p, n) counts. d: `pairwiseDistance`.
  public func tripletMarginLoss(
    _ positive: Tensor, _ negative: Tensor, margin: Double = 1, p: Double = 2, epsilon: Double = 1e-6,
    swap: Bool = false, reduction: Reduce = .mean
  ) throws(ThalwegError) -> Tensor {
    guard margin > 0 else {
      throw ThalwegError(
        .invalidArgument, "triplet_margin_loss: the margin is \(margin); it must be positive")
    }
    var far = try pairwiseDistance(negative, p, epsilon: epsilon)
    if swap { far = try far.minimum(positive.pairwiseDistance(negative, p, epsilon: epsilon)) }
    return try (pairwiseDistance(positive, p, epsilon: epsilon) - far + margin).hinge().reduced(reduction)
  }

  /// soft_margin_loss(x, t) = log(1 + e^(-t x)), for t of -1 and 1.
  public func softMarginLoss(
    _ target: Tensor, reduction: Reduce = .mean
  ) throws(ThalwegError) -> Tensor {
    try checkLoss(target, "soft_margin_loss")
    return try (-(target * self).logSigmoid()).reduced(reduction)
  }

  /// multi_margin_loss(x, t) = Σ over j ≠ t of max(0, margin - x[t] + x[j])^p / C for scores x [N, C] or [C] and classes t
  /// [N] or [], int64; times weight[t], if there is a weight [C].
  /// - Parameter p: 1 or 2.
  public func multiMarginLoss(
    _ target: Tensor, p: Int = 1, margin: Double = 1, _ weight: Tensor? = nil, reduction: Reduce = .mean
  ) throws(ThalwegError) -> Tensor {
    guard p == 1 || p == 2 else {
      throw ThalwegError(.invalidArgument, "multi_margin_loss: p is \(p); it must be 1 or 2")
    }
    guard rank <= 2 else {
      throw ThalwegError(.shape, "multi_margin_loss: the input has shape \(shape); it must be [N, C] or [C]")
    }
    let given = try rank < 2 && target.numel == 1 ? target.reshape([]) : target
    let scores = rank == 0 ? try reshape([1]) : self
    let rows = try ClassRows(scores, given, weight, Int.min, "multi_margin_loss")
    let (x, classes) = (rows.scores, rows.labels)
    let isOther = try classes.unsqueeze(1).notEqual(Tensor.arange(0, Double(x.shape[1]))).to(dtype)
    var terms = try (x - x.gather(1, classes.unsqueeze(1)) + margin).hinge()
    if p == 2 { terms = try terms * terms }
    var losses = try (terms * isOther).sum([1]) / Double(x.shape[1])
    if let weight { losses = try losses * weight.indexSelect(0, classes) }
    if rank < 2 { return try losses.reshape([]) }
    return try losses.reduced(reduction)
  }

  /// multilabel_margin_loss(x, t) = Σ over i in t, j not in t of max(0, 1 - x[i] + x[j]) / C for scores x [N, C] or [C] and
  /// in t, int64 of the same shape, the classes that are right, up to the first -1.
  public func multilabelMarginLoss(
    _ target: Tensor, reduction: Reduce = .mean
  ) throws(ThalwegError) -> Tensor {
    let name: StaticString = "multilabel_margin_loss"
    guard dtype.isFloat, target.dtype == .int64 else {
      throw ThalwegError(
        .dtype, "\(name): input \(dtype), target \(target.dtype); float and int64 are needed")
    }
    guard rank <= 2, target.shape == shape, rank == 0 || shape[rank - 1] > 0 else {
      throw ThalwegError(
        .shape, "\(name): input \(shape), target \(target.shape); both must be [N, C], or [C], not empty")
    }
    let count = rank == 0 ? 1 : shape[rank - 1]
    let x = try reshape([numel / count, count])
    let (labels, isListed, isWrong) = try x.labelLists(target, name)
    let right = try x.gather(1, labels).unsqueeze(2)
    let terms = try (x.unsqueeze(1) - right + 1).hinge() * isListed.unsqueeze(2) * isWrong.unsqueeze(1)
    let losses = try terms.sum([1, 2]) / Double(count)
    return rank < 2 ? try losses.reshape([]) : try losses.reduced(reduction)
  }

  /// multilabel_soft_margin_loss(x, t) = -Σ t log sigmoid(x) + (1 - t) log sigmoid(-x), the mean over classes, the last
  /// dimension; with a weight for each.
  public func multilabelSoftMarginLoss(
    _ target: Tensor, _ weight: Tensor? = nil, reduction: Reduce = .mean
  ) throws(ThalwegError) -> Tensor {
    try checkLoss(target, "multilabel_soft_margin_loss")
    guard rank > 0 else {
      throw ThalwegError(
        .shape, "multilabel_soft_margin_loss: the input is a scalar; its last dimension is classes")
    }
    var losses = try -(target * logSigmoid() + (1 - target) * (-self).logSigmoid())
    if let weight { losses = try losses * weight }
    return try losses.mean([-1]).reduced(reduction)
  }

  /// max(x, 0), which passes a gradient at 0 too (as PyTorch's clamp).
  private func hinge() throws(ThalwegError) -> Tensor { try clamp(min: 0) }

  /// Of targets 1 and -1: `near` for the first, `far` for the second, for others both.
  private func chosen(near: Tensor, far: Tensor) throws(ThalwegError) -> Tensor {
    let zero = try Tensor.scalar(0, dtype: near.dtype)
    let isFar = try equal(Tensor.scalar(-1, dtype: dtype)), isNear = try equal(Tensor.scalar(1, dtype: dtype))
    return try Tensor.where(isFar, zero, near) + Tensor.where(isNear, zero, far)
  }

  /// What the lists of classes, one a row of this tensor [N, C], hold: the classes, 0 behind their end; 1 for each that is
  /// listed; 1 for each class that is in no place of its row's list.
  private func labelLists(
    _ target: Tensor, _ name: StaticString
  ) throws(ThalwegError) -> (labels: Tensor, isListed: Tensor, isWrong: Tensor) {
    let (rows, count) = (shape[0], shape[1])
    let labels = try target.clone().reshape([rows, count])
    let isListed = try Tensor.zeros([rows, count], dtype: .float64)
    let isWrong = try Tensor.ones([rows, count], dtype: .float64)
    let label = labels.data.assumingMemoryBound(to: Int64.self)
    let listed = isListed.data.assumingMemoryBound(to: Double.self)
    let wrong = isWrong.data.assumingMemoryBound(to: Double.self)
    for row in 0..<rows {
      var isOver = false
      for place in (row &* count)..<((row &+ 1) &* count) {
        guard label[place] >= -1, label[place] < Int64(count) else {
          throw ThalwegError(
            .invalidArgument,
            "\(name): target \(label[place]) is no class of \(count), nor -1, the end of a list")
        }
        isOver = isOver || label[place] < 0
        if isOver {
          label[place] = 0
        } else {
          listed[place] = 1
          wrong[row &* count &+ Int(label[place])] = 0
        }
      }
    }
    return (labels, try isListed.to(dtype), try isWrong.to(dtype))
  }
}
