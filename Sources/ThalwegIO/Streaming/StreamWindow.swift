import CHDF5
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
  /// For each data set room for its samples.
  private let memory: [Tensor]
  private var content = Content()
  private var blocksRead = 0
  private var rowsRead = 0

  init(_ plan: StreamPlan) throws(ThalwegError) {
    self.plan = plan
    let rows = min(plan.windowBlocks * plan.blockRows, plan.rows)
    var memory: [Tensor] = []
    for source in plan.sources {
      memory.append(try Tensor.empty(Dims([rows] + source.rowShape), dtype: source.stored))
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
    var stretches: [Range<Int>] = []
    for block in blocks[blocksRead..<end] {
      let rows = plan.rows(ofBlock: block)
      if let last = stretches.last, last.upperBound == rows.lowerBound {
        stretches[stretches.count - 1] = last.lowerBound..<rows.upperBound
      } else {
        stretches.append(rows)
      }
    }
    try HDF5Session.run("loader_next") { session throws(ThalwegError) in
      guard tw_hdf5_is_exiting() == 0 else {
        throw session.error(.cancelled, "the process is ending")
      }
      var files: [String: HDF5File] = [:]
      for (source, memory) in zip(plan.sources, memory) {
        let dataset = try open(source, stretches, &files, session)
        var row = rowsRead
        for rows in stretches {
          try dataset.readRows(rows, into: memory.data + row * source.rowBytes)
          row += rows.count
        }
      }
    }
    blocksRead = end
    rowsRead += stretches.reduce(0) { $0 + $1.count }
  }

  /// The data set, open; the error says what was to be read.
  private func open(
    _ source: StreamSource, _ stretches: [Range<Int>], _ files: inout [String: HDF5File],
    _ session: HDF5Session
  ) throws(ThalwegError) -> HDF5Dataset {
    do throws(ThalwegError) {
      let path = source.file.path
      let file: HDF5File
      if let known = files[path] {
        file = known
      } else {
        file = try HDF5File(path, session, chunkCache: plan.chunkCache)
      }
      files[path] = file
      let dataset = try HDF5Dataset(source.file.dataset, in: file)
      try source.check(dataset)
      return dataset
    } catch {
      let rows = stretches.first ?? 0..<1
      let place = source.layout.place(of: rows.lowerBound, to: rows.upperBound)
      let reason = error.message.dropFirst("\(session.function): ".count)
      throw session.error(error.code, "cannot read \(place) of \(source.label): \(reason)")
    }
  }

  /// Copies samples of one data set, by their places in the order, to rows of a batch. All blocks must be there.
  func copy(_ index: Int, _ places: Range<Int>, to batch: Tensor, at row: Int) {
    let source = plan.sources[index]
    let elements = source.rowBytes / source.stored.size
    let (from, fromBytes) = (memory[index].data, source.rowBytes)
    let toBytes = elements * source.dtype.size
    let to = batch.data + row * toBytes
    func copy(_ rows: Int, _ from: UnsafeMutableRawPointer, _ to: UnsafeMutableRawPointer) {
      if let scaling = source.scaling {
        scaling.convert(from, source.stored, to: to, count: rows * elements)
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
