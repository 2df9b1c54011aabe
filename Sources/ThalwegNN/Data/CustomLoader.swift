public import ThalwegCore

/// A loader whose batches a function gives: data that is made, or that another library reads.
public final class CustomLoader: DataLoader {
  /// - Parameter beginsEpoch: whether the batch is the first of an epoch.
  /// - Returns: the arrays of the next batch; nil at the end of the epoch.
  public typealias NextBatch = (_ beginsEpoch: Bool) throws(ThalwegError) -> [Tensor]?

  private let batches: Int
  private let give: NextBatch
  private var begins = true
  private var isOver = false

  /// - Parameter batchCount: batches in an epoch, for estimates of time; 0 if that is not known.
  public init(batchCount: Int, _ nextBatch: @escaping NextBatch) {
    batches = max(batchCount, 0)
    give = nextBatch
    super.init()
  }

  public override var batchCount: Int { batches }

  public override func begin(_ epoch: Int) throws(ThalwegError) {
    begins = true
    isOver = false
  }

  public override func nextBatch() throws(ThalwegError) -> [Tensor]? {
    if isOver { return nil }
    let batch = try give(begins)
    begins = false
    isOver = batch == nil
    return batch
  }
}
