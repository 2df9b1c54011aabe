/// nll_loss(x, t, w) = -w[t] x[t] of log-probabilities x [N, C, ...] and classes t [N, ...], int64, or of x [C] and one
/// class; 0 where the class is `ignoreIndex`. Mean: divided by the sum of w[t] over the classes that count (no w: 1).
/// Derivative: by way of its parts.
extension Tensor {
  public func nllLoss(
    _ target: Tensor, _ weight: Tensor? = nil, reduction: Reduce = .mean, ignoreIndex: Int = -100
  ) throws(ThalwegError) -> Tensor {
    let rows = try ClassRows(self, target, weight, ignoreIndex, "nll_loss")
    let firsts = try Tensor.arange(0, Double(rows.labels.numel)) * Double(rows.scores.shape[1])
    let chosen = try rows.scores.reshape([-1]).indexSelect(0, firsts + rows.classes())
    let zero = try Tensor.scalar(0, dtype: dtype)
    return try rows.reduced(Tensor.where(rows.counts(), -chosen, zero), reduction)
  }
}

/// The scores and classes of a classification loss, [N, C, ...] and [N, ...] or [C] and [], as rows.
package struct ClassRows {
  /// [rows, C]
  package let scores: Tensor
  /// [rows], int64, memory of its own, checked: classes, or `ignoreIndex`.
  package let labels: Tensor
  package let ignoreIndex: Int
  /// The rows that are not ignored.
  private let counted: Int
  private let weight: Tensor?
  private let targetShape: Dims

  package init(
    _ x: Tensor, _ target: Tensor, _ weight: Tensor?, _ ignoreIndex: Int, _ name: StaticString
  ) throws(ThalwegError) {
    guard target.dtype == .int64 else {
      throw ThalwegError(.dtype, "\(name): the target is \(target.dtype); classes are int64")
    }
    scores = try ClassRows.scores(x, weight, name)
    targetShape = ClassRows.targetShape(x)
    guard target.shape == targetShape else {
      throw ThalwegError(
        .shape,
        "\(name): the target has shape \(target.shape); for input \(x.shape) it must be \(targetShape)")
    }
    self.weight = weight
    self.ignoreIndex = ignoreIndex
    // Memory of their own: backward relies on the check, also when the caller's buffer has other contents by then.
    labels = try target.clone().reshape([-1])
    counted = try ClassRows.check(labels, x, scores.shape[1], ignoreIndex, name)
  }

  /// x [N, C, ...] or [C] as [rows, C]; the weight is checked.
  package static func scores(
    _ x: Tensor, _ weight: Tensor?, _ name: StaticString
  ) throws(ThalwegError) -> Tensor {
    guard x.dtype.isFloat else {
      throw ThalwegError(.dtype, "\(name): the input is \(x.dtype); it must be float32 or float64")
    }
    let axis = x.rank == 1 ? 0 : 1
    guard x.rank >= 1, x.shape[axis] > 0 else {
      throw ThalwegError(
        .shape,
        "\(name): the input has shape \(x.shape); it must be [N, C, ...] or [C] with at least one class")
    }
    let classCount = x.shape[axis]
    if let weight, weight.shape != [classCount] || weight.dtype != x.dtype {
      throw ThalwegError(
        .shape,
        "\(name): the weight is \(weight.dtype) \(weight.shape); it must be \(x.dtype) [\(classCount)], a value a class"
      )
    }
    if x.rank == 2 { return x }
    var order = Dims(x.shape.indices)
    order.remove(at: axis)
    order.append(axis)
    return try x.permute(order).reshape([x.numel / classCount, classCount])
  }

  /// Of the classes of x [N, C, ...] or [C].
  package static func targetShape(_ x: Tensor) -> Dims {
    var shape = x.shape
    shape.remove(at: x.rank == 1 ? 0 : 1)
    return shape
  }

  /// Checks all labels and returns the number of those that count.
  private static func check(
    _ labels: Tensor, _ x: Tensor, _ classCount: Int, _ ignoreIndex: Int, _ name: StaticString
  ) throws(ThalwegError) -> Int {
    let (values, count, shape) = (
      labels.address.assumingMemoryBound(to: Int64.self), labels.numel, x.shape
    )
    func check() throws(ThalwegError) -> Int {
      var counted = 0
      for i in 0..<count where values[i] != Int64(ignoreIndex) {
        guard values[i] >= 0, values[i] < Int64(classCount) else {
          throw ThalwegError(
            .invalidArgument,
            "\(name): target \(values[i]) at place \(i) is no class of input \(shape); 0 to \(classCount - 1) are"
          )
        }
        counted += 1
      }
      return counted
    }
    guard Recording.isActive else { return try check() }
    // How many count may be others each time: `reduced` goes by the labels.
    try Recording.note(throwing: { () throws(ThalwegError) in _ = try check() })
    return 0
  }

  /// Which rows count: [rows], bool.
  package func counts() throws(ThalwegError) -> Tensor { try ClassRows.counts(labels, ignoreIndex) }

  package static func counts(_ labels: Tensor, _ ignoreIndex: Int) throws(ThalwegError) -> Tensor {
    try labels.notEqual(Tensor.full([], Double(ignoreIndex), dtype: .int64))
  }

  /// The labels, 0 in rows that do not count.
  package func classes() throws(ThalwegError) -> Tensor {
    try Tensor.where(counts(), labels, Tensor.scalar(0, dtype: .int64))
  }

  /// The losses of all rows, 0 in those that do not count, weighted and reduced.
  package func reduced(_ losses: Tensor, _ reduction: Reduce) throws(ThalwegError) -> Tensor {
    guard weight != nil else { return try reduced(weighted: losses, reduction) }
    return try reduced(weighted: losses * rowWeights(), reduction)
  }

  /// The same for losses that the weights are in already.
  package func reduced(weighted losses: Tensor, _ reduction: Reduce) throws(ThalwegError) -> Tensor {
    switch reduction {
    case .none: try losses.reshape(targetShape)
    case .sum: try losses.sum()
    case .mean where weight == nil && !Recording.isActive: try losses.sum() / Double(counted)
    case .mean: try losses.sum() / rowWeights().sum()
    }
  }

  /// The weight of each row's class, 0 in rows that do not count.
  private func rowWeights() throws(ThalwegError) -> Tensor {
    guard let weight else { return try counts().to(scores.dtype) }
    let zero = try Tensor.scalar(0, dtype: weight.dtype)
    return try Tensor.where(counts(), weight.indexSelect(0, classes()), zero)
  }
}
