public import ThalwegCore

/// Batches of tensors in memory: several, in step along their first dimension.
public final class TensorLoader: DataLoader {
  private let tensors: [Tensor]
  private let options: LoaderOptions
  private let samples: Int
  /// The epoch's order; nil before the first and without shuffling.
  private var order: Tensor?
  private var position = 0

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
    self.options = options
    samples = options.samples(of: first.shape[0])
    super.init()
  }

  public override var sampleCount: Int { samples }
  public override var batchCount: Int { options.batches(of: samples) }
  public override var arrayCount: Int { tensors.count }

  public override func begin(_ epoch: Int) throws(ThalwegError) {
    if options.isShuffled {
      order = try SampleOrder.permutation(samples, seed: options.seed, epoch: epoch)
    }
    position = 0
  }

  public override func skip(to samples: Int) throws(ThalwegError) -> Bool {
    guard options.isBoundary(samples, of: self.samples) else { return false }
    position = samples
    return true
  }

  public override func nextBatch() throws(ThalwegError) -> [Tensor]? {
    let start = position
    guard start < options.samplesInBatches(of: samples) else { return nil }
    let end = start + min(options.batchSize, samples - start)
    let chosen = try order?.slice(0, start, end)
    var batch: [Tensor] = []
    for tensor in tensors {
      if let chosen {
        batch.append(try tensor.indexSelect(0, chosen))
      } else {
        batch.append(try tensor.slice(0, start, end).clone())
      }
    }
    position = end
    return batch
  }
}
