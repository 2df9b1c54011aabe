import ThalwegCore

/// Samples that are read and shuffled together.
final class StreamWindow {
  private let plan: StreamPlan
  private let readers: [HDF5RowReader]
  /// For each data set room for its samples.
  private let memory: [Tensor]
  /// In the file's order.
  private var blocks: [Int] = []
  private var order: Tensor?
  private var blocksRead = 0
  private var rowsRead = 0
  /// The place in the epoch of the first sample, and how many there are.
  private(set) var first = 0
  private(set) var count = 0

  /// - Parameter readers: one for each data set, which several windows may share.
  init(_ plan: StreamPlan, _ readers: [HDF5RowReader]) throws(ThalwegError) {
    self.plan = plan
    self.readers = readers
    let rows = min(plan.windowBlocks * plan.blockRows, plan.samples)
    var memory: [Tensor] = []
    for source in plan.sources {
      memory.append(try Tensor.empty(Dims([rows] + source.rowShape), dtype: source.stored.dtype))
    }
    self.memory = memory
  }

  var end: Int { first + count }

  /// Becomes the window of these blocks, of which nothing is read yet.
  func restart(_ blocks: [Int], first: Int) {
    self.blocks = blocks.sorted()
    self.first = first
    count = blocks.reduce(0) { $0 + plan.rows(ofBlock: $1).count }
    order = nil
    blocksRead = 0
    rowsRead = 0
  }

  /// Reads on, portion by portion, until `share` of the blocks is there.
  func read(
    share: Double, _ epoch: Int, _ mayGoOn: () throws(ThalwegError) -> Void
  ) throws(ThalwegError) {
    if order == nil { order = try plan.sampleOrder(epoch, first: first, count: count) }
    let wanted = Int((share * Double(blocks.count)).rounded(.up))
    while blocksRead < blocks.count,
      wanted == blocks.count || wanted - blocksRead >= plan.portionBlocks
    {
      try mayGoOn()
      try readPortion()
    }
  }

  private func readPortion() throws(ThalwegError) {
    let end = min(blocksRead + plan.portionBlocks, blocks.count)
    // Blocks that lie side by side are read as one.
    var stretches: [RowStretch] = []
    var row = rowsRead
    for block in blocks[blocksRead..<end] {
      let rows = plan.rows(ofBlock: block)
      if let last = stretches.last, last.rows.upperBound == rows.lowerBound {
        stretches[stretches.count - 1].rows = last.rows.lowerBound..<rows.upperBound
      } else {
        stretches.append(RowStretch(rows: rows, at: row))
      }
      row += rows.count
    }
    for (reader, memory) in zip(readers, memory) {
      try reader.read(stretches, into: memory.data, "loader_next")
    }
    blocksRead = end
    rowsRead = row
  }

  /// Copies samples of one data set, by their places in the order, to rows of a batch. All blocks must be there.
  func copy(_ index: Int, _ places: Range<Int>, to batch: Tensor, at row: Int) {
    let source = plan.sources[index]
    let elements = source.elements
    let (from, fromBytes) = (memory[index].data, source.rowBytes)
    let toBytes = elements * source.dtype.size
    let to = batch.data + row * toBytes
    func copy(_ rows: Int, _ from: UnsafeMutableRawPointer, _ to: UnsafeMutableRawPointer) {
      if let scaling = source.scaling {
        scaling.convert(from, source.stored.dtype, to: to, count: rows * elements)
      } else {
        to.copyMemory(from: from, byteCount: rows * fromBytes)
      }
    }
    guard let order else { return copy(places.count, from + places.lowerBound * fromBytes, to) }
    let rows = order.data.assumingMemoryBound(to: Int64.self)
    for (i, place) in places.enumerated() { copy(1, from + Int(rows[place]) * fromBytes, to + i * toBytes) }
  }
}
