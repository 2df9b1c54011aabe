import ThalwegCore
import ThalwegNN

/// How a loader goes through its files.
///
/// Samples are read in blocks: as many rows as the chunks of the largest data set reach over, or several chunks if they are
/// small. An epoch has the blocks in random order. So many in that order as fit into half of the memory make a window; its
/// blocks are read in the order of the file, and its samples given out in random order. Seed and epoch decide all of
/// that, and nothing else: neither threads nor how far reading is ahead.
///
/// Of a part of the samples only blocks are read that have some. Samples in an order that somebody gives are blocks of one
/// row: as many as fit make a window, whose rows are read in the order of the file, each once.
struct StreamPlan: Sendable {
  let sources: [StreamSource]
  let options: LoaderOptions
  /// Of the files that are used, from the first on.
  let rows: Int
  /// In an epoch, where the order is the plan's own.
  let samples: Int
  /// The rows that are used, in ascending order; nil: all.
  let subset: [Int]?
  /// Whether the order is somebody else's.
  let isByRow: Bool
  let blockRows: Int
  /// Blocks in a window.
  let windowBlocks: Int
  /// Blocks that are read in one go.
  let portionBlocks: Int

  /// A block of small chunks has so many bytes.
  private static let blockBytes = 256 << 10
  /// A portion has at least so many: opening a file takes some time.
  private static let portionBytes = 2 << 20
  /// Beside each sample in a window, for its place in the order.
  private static let orderBytes = 16

  var blockCount: Int { (rows + blockRows - 1) / blockRows }

  /// Errors: `.shape` unless the data sets have the same number of samples; `.invalidArgument` if the memory is too
  /// small for a chunk.
  /// - Parameter subset: rows in ascending order.
  init(
    _ sources: [StreamSource], _ options: LoaderOptions, subset: [Int]? = nil, isByRow: Bool = false
  ) throws(ThalwegError) {
    self.sources = sources
    self.options = options
    self.subset = subset
    self.isByRow = isByRow
    for source in sources where source.rows != sources[0].rows {
      throw ThalwegError(
        .shape,
        """
        loader_open: \(source.label) has \(source.rows) samples, \(sources[0].label) \(sources[0].rows); they must have \
        the same number
        """)
    }
    let available = sources.first?.rows ?? 0
    rows = isByRow || subset != nil ? available : options.samples(of: available)
    samples = subset?.count ?? rows
    let half = max(options.windowBytes / 2, 1)
    for source in sources where source.layout.isFiltered && source.chunkBytes > half {
      throw ThalwegError(
        .invalidArgument,
        """
        loader_open: a chunk of \(source.label) takes \(source.chunkBytes) bytes; window_bytes is \(options.windowBytes) and \
        must be twice that, or the data set stored in smaller chunks
        """)
    }
    let rowBytes = sources.reduce(StreamPlan.orderBytes) { $0 + $1.rowBytes }
    let largest = sources.max { $0.rowBytes < $1.rowBytes }
    let maxRows = max(half / rowBytes, 1)
    let chunkRows = largest?.chunkRows ?? 1
    // A compressed chunk is decoded as a whole: better once and a little more than the memory than twice.
    let unit = largest?.layout.isFiltered == true ? chunkRows : min(chunkRows, maxRows)
    let together = min(StreamPlan.blockBytes, half / 16) / (unit * rowBytes)
    let blockRows = isByRow ? 1 : unit * max(together, 1)
    self.blockRows = blockRows
    windowBlocks = max(maxRows / blockRows, 1)
    portionBlocks = max(windowBlocks / 8, StreamPlan.portionBytes / (blockRows * rowBytes), 1)
  }

  /// Memory for decoded chunks of a data set whose chunks reach over several blocks.
  func chunkCache(_ source: StreamSource) -> Int {
    source.layout.isFiltered && blockRows % source.chunkRows != 0 ? max(source.chunkBytes, 1 << 20) : 0
  }

  /// The blocks that have samples, in the epoch's order.
  func blockOrder(_ epoch: Int, seed: UInt64) throws(ThalwegError) -> [Int] {
    var used = Array(0..<blockCount)
    if let subset {
      used = []
      for row in subset where used.last != row / blockRows { used.append(row / blockRows) }
    }
    guard options.isShuffled else { return used }
    let order = try SampleOrder.permutation(used.count, seed: seed, epoch: epoch)
    let start = order.data.assumingMemoryBound(to: Int64.self)
    defer { withExtendedLifetime(order) {} }
    return UnsafeBufferPointer(start: start, count: used.count).map { used[Int($0)] }
  }

  /// The window of some blocks, of which the first sample is the epoch's `first`.
  func window(
    ofBlocks blocks: [Int], _ epoch: Int, seed: UInt64, first: Int
  ) throws(ThalwegError) -> StreamWindow.Content {
    let blocks = blocks.sorted()
    let count = sampleCount(ofBlocks: blocks)
    var content = StreamWindow.Content(blocks: blocks, first: first, count: count)
    if let subset {
      var places: [Int64] = []
      var row = 0
      for block in blocks {
        let rows = self.rows(ofBlock: block)
        for sample in samples(ofBlock: block) { places.append(Int64(row + subset[sample] - rows.lowerBound)) }
        row += rows.count
      }
      content.places = places
    }
    guard options.isShuffled else { return content }
    let word = 1 << 39 | UInt64(truncatingIfNeeded: first) &<< 2
    let order = try SampleOrder.permutation(count, seed: seed, epoch: epoch, word: word)
    let numbers = UnsafeBufferPointer(start: order.data.assumingMemoryBound(to: Int64.self), count: count)
    defer { withExtendedLifetime(order) {} }
    content.places = content.places.map { rows in numbers.map { rows[Int($0)] } } ?? Array(numbers)
    return content
  }

  /// Of a plan by row: the window of samples in a given order, of which the first is the epoch's `first`.
  func window(ofRows rows: [Int], first: Int) -> StreamWindow.Content {
    var blocks: [Int] = []
    for row in rows.sorted() where blocks.last != row { blocks.append(row) }
    let places = rows.map { Int64(blocks.firstAbove($0) - 1) }
    return StreamWindow.Content(blocks: blocks, first: first, count: rows.count, places: places)
  }

  func sampleCount(ofBlocks blocks: some Sequence<Int>) -> Int {
    blocks.reduce(0) { $0 + samples(ofBlock: $1).count }
  }

  /// The rows of a block.
  func rows(ofBlock block: Int) -> Range<Int> {
    block * blockRows..<min((block + 1) * blockRows, rows)
  }

  /// The samples that lie in a block, by their places in the subset, or among all rows.
  private func samples(ofBlock block: Int) -> Range<Int> {
    let rows = self.rows(ofBlock: block)
    guard let subset else { return rows }
    return subset.firstAbove(rows.lowerBound - 1)..<subset.firstAbove(rows.upperBound - 1)
  }
}
