import Synchronization
import ThalwegCore
import ThalwegNN

/// The batches of one epoch, one after the other. One thread uses it.
final class BatchStream: @unchecked Sendable {
  /// What an epoch consists of.
  struct Epoch {
    let number: Int
    let seed: UInt64
    /// With samples for a plan by row, without for one that has an order of its own.
    let order: EpochOrder
    let chain: TransformChain
  }

  private let plan: StreamPlan
  private let epoch: Epoch
  /// The blocks in the epoch's order, or the rows.
  private let units: [Int]
  private var nextUnit = 0
  /// The samples that are given out, and those that are given out after them, which are read meanwhile.
  private var current: StreamWindow
  private var upcoming: StreamWindow
  private var isUpcomingDamaged = false
  private var position: Int
  /// An error ends the epoch.
  private var failure: ThalwegError?
  /// Set by another thread that waits for this one to come to an end.
  let isCancelled = Atomic<Bool>(false)

  /// - Parameter position: samples at the epoch's beginning that are left out, without reading those that need not be.
  init(_ plan: StreamPlan, _ epoch: Epoch, from position: Int = 0) throws(ThalwegError) {
    self.plan = plan
    self.epoch = epoch
    self.position = position
    if let rows = epoch.order.indexes {
      let start = rows.data.assumingMemoryBound(to: Int64.self)
      units = UnsafeBufferPointer(start: start, count: rows.numel).map { Int($0) }
      nextUnit = position
      withExtendedLifetime(rows) {}
    } else {
      units = try plan.blockOrder(epoch.number, seed: epoch.seed)
    }
    let readers = plan.sources.map { HDF5RowReader($0.stored, cacheBytes: plan.chunkCache($0)) }
    current = try StreamWindow(plan, readers)
    upcoming = try StreamWindow(plan, readers)
    var first = nextUnit
    while epoch.order.indexes == nil, nextUnit < units.count {
      let end = min(nextUnit + plan.windowBlocks, units.count)
      let samples = plan.sampleCount(ofBlocks: units[nextUnit..<end])
      if first + samples > position { break }
      (nextUnit, first) = (end, first + samples)
    }
    current.restart(try takeWindow(first: first))
    upcoming.restart(try takeWindow(first: current.end))
  }

  private func takeWindow(first: Int) throws(ThalwegError) -> StreamWindow.Content {
    let begin = nextUnit
    nextUnit = min(begin + plan.windowBlocks, units.count)
    let taken = Array(units[begin..<nextUnit])
    if epoch.order.indexes != nil { return plan.window(ofRows: taken, first: first) }
    return try plan.window(ofBlocks: taken, epoch.number, seed: epoch.seed, first: first)
  }

  /// The next batch; nil at the end of the epoch. After an error it throws the same again.
  func next() throws(ThalwegError) -> [Tensor]? {
    if let failure { throw failure }
    guard let places = epoch.order.batch(at: position) else { return nil }
    do throws(ThalwegError) {
      let batch = try makeBatch(places.count)
      readAhead()
      return epoch.chain.isEmpty ? batch : try epoch.chain(batch, at: places.lowerBound)
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
        upcoming.restart(try takeWindow(first: current.end))
        isUpcomingDamaged = false
      }
      try current.read(share: 1, mayGoOn)
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
    guard epoch.order.batch(at: position) != nil, !isUpcomingDamaged else { return }
    let share = Double(position - current.first) / Double(max(current.count, 1))
    do throws(ThalwegError) {
      try upcoming.read(share: share, mayGoOn)
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
