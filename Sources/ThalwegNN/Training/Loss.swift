public import ThalwegCore

/// What training makes smaller, and how batches of a loader are read for it.
public enum Loss {
  /// Cross-entropy of logits `[n, classes, ...]` and classes `[n, ...]` of any integer dtype; -100 is left out. Where only
  /// that fits, of logits `[n, ..., classes]`, as recurrent layers have them; where both do, `[n, classes, steps]` with as
  /// many steps as classes, it is an error.
  case crossEntropy
  /// Cross-entropy of logits `[..., classes]` and classes `[...]`, or the probabilities of all, `[..., classes]`: all steps
  /// of all sequences are one batch.
  case sequenceCrossEntropy
  /// The mean of squared differences; targets are converted to the output's dtype.
  case meanSquaredError
  /// A scalar of output and target, as the loader gives it: the mean over the samples of the batch.
  case custom((_ output: Tensor, _ target: Tensor) throws(ThalwegError) -> Tensor)

  /// The loss of a batch, a scalar.
  package func callAsFunction(_ output: Tensor, _ target: Tensor) throws(ThalwegError) -> Tensor {
    switch self {
    case .crossEntropy, .sequenceCrossEntropy:
      guard try hasClassesLast(output, target) else { return try output.crossEntropy(Loss.classes(target)) }
      let (scores, classes) = try Loss.rows(output, target)
      return try scores.crossEntropy(Loss.classes(classes))
    case .meanSquaredError: return try output.mseLoss(target.to(output.dtype))
    case .custom(let compute):
      let loss = try compute(output, target)
      guard loss.numel == 1 else {
        throw ThalwegError(.shape, "fit: the loss has shape \(loss.shape); it must be a scalar")
      }
      return loss
    }
  }

  /// The same where outputs are known to be of sequences.
  var ofSequences: Loss {
    if case .crossEntropy = self { .sequenceCrossEntropy } else { self }
  }

  /// The targets that are classes, and those whose class has the largest output, both as counts; nil where outputs are
  /// no scores for integer targets.
  func hits(_ output: Tensor, _ target: Tensor) throws(ThalwegError) -> (right: Double, of: Double)? {
    if case .meanSquaredError = self { return nil }
    guard !target.dtype.isFloat, target.dtype != .bool, output.dtype.isFloat, target.rank >= 1,
      output.rank == target.rank + 1, output.numel > 0
    else { return nil }
    let dim = try hasClassesLast(output, target) ? -1 : 1
    return try noGrad { () throws(ThalwegError) in
      let classes = try Loss.classes(target)
      let right = try output.detach().argmax(dim).equal(classes).to(.float64).sum().item()
      let ignored = try Tensor.full([], Double(Loss.ignored), dtype: .int64)
      return (right, try classes.notEqual(ignored).to(.float64).sum().item())
    }
  }

  /// Whether the classes are the last dimension of logits rather than that behind the samples.
  private func hasClassesLast(_ output: Tensor, _ target: Tensor) throws(ThalwegError) -> Bool {
    if case .sequenceCrossEntropy = self { return true }
    guard case .crossEntropy = self, output.rank >= 3, target.rank == output.rank - 1, !target.dtype.isFloat,
      target.shape == Dims(output.shape.dropLast())
    else { return false }
    let isEither = target.shape == Dims([output.shape[0]] + output.shape.dropFirst(2))
    guard isEither, output.rank == 3, output.shape[1] > 1 else { return !isEither }
    throw ThalwegError(
      .shape,
      "fit: in an output of shape \(output.shape) for targets \(target.shape) either dimension may be the classes; for classes in the last one the loss is sequence cross-entropy, for others a function of one's own"
    )
  }

  /// Outputs [..., classes] and targets [...], or [..., classes], as [n, classes] and [n], or [n, classes].
  private static func rows(
    _ output: Tensor, _ target: Tensor
  ) throws(ThalwegError) -> (Tensor, Tensor) {
    if target.dtype.isFloat, output.rank >= 2, target.shape == output.shape {
      return (try output.flatten(0, -2), try target.flatten(0, -2))
    }
    guard output.rank >= 1, target.shape == Dims(output.shape.dropLast()) else {
      throw ThalwegError(
        .shape,
        "sequence cross-entropy: the output has shape \(output.shape), the targets \(target.shape); they must be [..., classes] and [...]"
      )
    }
    return (try output.reshape([target.numel, output.shape[output.rank - 1]]), try target.reshape([-1]))
  }

  private static let ignored: Int64 = -100

  private static func classes(_ target: Tensor) throws(ThalwegError) -> Tensor {
    target.dtype.isFloat || target.dtype == .int64 ? target : try target.to(.int64)
  }
}
