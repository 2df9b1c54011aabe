/// embedding(indices, weight): the rows of weight [count, size] at the given indices.
/// Shape: indices [...] of int64 or int32 -> [..., size].
/// Derivative: each row gets the sum of the gradients of where it stands in the result; the row `paddingIndex` none, and
/// with `scalesByFrequency` each the mean instead of the sum (as PyTorch).
extension Tensor {
  public static func embedding(
    _ indices: Tensor, _ weight: Tensor, paddingIndex: Int? = nil, scalesByFrequency: Bool = false
  ) throws(ThalwegError) -> Tensor {
    guard weight.rank == 2 else {
      throw ThalwegError(
        .shape, "embedding: the weight has shape \(weight.shape); it must be a matrix [count, size]")
    }
    let count = weight.shape[0]
    let rows = try IndexTensor.checked(indices, below: count, in: "embedding")
    let y = try IndexGet.apply(weight, Places([rows], of: weight.shape, in: "embedding"))
    var result = y
    if scalesByFrequency, Node.records(y) {
      let flat = try rows.reshape([-1])
      let ones = try Tensor.ones(flat.shape, dtype: weight.dtype)
      let places = Places(starts: flat, block: 1, shape: flat.shape)
      let frequencies = try IndexGet.apply(IndexAccumulate.apply(ones, places, [count]), places)
      let share = try (1 / frequencies).reshape(rows.shape).unsqueeze(-1)
      result = try ScaleGradient.apply(y, share)
    }
    guard let paddingIndex else { return result }
    guard paddingIndex >= -count, paddingIndex < count else {
      throw ThalwegError(
        .invalidArgument,
        "embedding: the padding index is \(paddingIndex); for \(count) rows \(-count) to \(count - 1) exist")
    }
    guard Node.records(y) else { return result }
    let padding = Double(paddingIndex < 0 ? paddingIndex + count : paddingIndex)
    let isPadding = try rows.equal(Tensor.scalar(padding, dtype: .int64)).unsqueeze(-1)
    return try Tensor.where(isPadding, y.detach(), result)
  }

  /// Shortens, in place, the given rows of this matrix, as parameters are kept short in an embedding (`max_norm`): those
  /// whose p-norm is above `maxNorm` are scaled to it.
  public func renormalizeRows(
    _ indices: Tensor, maxNorm: Double, p: Double = 2
  ) throws(ThalwegError) {
    guard rank == 2, dtype.isFloat else {
      throw ThalwegError(
        .shape, "embedding: the weight is \(dtype) of shape \(shape); it must be a matrix of floats")
    }
    try noGrad { () throws(ThalwegError) in
      let flat = try indices.reshape([-1])
      let rows = try index([flat])
      let sizes = try rows.abs()
      let norms =
        p == .infinity
        ? try sizes.amax([1], keepDim: true)
        : try sizes.pow(p).sum([1], keepDim: true).pow(1 / p)
      let limit = try Tensor.scalar(maxNorm, dtype: dtype)
      let shortened = try rows * (maxNorm / (norms + 1e-7))
      try set(at: [flat], to: Tensor.where(norms.greater(limit), shortened, rows))
    }
  }

  /// Which of `count` classes each element is: 1 at its index in a new last dimension, 0 elsewhere; int64.
  /// - Parameter count: nil for one more than the largest index.
  public func oneHot(_ count: Int? = nil) throws(ThalwegError) -> Tensor {
    guard dtype == .int64 || dtype == .int32 else {
      throw ThalwegError(.dtype, "one_hot: the classes are \(dtype); they must be int64 or int32")
    }
    guard numel > 0 || count != nil else {
      throw ThalwegError(
        .shape, "one_hot: of no elements (shape \(shape)) the number of classes cannot be told; give it")
    }
    let classes = if let count { count } else { Int(try amax().itemInt64()) + 1 }
    guard classes > 0 || numel == 0 else {
      throw ThalwegError(.invalidArgument, "one_hot: \(classes) classes; there must be at least one")
    }
    var target = shape
    target.append(classes)
    let zeros = try Tensor.zeros(target, dtype: .int64)
    let index = try IndexTensor.checked(self, below: classes, in: "one_hot").unsqueeze(-1)
    return try zeros.scatter(-1, index, Tensor.scalar(1, dtype: .int64))
  }
}

/// x itself, whose gradient is multiplied by `scale`.
private enum ScaleGradient: Operation {
  static let name: StaticString = "scale_gradient"

  static func apply(_ x: Tensor, _ scale: Tensor) throws(ThalwegError) -> Tensor {
    let y = x.alias()
    let node = Node(Self.self)
    try node.connect(x)
    node.save(scale)
    try y.attach(node)
    return y
  }

  static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    try pass.send(try gradient * node.saved(0), from: node, to: 0)
  }

  static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    try tangents[0].map { tangent throws(ThalwegError) in try tangent * node.saved(0) } ?? nil
  }
}
