public import ThalwegCore
public import ThalwegNN

/// How a loader cuts a text.
public struct TextLoaderOptions: Sendable {
  /// The part of the text that is used, as shares of its length: training and validation are two parts.
  public var first = 0.0
  public var last = 1.0
  /// Whether a last chunk that is shorter is left out.
  public var dropsLast = false
  /// [T, B] instead of [B, T].
  public var isTimeFirst = false

  public init() {}
}

/// A text in streams for language models: input [B, T] and target [B, T], int64, the target being what follows each symbol.
///
/// The text, or a part of it, is cut into B streams of equal length, and these into chunks of T symbols. Batch after batch
/// holds the streams' next chunks, so that row b goes on where row b of the batch before ended: a recurrent net's state
/// can be carried from one to the next. Epochs are alike. One thread at a time uses a loader.
public final class TextLoader: DataLoader {
  private let text: Text
  private let batch: Int
  private let length: Int
  private let options: TextLoaderOptions
  private let start: Int
  /// Inputs of a stream.
  private let streamLength: Int

  private struct Stream {
    var cursor: Text.Cursor
    /// The target of the chunk before's last symbol: this one's first.
    var next: Int64
  }

  private var streams: [Stream] = []
  private var given = 0
  private var buffer: [UInt8] = []

  /// - Parameters:
  ///   - batch: streams.
  ///   - length: symbols of a chunk.
  /// - Throws: `.invalidArgument` for numbers below 1, a part that is none, or one too short for the streams.
  public init(
    _ text: Text, batch: Int, length: Int, options: TextLoaderOptions = TextLoaderOptions()
  ) throws(ThalwegError) {
    guard batch >= 1, length >= 1 else {
      throw ThalwegError(
        .invalidArgument,
        "text_loader: \(batch) streams in chunks of \(length); both must be at least 1")
    }
    guard options.first >= 0, options.first < options.last, options.last <= 1 else {
      throw ThalwegError(
        .invalidArgument,
        "text_loader: the part from \(options.first) to \(options.last); 0 <= first < last <= 1 is needed")
    }
    self.text = text
    (self.batch, self.length, self.options) = (batch, length, options)
    start = Self.place(options.first, of: text.count)
    let symbols = Self.place(options.last, of: text.count) - start
    streamLength = max(0, symbols - 1) / batch
    super.init()
    guard streamLength >= (options.dropsLast ? length : 1) else {
      throw ThalwegError(
        .invalidArgument,
        """
        text_loader: the part has \(symbols) symbols, too few for \(batch) streams\(options.dropsLast ? " of \(length)" : "") \
        and a target behind each
        """)
    }
  }

  private static func place(_ share: Double, of count: Int) -> Int {
    share >= 1 ? count : min(count, Int((share * Double(count)).rounded(.down)))
  }

  /// Symbols that are predicted.
  public override var sampleCount: Int { batch * (options.dropsLast ? batchCount * length : streamLength) }
  public override var batchCount: Int {
    streamLength / length + (options.dropsLast || streamLength % length == 0 ? 0 : 1)
  }
  public override var arrayCount: Int { 2 }

  public override func begin(_ epoch: Int) throws(ThalwegError) {
    given = streamLength
    streams = []
    for i in 0..<batch {
      var cursor = try text.cursor(at: start + i * streamLength, &buffer)
      var next: Int64 = 0
      try text.read(&cursor, 1, &next, stride: 1, &buffer)
      streams.append(Stream(cursor: cursor, next: next))
    }
    given = 0
  }

  public override func nextBatch() throws(ThalwegError) -> [Tensor]? {
    let done = given
    let steps = min(length, streamLength - done)
    guard steps >= (options.dropsLast ? length : 1) else { return nil }
    let shape: Dims = options.isTimeFirst ? [steps, batch] : [batch, steps]
    let (input, target) = (try Tensor.empty(shape, dtype: .int64), try Tensor.empty(shape, dtype: .int64))
    let (x, y) = (
      input.data.assumingMemoryBound(to: Int64.self), target.data.assumingMemoryBound(to: Int64.self)
    )
    let (streamStride, timeStride) = options.isTimeFirst ? (1, batch) : (steps, 1)
    var moved = streams  // an error leaves the streams where they were
    for i in 0..<batch {
      let (inputs, targets) = (x + i * streamStride, y + i * streamStride)
      try text.read(&moved[i].cursor, steps, targets, stride: timeStride, &buffer)
      inputs[0] = moved[i].next
      for t in 1..<max(steps, 1) { inputs[t &* timeStride] = targets[(t &- 1) &* timeStride] }
      moved[i].next = targets[(steps &- 1) &* timeStride]
    }
    streams = moved
    given = done + steps
    return [input, target]
  }
}
