public import ThalwegCore
public import ThalwegNN

/// Checkpoints of `fit` in a folder: at the end of each epoch, and every so many batches. A `fit` with the same module,
/// optimiser, schedules and data goes on from the last one by itself.
public final class FitCheckpoints: FitRecorder {
  public let checkpoint: TrainingCheckpoint
  public let folder: String
  public let everyBatches: Int
  /// How many are kept, and whether they are written in the background. The score is that of `monitor`.
  public let keeping: TrainingCheckpoint.Keeping
  public let monitor: ThalwegNN.Monitor

  /// - Throws: `.invalidArgument` for a negative number of batches.
  public init(
    _ checkpoint: TrainingCheckpoint, folder: String, everyBatches: Int = 0,
    keeping: TrainingCheckpoint.Keeping = .init(), monitor: ThalwegNN.Monitor = .validationLoss
  ) throws(ThalwegError) {
    guard everyBatches >= 0 else {
      throw ThalwegError(
        .invalidArgument, "fit: every_batches is \(everyBatches); it must be at least 0")
    }
    self.checkpoint = checkpoint
    self.folder = folder
    self.everyBatches = everyBatches
    self.keeping = keeping
    self.monitor = monitor
  }

  public func record(_ record: FitRecord) throws(ThalwegError) {
    checkpoint.step = record.steps
    checkpoint.epoch = record.history.count
    checkpoint.fit = record.memory
    var keeping = keeping
    keeping.isLargerBetter = false
    keeping.score = record.isEpochEnd ? record.history.last.flatMap(monitor.knownCost) : nil
    try checkpoint.keep(in: folder, keeping)
  }

  public func resume() throws(ThalwegError) -> FitRecord? {
    try checkpoint.resume(from: folder) ? FitRecord(checkpoint.fit) : nil
  }
}
