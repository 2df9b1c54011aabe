public import ThalwegCore

/// What training makes smaller, and how batches of a loader are read for it.
public enum Loss {
  /// Cross-entropy of logits `[n, classes, ...]` and classes `[n, ...]` of any integer dtype; -100 is left out.
  case crossEntropy
  /// The mean of squared differences; targets are converted to the output's dtype.
  case meanSquaredError
  /// A scalar of output and target, as the loader gives it: the mean over the samples of the batch.
  case custom((_ output: Tensor, _ target: Tensor) throws(ThalwegError) -> Tensor)

  /// The loss of a batch, a scalar.
  package func callAsFunction(_ output: Tensor, _ target: Tensor) throws(ThalwegError) -> Tensor {
    switch self {
    case .crossEntropy: return try output.crossEntropy(Loss.classes(target))
    case .meanSquaredError: return try output.mseLoss(target.to(output.dtype))
    case .custom(let compute):
      let loss = try compute(output, target)
      guard loss.numel == 1 else {
        throw ThalwegError(.shape, "fit: the loss has shape \(loss.shape); it must be a scalar")
      }
      return loss
    }
  }

  /// The targets that are classes, and those whose class has the largest output, both as counts; nil where outputs are
  /// no scores for integer targets.
  func hits(_ output: Tensor, _ target: Tensor) throws(ThalwegError) -> (right: Double, of: Double)? {
    if case .meanSquaredError = self { return nil }
    guard !target.dtype.isFloat, target.dtype != .bool, output.dtype.isFloat, target.rank >= 1,
      output.rank == target.rank + 1, output.numel > 0
    else { return nil }
    return try noGrad { () throws(ThalwegError) in
      let classes = try Loss.classes(target)
      let right = try output.detach().argmax(1).equal(classes).to(.float64).sum().item()
      let ignored = try Tensor.full([], Double(Loss.ignored), dtype: .int64)
      return (right, try classes.notEqual(ignored).to(.float64).sum().item())
    }
  }

  private static let ignored: Int64 = -100

  private static func classes(_ target: Tensor) throws(ThalwegError) -> Tensor {
    target.dtype.isFloat || target.dtype == .int64 ? target : try target.to(.int64)
  }
}
