public import ThalwegCore

/// Mini-batches of a data set, epoch after epoch: where training and evaluation get their data from.
///
/// A subclass says where the samples come from: tensors in memory (`TensorLoader`) or a file (ThalwegIO). One thread at a
/// time uses a loader.
open class DataLoader: Object {
  private var upcoming = 0

  public override init() { super.init() }

  /// Samples in an epoch; 0 if that is not known.
  open var sampleCount: Int { 0 }

  /// Batches in an epoch; 0 if that is not known.
  open var batchCount: Int { 0 }

  /// Arrays in a batch; 0 if that is not known.
  open var arrayCount: Int { 0 }

  /// Goes to the beginning of the epoch after the one that was started last, 0 at first, whatever is left of that.
  public final func startEpoch() throws(ThalwegError) { try startEpoch(upcoming) }

  /// Goes to the beginning of an epoch. With shuffling every epoch has an order of its own, which depends on the seed and
  /// the epoch's number alone.
  /// - Throws: `.invalidArgument` for a negative number.
  public final func startEpoch(_ epoch: Int) throws(ThalwegError) {
    guard epoch >= 0 else {
      throw ThalwegError(
        .invalidArgument, "loader_start_epoch: the epoch is \(epoch); it must not be negative")
    }
    upcoming = epoch == .max ? 0 : epoch + 1
    try begin(epoch)
  }

  /// What a subclass does at the beginning of an epoch.
  open func begin(_ epoch: Int) throws(ThalwegError) {}

  /// The next batch, its arrays in step (samples along the first dimension); nil at the end of the epoch. After an error
  /// it throws the same again, until the next epoch is started. The first call starts an epoch if none was.
  open func next() throws(ThalwegError) -> [Tensor]? { nil }
}
