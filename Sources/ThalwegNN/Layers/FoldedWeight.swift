import ThalwegCore

/// Weight and bias [out, ...] of a layer times and plus what running statistics and a batch normalisation's own parameters
/// make of its outputs: γ (y - μ) / √(σ² + ε) + β. It is kept with the normalisation until one of them changes.
final class FoldedWeight {
  let weight: Tensor
  let bias: Tensor
  private let sources: [Tensor]
  private let versions: [Int]

  init(
    _ weight: Tensor, _ bias: Tensor?, mean: Tensor, variance: Tensor, scale gamma: Tensor?,
    shift beta: Tensor?, epsilon: Double
  ) throws(ThalwegError) {
    sources = [weight, mean, variance] + [bias, gamma, beta].compactMap { $0 }
    versions = sources.map(Self.version)
    var scale = try (variance + epsilon).rsqrt()
    if let gamma { scale = try scale * gamma }
    var shift = try -mean * scale
    if let bias { shift = try bias * scale + shift }
    if let beta { shift = try shift + beta }
    var column = Dims(repeating: 1, count: weight.rank)
    column[0] = weight.shape[0]
    self.weight = try weight * scale.reshape(column)
    self.bias = shift
  }

  /// Whether it is what these would give again.
  func isOf(_ tensors: Tensor?...) -> Bool {
    var i = 0
    for tensor in tensors {
      guard let tensor else { continue }
      if i >= sources.count || tensor !== sources[i] || tensor.storage.isExposed
        || Self.version(tensor) != versions[i]
      {
        return false
      }
      i += 1
    }
    return i == sources.count
  }

  private static func version(_ tensor: Tensor) -> Int { tensor.storage.version.load(ordering: .relaxed) }
}
