import ThalwegCore

/// Samples that are read and shuffled together.
final class StreamWindow {
  /// What is in a window.
  struct Content {
    /// In the file's order.
    var blocks: [Int] = []
    /// The place in the epoch of the first sample, and how many there are.
    var first = 0
    var count = 0
    /// The samples, in the epoch's order, as rows of the window; nil: as the rows lie.
    var places: [Int64]?
  }

  private let plan: StreamPlan
  private let readers: [HDF5RowReader]
  /// For each data set room for its samples.
  private let memory: [Tensor]
  private var content = Content()
  private var blocksRead = 0
  private var rowsRead = 0

  /// - Parameter readers: one for each data set, which several windows may share.
  init(_ plan: StreamPlan, _ readers: [HDF5RowReader]) throws(ThalwegError) {
    self.plan = plan
    self.readers = readers
    let rows = min(plan.windowBlocks * plan.blockRows, plan.rows)
    var memory: [Tensor] = []
    for source in plan.sources {
      memory.append(try Tensor.empty(Dims([rows] + source.rowShape), dtype: source.stored.dtype))
    }
    self.memory = memory
  }

  var first: Int { content.first }
  var count: Int { content.count }
  var end: Int { content.first + content.count }

  /// Becomes another window, of which nothing is read yet.
  func restart(_ content: Content) {
    self.content = content
    blocksRead = 0
    rowsRead = 0
  }

  /// Reads on, portion by portion, until `share` of the blocks is there.
  func read(share: Double, _ mayGoOn: () throws(ThalwegError) -> Void) throws(ThalwegError) {
    let blocks = content.blocks
    let wanted = Int((share * Double(blocks.count)).rounded(.up))
    while blocksRead < blocks.count,
      wanted == blocks.count || wanted - blocksRead >= plan.portionBlocks
    {
      try mayGoOn()
      try readPortion()
    }
  }

  private func readPortion() throws(ThalwegError) {
    let blocks = content.blocks
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
    guard let rows = content.places else {
      return copy(places.count, from + places.lowerBound * fromBytes, to)
    }
    for (i, place) in places.enumerated() { copy(1, from + Int(rows[place]) * fromBytes, to + i * toBytes) }
  }
}
