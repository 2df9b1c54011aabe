public import ThalwegCore

/// Batches of tensors in memory: several, in step along their first dimension.
public final class TensorLoader: IndexedLoader {
  private let tensors: [Tensor]

  /// The tensors are shared, not copied, if they are contiguous.
  /// - Throws: `.shape` unless all have the same size along a first dimension, `.invalidArgument` for no tensors or
  ///   options that make no sense.
  public init(_ tensors: [Tensor], options: LoaderOptions = LoaderOptions()) throws(ThalwegError) {
    try options.check("loader_from_tensors")
    guard let first = tensors.first else {
      throw ThalwegError(
        .invalidArgument, "loader_from_tensors: there are no tensors; at least one is needed")
    }
    var sources: [Tensor] = []
    for (index, tensor) in tensors.enumerated() {
      guard tensor.rank >= 1, first.rank >= 1, tensor.shape[0] == first.shape[0] else {
        throw ThalwegError(
          .shape,
          """
          loader_from_tensors: tensor \(index) has shape \(tensor.shape), tensor 0 \(first.shape); samples lie along the \
          first dimension, which must be the same
          """)
      }
      sources.append(try tensor.detach().contiguous())
    }
    self.tensors = sources
    super.init(available: first.shape[0], options: options)
  }

  public override var arrayCount: Int { tensors.count }

  public override func nextBatch() throws(ThalwegError) -> [Tensor]? {
    guard let places = order.batch(at: position) else { return nil }
    let chosen = try order.indexes?.slice(0, places.lowerBound, places.upperBound)
    var batch: [Tensor] = []
    for tensor in tensors {
      if let chosen {
        batch.append(try tensor.indexSelect(0, chosen))
      } else {
        batch.append(try tensor.slice(0, places.lowerBound, places.upperBound).clone())
      }
    }
    position = places.upperBound
    return batch
  }
}
