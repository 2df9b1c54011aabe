/// binary_cross_entropy(x, t) = -(t log x + (1 - t) log(1 - x)) of probabilities x, elementwise; logarithms are at least
/// -100, so losses finite (as PyTorch).
/// Derivative: ∂L/∂x = g (x - t) / max(x (1 - x), 1e-12), ∂L/∂t = g (log(1 - x) - log x).
package enum BinaryCrossEntropy: Operation {
  package static let name: StaticString = "binary_cross_entropy"

  package static func apply(_ x: Tensor, _ t: Tensor) throws(ThalwegError) -> Tensor {
    let y = try noGrad { () throws(ThalwegError) in
      let least = try Tensor.scalar(-100, dtype: x.dtype)
      return try (t - 1) * (1 - x).log().maximum(least) - t * x.log().maximum(least)
    }
    if Node.records(x, t) {
      let node = Node(Self.self)
      try node.connect(x)
      try node.connect(t)
      node.save(x)
      node.save(t)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let (x, t) = (try node.saved(0), try node.saved(1))
    if node.needs(0) {
      let least = try Tensor.scalar(1e-12, dtype: x.dtype)
      try pass.send(try gradient * ((x - t) / (x * (1 - x)).maximum(least)), from: node, to: 0)
    }
    if node.needs(1) { try pass.send(try gradient * ((1 - x).log() - x.log()), from: node, to: 1) }
  }
}

extension Tensor {
  /// - Parameters:
  ///   - target: probabilities, of this tensor's shape.
  ///   - weight: factors of the losses, broadcast to them.
  /// - Throws: `.invalidArgument` where this tensor is outside [0, 1].
  public func binaryCrossEntropy(
    _ target: Tensor, _ weight: Tensor? = nil, reduction: Reduce = .mean
  ) throws(ThalwegError) -> Tensor {
    let name: StaticString = "binary_cross_entropy"
    try checkEqual(target, name)
    if numel > 0 {
      let ends = try noGrad { () throws(ThalwegError) in
        try Tensor.cat([amin([], keepDim: false).reshape([1]), amax().reshape([1])]).to(.float64)
      }
      let end = ends.address.assumingMemoryBound(to: Double.self)
      func check() throws(ThalwegError) {
        guard end[0] >= 0, end[1] <= 1 else {
          throw ThalwegError(
            .invalidArgument,
            "\(name): the input is from \(end[0]) to \(end[1]); probabilities are from 0 to 1, for logits there is \(name)_with_logits"
          )
        }
      }
      if Recording.isActive { try Recording.note(throwing: check) } else { try check() }
      withExtendedLifetime(ends) {}
    }
    let losses = try BinaryCrossEntropy.apply(self, target)
    return try (weight.map { weight throws(ThalwegError) in try losses * weight } ?? losses).reduced(
      reduction)
  }

  /// binary_cross_entropy_with_logits(x, t) = (1 - t) x + (1 + (q - 1) t) log(1 + e^-x), the binary cross-entropy of
  /// sigmoid(x) without its overflow.
  /// Derivative: by way of its parts.
  /// - Parameters:
  ///   - target: probabilities, of this tensor's shape.
  ///   - weight: factors of the losses, broadcast to them.
  ///   - positiveWeight: q, factors of the losses of positive targets, broadcast; 1 if nil.
  public func binaryCrossEntropyWithLogits(
    _ target: Tensor, _ weight: Tensor? = nil, positiveWeight: Tensor? = nil, reduction: Reduce = .mean
  ) throws(ThalwegError) -> Tensor {
    try checkEqual(target, "binary_cross_entropy_with_logits")
    var positive = try -logSigmoid()
    if let positiveWeight { positive = try positive * ((positiveWeight - 1) * target + 1) }
    var losses = try (1 - target) * self + positive
    if let weight { losses = try losses * weight }
    return try losses.reduced(reduction)
  }

  private func checkEqual(_ target: Tensor, _ name: StaticString) throws(ThalwegError) {
    try checkLoss(target, name)
    guard target.shape == shape, target.dtype == dtype else {
      throw ThalwegError(
        .shape,
        "\(name): the target is \(target.dtype) \(target.shape), the input \(dtype) \(shape); they must be equal"
      )
    }
  }
}
