/// How a loss reduces over its elements. Raw values are the C interface's.
public enum Reduce: Int32, Sendable {
  case none = 0
  case mean = 1
  case sum = 2
}

extension Tensor {
  /// What a loss makes of its elements.
  package func reduced(_ reduction: Reduce) throws(ThalwegError) -> Tensor {
    switch reduction {
    case .none: self
    case .mean: try mean()
    case .sum: try sum()
    }
  }

  /// Checks the input and the target of a loss: floats that broadcast against each other.
  package func checkLoss(_ target: Tensor, _ name: StaticString) throws(ThalwegError) {
    guard dtype.isFloat, target.dtype.isFloat else {
      throw ThalwegError(.dtype, "\(name): input \(dtype), target \(target.dtype); both must be float")
    }
    _ = try Dims.broadcast(shape, target.shape, in: name)
  }
}
