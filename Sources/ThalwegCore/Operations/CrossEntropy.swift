import CKernels

/// How a loss reduces over its elements. Raw values are the C interface's.
public enum Reduce: Int32, Sendable {
  case none = 0
  case mean = 1
  case sum = 2
}

/// cross_entropy(x, t) = logsumexp(x[i]) - x[i][t[i]] for each row i of x [N, C] with class t[i] of t [N], int64;
/// rows whose class is `ignoreIndex` count nothing. Mean: over the rows that count (none: NaN, as PyTorch).
/// Derivative: ∂L/∂x[i][j] = g[i] (softmax(x[i])[j] - [j = t[i]]).
package enum CrossEntropy: Operation {
  package static let name: StaticString = "cross_entropy"

  package static func apply(
    _ x: Tensor, _ target: Tensor, reduction: Reduce, ignoreIndex: Int
  ) throws(ThalwegError) -> Tensor {
    // Memory of their own: backward relies on the check, also when the caller's buffer has other contents by then.
    let classes = try target.clone()
    let counted = try check(x, classes, ignoreIndex)
    let losses = try rowLosses(x, classes, ignoreIndex)
    switch reduction {
    case .none: return losses
    case .sum: return try losses.sum()
    case .mean: return try losses.sum() / Double(counted)
    }
  }

  /// The loss of each row: [N].
  private static func rowLosses(
    _ x: Tensor, _ classes: Tensor, _ ignoreIndex: Int
  ) throws(ThalwegError) -> Tensor {
    let dense = try noGrad { () throws(ThalwegError) in try x.contiguous() }
    let losses = try Tensor.make([x.shape[0]], x.dtype, for: name)
    let normaliser = try Tensor.make([x.shape[0]], x.dtype, for: name)
    perRow(x.shape, x.dtype) { rows, first, count, length in
      let size = x.dtype.size
      rows.cross_entropy(
        count, length, dense.data + first &* Int(length) &* size, classes.int64(first), Int64(ignoreIndex),
        losses.data + first &* size, normaliser.data + first &* size)
    }
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
    let step = gradient.strides[0]
    perRow(x.shape, x.dtype) { rows, first, count, length in
      let size = x.dtype.size
      let start = first &* Int(length) &* size
      rows.cross_entropy_backward(
        count, length, dense.data + start, classes.int64(first), Int64(ignoreIndex),
        normaliser.data + first &* size, gradient.data + first &* step &* size, Int64(step), dx.data + start)
    }
    try pass.send(dx, from: node, to: 0)
  }

  /// The derivative in operations that can be differentiated again.
  private static func composed(
    _ g: Tensor, _ x: Tensor, _ classes: Tensor, _ ignoreIndex: Int
  ) throws(ThalwegError) -> Tensor {
    let column = try classes.unsqueeze(1)
    let isTarget = try column.equal(Tensor.arange(0, Double(x.shape[1]))).to(x.dtype)
    let counts = try column.notEqual(Tensor.scalar(Double(ignoreIndex), dtype: .int64))
    let zero = try Tensor.scalar(0, dtype: x.dtype)
    return try Tensor.where(counts, (x.softmax(1) - isTarget) * g.unsqueeze(1), zero)
  }

  /// Checks everything and returns the number of rows that count.
  private static func check(
    _ x: Tensor, _ target: Tensor, _ ignoreIndex: Int
  ) throws(ThalwegError) -> Int {
    guard x.rank == 2, x.shape[1] > 0 else {
      throw ThalwegError(
        .shape, "cross_entropy: the input has shape \(x.shape); it must be [N, C] with at least one class")
    }
    guard x.dtype.isFloat, target.dtype == .int64 else {
      throw ThalwegError(
        .dtype, "cross_entropy: input \(x.dtype), target \(target.dtype); they must be float and int64")
    }
    guard target.shape == [x.shape[0]] else {
      throw ThalwegError(
        .shape,
        "cross_entropy: the target has shape \(target.shape); for input \(x.shape) it must be [\(x.shape[0])]"
      )
    }
    let classes = target.int64(0)
    var counted = 0
    for i in 0..<x.shape[0] {
      let label = classes[i]
      if label == Int64(ignoreIndex) { continue }
      guard label >= 0, label < Int64(x.shape[1]) else {
        throw ThalwegError(
          .invalidArgument,
          "cross_entropy: target \(label) at place \(i) is no class of input \(x.shape); 0 to \(x.shape[1] - 1) are"
        )
      }
      counted += 1
    }
    return counted
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
  ///   - target: classes, int64 [N].
  ///   - ignoreIndex: the class of rows that do not count; PyTorch's default -100.
  public func crossEntropy(
    _ target: Tensor, reduction: Reduce = .mean, ignoreIndex: Int = -100
  ) throws(ThalwegError) -> Tensor {
    try CrossEntropy.apply(self, target, reduction: reduction, ignoreIndex: ignoreIndex)
  }

  fileprivate func int64(_ first: Int) -> UnsafePointer<Int64> {
    UnsafePointer(data.assumingMemoryBound(to: Int64.self)) + first
  }
}
