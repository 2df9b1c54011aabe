public import ThalwegCore

/// Mini-batches of a data set, epoch after epoch: where training and evaluation get their data from.
///
/// A subclass says where the samples come from: tensors in memory (`TensorLoader`) or a file (ThalwegIO). One thread at a
/// time uses a loader.
open class DataLoader: Object {
  public override init() { super.init() }

  /// Samples in an epoch.
  open var sampleCount: Int { 0 }

  /// Batches in an epoch.
  open var batchCount: Int { 0 }

  /// Goes to the beginning of the next epoch, whatever is left of this one. With shuffling every epoch has an order of its
  /// own, which depends on the seed and the epoch's number alone.
  open func startEpoch() throws(ThalwegError) {}

  /// The next batch, its arrays in step (samples along the first dimension); nil at the end of the epoch.
  open func next() throws(ThalwegError) -> [Tensor]? { nil }
}
