/// ctc_loss(x, l) = -log Σ over all paths of Π over t of e^x[t, path[t]], where a path names a class or the blank at each of
/// T times and reads as the labels l once repetitions are merged and blanks left out (Graves et al. 2006, "Connectionist
/// temporal classification"; its equations 6 to 16, in logarithms and float64).
/// Shape: log-probabilities x [T, N, C]; labels, lengths: see `CTCLabels`. The result is [N].
/// Derivative: g (e^x[t, c] - Σ over places s of label c of αβ[t, s] / p), which is that of the logits under a log-softmax
/// and takes x for normalised (as PyTorch's); with a recorded backward pass the sum is computed in tensor operations.
package enum ConnectionistTemporal: Operation {
  package static let name: StaticString = "ctc_loss"

  /// - Parameter zeroInfinity: losses without any path are 0, not infinite, and so are their gradients, not NaN.
  package static func apply(
    _ x: Tensor, _ labels: CTCLabels, zeroInfinity: Bool
  ) throws(ThalwegError) -> Tensor {
    let (times, batch) = (x.shape[0], x.shape[1])
    let places = 2 * labels.longest + 1
    let parts = try Recording.tensors { () throws(ThalwegError) in
      let dense = try x.to(.float64).contiguous()
      let forward = try Tensor.make([batch, times, places], .float64, for: name)
      let loss = try Tensor.make([batch], .float64, for: name)
      let alpha = forward.data.assumingMemoryBound(to: Double.self)
      let out = loss.data.assumingMemoryBound(to: Double.self)
      parallel(batch) { n in
        let path = labels.path(n, dense)
        let value = path.forward(alpha + n &* times &* places, places)
        out[n] = zeroInfinity && value == .infinity ? 0 : value
      }
      return [try loss.to(x.dtype), forward]
    }
    let (result, forward) = (parts[0], parts[1])
    if Node.records(x) {
      let node = Node(Self.self, Attributes(index: labels.blank, flag: zeroInfinity))
      try node.connect(x)
      node.save(x)
      node.save(labels.packed)
      node.save(forward)
      try result.attach(node)
    }
    return result
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let (x, forward) = (try node.saved(0), try node.saved(2))
    let labels = CTCLabels(packed: try node.saved(1), blank: node.attributes.index)
    if GradMode.isEnabled {
      let shares = try labels.shares(x)
      let counts = try labels.counts(x)
      let dx = try gradient.reshape([1, -1, 1]) * (x.exp() - shares)
      try pass.send(Tensor.where(counts, dx, Tensor.scalar(0, dtype: x.dtype)), from: node, to: 0)
      return
    }
    let (times, batch, classes, places) = (x.shape[0], x.shape[1], x.shape[2], forward.shape[2])
    let zeroInfinity = node.attributes.flag
    let gradients = try Recording.tensor { () throws(ThalwegError) in
      let dense = try x.to(.float64).contiguous()
      let g = try gradient.to(.float64).contiguous()
      let dx = try Tensor.zeros(x.shape, dtype: .float64)
      let scratch = try Tensor.make([batch, 2, places], .float64, for: name)
      let alpha = forward.data.assumingMemoryBound(to: Double.self)
      let (factor, out) = (
        g.data.assumingMemoryBound(to: Double.self), dx.data.assumingMemoryBound(to: Double.self)
      )
      let rows = scratch.data.assumingMemoryBound(to: Double.self)
      parallel(batch) { n in
        labels.path(n, dense).backward(
          alpha + n &* times &* places, places, rows + n &* 2 &* places, factor[n], zeroInfinity,
          out + n &* classes, batch &* classes)
      }
      return try dx.to(x.dtype)
    }
    try pass.send(gradients, from: node, to: 0)
  }
}

extension Tensor {
  /// The negative log-likelihood of labels whose places in time are not known.
  /// - Parameters:
  ///   - targets: int64 [N, S], or all labels one after the other; for one sequence [S].
  ///   - inputLengths, targetLengths: int64 [N], or scalars for one sequence.
  ///   - blank: the class that stands for no label.
  ///   - reduction: the mean is over the sequences, of losses divided by their targets' lengths (0 as 1).
  ///   - zeroInfinity: losses of labels that do not fit their inputs count as 0.
  /// - Throws: `.shape`, `.dtype` or `.invalidArgument` for what does not fit, `.outOfMemory`.
  public func ctcLoss(
    _ targets: Tensor, inputLengths: Tensor, targetLengths: Tensor, blank: Int = 0,
    reduction: Reduce = .mean, zeroInfinity: Bool = false
  ) throws(ThalwegError) -> Tensor {
    guard dtype.isFloat else { throw unsupported("ctc_loss", dtype) }
    guard rank == 2 || rank == 3, shape[0] > 0, shape[rank - 1] > 0 else {
      throw ThalwegError(
        .shape, "ctc_loss: the input has shape \(shape); it must be [T, N, C], or [T, C] for one sequence")
    }
    let x = rank == 2 ? try unsqueeze(1) : self
    let labels = try CTCLabels(targets, inputLengths, targetLengths, blank: blank, of: x.shape)
    let losses = try ConnectionistTemporal.apply(x, labels, zeroInfinity: zeroInfinity)
    switch reduction {
    case .none: return rank == 2 ? try losses.reshape([]) : losses
    case .sum: return try losses.sum()
    case .mean:
      let lengths = try targetLengths.reshape([-1]).clamp(min: 1).to(dtype)
      return try (losses / lengths).mean()
    }
  }
}
