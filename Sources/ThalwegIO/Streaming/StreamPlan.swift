import ThalwegCore
import ThalwegNN

/// How a loader goes through its files.
///
/// Samples are read in blocks: as many rows as the chunks of the largest data set reach over, or several chunks if they are
/// small. An epoch has the blocks in random order. So many in that order as fit into half of the memory make a window; its
/// blocks are read in the order of the file, and its samples given out in random order. Seed and epoch decide all of
/// that, and nothing else: neither threads nor how far reading is ahead.
struct StreamPlan: Sendable {
  let sources: [StreamSource]
  let options: LoaderOptions
  let samples: Int
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

  var blockCount: Int { (samples + blockRows - 1) / blockRows }

  /// Errors: `.shape` unless the data sets have the same number of samples; `.invalidArgument` if the memory is too
  /// small for a chunk.
  init(_ sources: [StreamSource], _ options: LoaderOptions) throws(ThalwegError) {
    self.sources = sources
    self.options = options
    for source in sources where source.rows != sources[0].rows {
      throw ThalwegError(
        .shape,
        """
        loader_open: \(source.label) has \(source.rows) samples, \(sources[0].label) \(sources[0].rows); they must have \
        the same number
        """)
    }
    samples = options.samples(of: sources.first?.rows ?? 0)
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
    let blockRows = unit * max(together, 1)
    self.blockRows = blockRows
    windowBlocks = max(maxRows / blockRows, 1)
    portionBlocks = max(windowBlocks / 8, StreamPlan.portionBytes / (blockRows * rowBytes), 1)
  }

  /// Memory for decoded chunks of a data set whose chunks reach over several blocks.
  func chunkCache(_ source: StreamSource) -> Int {
    source.layout.isFiltered && blockRows % source.chunkRows != 0 ? max(source.chunkBytes, 1 << 20) : 0
  }

  /// Blocks in the epoch's order; nil for the file's own.
  func blockOrder(_ epoch: Int) throws(ThalwegError) -> Tensor? {
    guard options.isShuffled else { return nil }
    return try SampleOrder.permutation(blockCount, seed: options.seed, epoch: epoch)
  }

  /// The order of a window's samples, of which the first is the epoch's `first`; nil for the file's own.
  func sampleOrder(_ epoch: Int, first: Int, count: Int) throws(ThalwegError) -> Tensor? {
    guard options.isShuffled else { return nil }
    let word = 1 << 39 | UInt64(truncatingIfNeeded: first) &<< 2
    return try SampleOrder.permutation(count, seed: options.seed, epoch: epoch, word: word)
  }

  /// The rows of a block.
  func rows(ofBlock block: Int) -> Range<Int> {
    block * blockRows..<min((block + 1) * blockRows, samples)
  }
}
