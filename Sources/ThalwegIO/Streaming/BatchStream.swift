import Synchronization
import ThalwegCore

/// The batches of one epoch, one after the other. One thread uses it.
final class BatchStream: @unchecked Sendable {
  private let plan: StreamPlan
  private let epoch: Int
  private let blocks: [Int]
  private var nextBlock = 0
  /// The samples that are given out, and those that are given out after them, which are read meanwhile.
  private var current: StreamWindow
  private var upcoming: StreamWindow
  private var isUpcomingDamaged = false
  private var position: Int
  private let end: Int
  /// An error ends the epoch.
  private var failure: ThalwegError?
  /// Set by another thread that waits for this one to come to an end.
  let isCancelled = Atomic<Bool>(false)

  /// - Parameter position: samples at the epoch's beginning that are left out, without reading those that need not be.
  init(_ plan: StreamPlan, _ epoch: Int, from position: Int = 0) throws(ThalwegError) {
    self.plan = plan
    self.epoch = epoch
    self.position = position
    end = plan.options.samplesInBatches(of: plan.samples)
    if let order = try plan.blockOrder(epoch) {
      let start = order.data.assumingMemoryBound(to: Int64.self)
      blocks = UnsafeBufferPointer(start: start, count: order.numel).map { Int($0) }
    } else {
      blocks = Array(0..<plan.blockCount)
    }
    let readers = plan.sources.map { HDF5RowReader($0.stored, cacheBytes: plan.chunkCache($0)) }
    current = try StreamWindow(plan, readers)
    upcoming = try StreamWindow(plan, readers)
    current.restart(takeBlocks(), first: 0)
    while current.end <= position, current.count > 0 { current.restart(takeBlocks(), first: current.end) }
    upcoming.restart(takeBlocks(), first: current.end)
  }

  private func takeBlocks() -> [Int] {
    let first = nextBlock
    nextBlock = min(first + plan.windowBlocks, blocks.count)
    return Array(blocks[first..<nextBlock])
  }

  /// The next batch; nil at the end of the epoch. After an error it throws the same again.
  func next() throws(ThalwegError) -> [Tensor]? {
    if let failure { throw failure }
    guard position < end else { return nil }
    do throws(ThalwegError) {
      let batch = try makeBatch(min(plan.options.batchSize, plan.samples - position))
      readAhead()
      return batch
    } catch {
      failure = error
      throw error
    }
  }

  private func makeBatch(_ count: Int) throws(ThalwegError) -> [Tensor] {
    var batch: [Tensor] = []
    for source in plan.sources {
      batch.append(try Tensor.empty(Dims([count] + source.rowShape), dtype: source.dtype))
    }
    var done = 0
    while done < count {
      if position == current.end {
        swap(&current, &upcoming)
        upcoming.restart(takeBlocks(), first: current.end)
        isUpcomingDamaged = false
      }
      try current.read(share: 1, epoch, mayGoOn)
      let place = position - current.first
      let taken = min(count - done, current.count - place)
      for index in batch.indices { current.copy(index, place..<place + taken, to: batch[index], at: done) }
      done += taken
      position += taken
    }
    return batch
  }

  /// Reads as much of the next window as is given out of this one. An error there is thrown when its samples are due.
  private func readAhead() {
    guard position < end, !isUpcomingDamaged else { return }
    let share = Double(position - current.first) / Double(max(current.count, 1))
    do throws(ThalwegError) {
      try upcoming.read(share: share, epoch, mayGoOn)
    } catch {
      isUpcomingDamaged = true
    }
  }

  /// Asked before every portion.
  private func mayGoOn() throws(ThalwegError) {
    if isCancelled.load(ordering: .relaxed) {
      throw ThalwegError(.cancelled, "loader_next: the epoch was given up")
    }
    try Checkpoint.pass()
  }
}
