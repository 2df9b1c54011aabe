import CKernels

/// cross_entropy(x, t) = logsumexp(x[i]) - x[i][t[i]] for each row i of scores x [N, C, ...] (or [C]): softmax and
/// negative log-likelihood in one.
///
/// Targets are classes [N, ...] ([]), int64, those equal to `ignoreIndex` counting nothing, or the probabilities of all
/// classes, of x's shape: -Σ over classes of t log softmax(x). With weights w [C], the losses are times w[t], the terms of
/// probabilities times their class's w. Label smoothing ε mixes the target with the uniform distribution: (1 - ε) t +
/// ε / C (Szegedy et al. 2016, "Rethinking the Inception architecture"). Mean: over the rows that count, each as often as
/// w[t] says (none: NaN, as PyTorch).
/// Derivative: of rows with classes, ∂L/∂x[i][j] = g[i] (softmax(x[i])[j] - [j = t[i]]); else by way of its parts.
package enum CrossEntropy: Operation {
  package static let name: StaticString = "cross_entropy"

  package static func apply(
    _ x: Tensor, _ target: Tensor, _ weight: Tensor?, reduction: Reduce, ignoreIndex: Int, smoothing: Double
  ) throws(ThalwegError) -> Tensor {
    guard smoothing >= 0, smoothing <= 1 else {
      throw ThalwegError(
        .invalidArgument, "cross_entropy: the label smoothing is \(smoothing); it must be from 0 to 1")
    }
    if target.dtype.isFloat { return try probabilities(x, target, weight, reduction, smoothing) }
    let rows = try ClassRows(x, target, weight, ignoreIndex, name)
    let loss = try rows.reduced(rowLosses(rows.scores, rows.labels, ignoreIndex), reduction)
    if smoothing == 0 { return loss }
    let uniform = try Tensor.where(
      rows.counts(), weighted(rows.scores.logSoftmax(1), weight).sum([1]), Tensor.scalar(0, dtype: x.dtype))
    return try loss * (1 - smoothing)
      - rows.reduced(weighted: uniform, reduction) * (smoothing / Double(rows.scores.shape[1]))
  }

  private static func probabilities(
    _ x: Tensor, _ target: Tensor, _ weight: Tensor?, _ reduction: Reduce, _ smoothing: Double
  ) throws(ThalwegError) -> Tensor {
    guard target.shape == x.shape else {
      throw ThalwegError(
        .shape,
        "cross_entropy: probabilities of shape \(target.shape) for input \(x.shape); the shapes must be equal, or give int64 classes"
      )
    }
    let scores = try ClassRows.scores(x, weight, name)
    var shares = try ClassRows.scores(target, nil, name)
    if smoothing > 0 { shares = try shares * (1 - smoothing) + smoothing / Double(scores.shape[1]) }
    let losses = try -(weighted(scores.logSoftmax(1), weight) * shares).sum([1])
    switch reduction {
    case .none: return try losses.reshape(ClassRows.targetShape(x))
    case .sum: return try losses.sum()
    case .mean: return try losses.mean()
    }
  }

  private static func weighted(_ x: Tensor, _ weight: Tensor?) throws(ThalwegError) -> Tensor {
    if let weight { try x * weight } else { x }
  }

  /// The loss of each row of x [N, C]: [N].
  private static func rowLosses(
    _ x: Tensor, _ classes: Tensor, _ ignoreIndex: Int
  ) throws(ThalwegError) -> Tensor {
    let dense = try noGrad { () throws(ThalwegError) in try x.contiguous() }
    let losses = try Tensor.make([x.shape[0]], x.dtype, for: name)
    let normaliser = try Tensor.make([x.shape[0]], x.dtype, for: name)
    let (from, labels, to, sums) = (dense.address, classes.int64, losses.address, normaliser.address)
    let (shape, dtype, size) = (x.shape, x.dtype, x.dtype.size)
    func run() {
      perRow(shape, dtype) { rows, first, count, length in
        rows.cross_entropy(
          count, length, from + first &* Int(length) &* size, labels + first, Int64(ignoreIndex),
          to + first &* size, sums + first &* size)
      }
    }
    if Recording.isActive { Recording.note(run) } else { run() }
    withExtendedLifetime((dense, normaliser)) {}
    if Node.records(x) {
      let node = Node(Self.self, Attributes(index: ignoreIndex))
      try node.connect(x)
      node.save(x)
      node.save(classes)
      node.save(normaliser)
      try losses.attach(node)
    }
    return losses
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let (x, classes) = (try node.saved(0), try node.saved(1))
    let ignoreIndex = node.attributes.index
    if GradMode.isEnabled {
      let dx = try composed(gradient, x, classes, ignoreIndex)
      try pass.send(dx, from: node, to: 0)
      return
    }
    let normaliser = try node.saved(2)
    let dense = try x.contiguous()
    let dx = try Tensor.make(x.shape, x.dtype, for: name)
    let (step, shape, dtype, size) = (gradient.strides[0], x.shape, x.dtype, x.dtype.size)
    let (from, labels, sums) = (dense.address, classes.int64, normaliser.address)
    let (slopes, to) = (gradient.address, dx.address)
    func run() {
      perRow(shape, dtype) { rows, first, count, length in
        let start = first &* Int(length) &* size
        rows.cross_entropy_backward(
          count, length, from + start, labels + first, Int64(ignoreIndex), sums + first &* size,
          slopes + first &* step &* size, Int64(step), to + start)
      }
    }
    if Recording.isActive { Recording.note(run) } else { run() }
    withExtendedLifetime((dense, classes, normaliser, gradient)) {}
    try pass.send(dx, from: node, to: 0)
  }

  /// The derivative in operations that can be differentiated again.
  private static func composed(
    _ g: Tensor, _ x: Tensor, _ classes: Tensor, _ ignoreIndex: Int
  ) throws(ThalwegError) -> Tensor {
    let isTarget = try classes.unsqueeze(1).equal(Tensor.arange(0, Double(x.shape[1]))).to(x.dtype)
    let counts = try ClassRows.counts(classes, ignoreIndex).unsqueeze(1)
    let zero = try Tensor.scalar(0, dtype: x.dtype)
    return try Tensor.where(counts, (x.softmax(1) - isTarget) * g.unsqueeze(1), zero)
  }

  private static func perRow(
    _ shape: Dims, _ dtype: DType, _ body: (tk_rows, Int, Int64, Int64) -> Void
  ) {
    let rows = dtype == .float64 ? kernels.pointee.f64.rows : kernels.pointee.f32.rows
    let rowsAChunk = max(1, 4096 / shape[1])
    parallel((shape[0] + rowsAChunk - 1) / rowsAChunk) { chunk in
      let first = chunk &* rowsAChunk
      body(rows, first, Int64(min(rowsAChunk, shape[0] &- first)), Int64(shape[1]))
    }
  }
}

extension Tensor {
  /// Softmax and negative log-likelihood in one.
  /// - Parameters:
  ///   - target: classes, int64 [N, ...], or probabilities of this tensor's shape.
  ///   - weight: a factor for each class.
  ///   - ignoreIndex: the class of rows that do not count; PyTorch's default -100.
  public func crossEntropy(
    _ target: Tensor, _ weight: Tensor? = nil, reduction: Reduce = .mean, ignoreIndex: Int = -100,
    labelSmoothing: Double = 0
  ) throws(ThalwegError) -> Tensor {
    try CrossEntropy.apply(
      self, target, weight, reduction: reduction, ignoreIndex: ignoreIndex, smoothing: labelSmoothing)
  }

  fileprivate var int64: UnsafePointer<Int64> {
    UnsafePointer(address.assumingMemoryBound(to: Int64.self))
  }
}
