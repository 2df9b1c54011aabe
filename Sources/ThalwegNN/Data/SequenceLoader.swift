public import ThalwegCore

/// Data of samples: sequences of several lengths, or one row a sample.
public struct SequenceArray {
  let values: Tensor
  /// int64 [samples]; nil: one row a sample.
  let lengths: Tensor?

  /// Sequences one behind the other, [steps of all, ...], and their lengths, a list of integers.
  public init(_ values: Tensor, lengths: Tensor) {
    (self.values, self.lengths) = (values, lengths)
  }

  public init(rows: Tensor) {
    (values, lengths) = (rows, nil)
  }
}

/// How sequences become batches.
public struct SequenceOptions: Sendable {
  /// What stands behind a sequence's end, in the first array and in the others: -100 are classes that no loss counts.
  public var padding = 0.0
  public var targetPadding = 0.0
  /// [T, B, ...] instead of [B, T, ...].
  public var isTimeFirst = false
  /// Whether a batch ends with lengths, int64 [B], one for each list of them that the arrays have.
  public var givesLengths = true
  /// Whether it then has a mask, bool [B, T] or [T, B]: true at the steps of the first array's sequences.
  public var givesMask = false

  public init() {}
}

/// Batches of sequences of several lengths, padded to the longest of the batch, with their lengths for recurrent layers.
///
/// `Sampler.bucketed` puts sequences of like lengths together, so that little is padded. Transforms see the values before
/// they are padded, [steps, ...]: those that change values one by one can be used.
public final class SequenceLoader: IndexedLoader {
  private struct Field {
    let source: any SequenceSource
    /// Of each sample; nil: one row a sample.
    var lengths: [Int]?
    /// Which of the lists of lengths.
    var list: Int?
  }

  private let fields: [Field]
  /// The lists of lengths, each once.
  public let lengths: [Tensor]
  private let sequences: SequenceOptions
  private var given = 0

  /// The values are shared, not copied, if they are contiguous.
  /// - Throws: `.shape`, `.dtype` unless lengths are lists of integers, as many everywhere, that sum up to the steps of their
  ///   values; `.invalidArgument` for no arrays, negative lengths or options that make no sense.
  public convenience init(
    _ arrays: [SequenceArray], sequences: SequenceOptions = SequenceOptions(),
    options: LoaderOptions = LoaderOptions()
  ) throws(ThalwegError) {
    let function: StaticString = "loader_from_sequences"
    var (sources, given): ([any SequenceSource], [Tensor?]) = ([], [])
    for (index, array) in arrays.enumerated() {
      sources.append(try MemorySequences(array, "array \(index)", function))
      given.append(array.lengths)
    }
    try self.init(sources, sharing: given, sequences, options, function)
  }

  /// Samples that come from elsewhere, such as a file.
  /// - Throws: `.shape` unless all have as many samples; `.invalidArgument` for none, or options that make no sense.
  public convenience init(
    sources: [any SequenceSource], sequences: SequenceOptions = SequenceOptions(),
    options: LoaderOptions = LoaderOptions()
  ) throws(ThalwegError) {
    try self.init(sources, sharing: sources.map { $0.lengths }, sequences, options, "loader_open")
  }

  /// - Parameter given: sources for which it is the same object share their lengths.
  private init(
    _ sources: [any SequenceSource], sharing given: [Tensor?], _ sequences: SequenceOptions,
    _ options: LoaderOptions, _ function: StaticString
  ) throws(ThalwegError) {
    try options.check(function)
    guard let samples = sources.first?.count else {
      throw ThalwegError(.invalidArgument, "\(function): there are no arrays; at least one is needed")
    }
    var (fields, lists, owners): ([Field], [Tensor], [Tensor]) = ([], [], [])
    for (index, source) in sources.enumerated() {
      guard source.count == samples else {
        throw ThalwegError(
          .shape,
          "\(function): array \(index) has \(source.count) samples, array 0 \(samples); they must have as many"
        )
      }
      var field = Field(source: source)
      if let own = source.lengths, let owner = given[index] {
        field.list = owners.firstIndex { $0 === owner } ?? owners.count
        if field.list == owners.count {
          owners.append(owner)
          lists.append(own)
        }
        let values = own.data.assumingMemoryBound(to: Int64.self)
        field.lengths = (0..<own.numel).map { Int(values[$0]) }
        withExtendedLifetime(own) {}
      }
      fields.append(field)
    }
    (self.fields, self.lengths, self.sequences) = (fields, lists, sequences)
    super.init(available: samples, options: options)
  }

  public override var arrayCount: Int {
    fields.count + (sequences.givesLengths ? lengths.count : 0)
      + (sequences.givesMask && !lengths.isEmpty ? 1 : 0)
  }

  public override var transformsItself: Bool { true }
  public override func samples(in batch: [Tensor]) -> Int { given }

  override func check(_ transform: Transform) throws(ThalwegError) {
    guard transform.isElementwise else {
      throw ThalwegError(
        .invalidArgument,
        "loader_add: sequences take transforms that change values one by one: normalize, scale, cast and one_hot"
      )
    }
  }

  public override func nextBatch() throws(ThalwegError) -> [Tensor]? {
    guard let places = order.batch(at: position) else { return nil }
    var rows = Array(places)
    if let indexes = order.indexes {
      let numbers = indexes.data.assumingMemoryBound(to: Int64.self)
      rows = places.map { Int(numbers[$0]) }
      withExtendedLifetime(indexes) {}
    }
    var batch: [Tensor] = []
    for field in fields { batch.append(try field.source.steps(of: rows)) }
    if !chain.isEmpty { batch = try chain(batch, at: position) }
    for (i, field) in fields.enumerated() where field.lengths != nil {
      batch[i] = try pad(batch[i], field, rows, i == 0 ? sequences.padding : sequences.targetPadding)
    }
    let chosen = try Tensor(rows.map { Int64($0) }, [rows.count])
    if sequences.givesLengths {
      for list in lengths { batch.append(try list.indexSelect(0, chosen)) }
    }
    if sequences.givesMask, let list = lengths.first {
      let own = try list.indexSelect(0, chosen).unsqueeze(1)
      let longest = fields.first { $0.list == 0 }.map { self.longest($0, rows) } ?? 0
      let mask = try Tensor.arange(0, Double(longest), dtype: .int64).unsqueeze(0).less(own)
      batch.append(sequences.isTimeFirst ? try mask.transpose(0, 1).contiguous() : mask)
    }
    position = places.upperBound
    given = places.count
    return batch
  }

  private func steps(_ field: Field, _ row: Int) -> Int { field.lengths?[row] ?? 1 }

  private func longest(_ field: Field, _ rows: [Int]) -> Int {
    rows.reduce(0) { max($0, steps(field, $1)) }
  }

  /// Of sequences one behind the other, [steps, ...]: [B, T, ...] or [T, B, ...].
  private func pad(
    _ flat: Tensor, _ field: Field, _ rows: [Int], _ padding: Double
  ) throws(ThalwegError) -> Tensor {
    let x = try flat.contiguous()
    let (batch, longest) = (rows.count, self.longest(field, rows))
    var shape = x.shape
    shape[0] = longest
    shape.insert(batch, at: sequences.isTimeFirst ? 1 : 0)
    let y = try Tensor.full(shape, padding, dtype: x.dtype)
    let rowBytes = x.shape.dropFirst().reduce(x.dtype.size, &*)
    var source = x.data
    for (b, row) in rows.enumerated() {
      let count = steps(field, row)
      if sequences.isTimeFirst {
        for t in 0..<count {
          (y.data + (t &* batch &+ b) &* rowBytes).copyMemory(
            from: source + t &* rowBytes, byteCount: rowBytes)
        }
      } else {
        (y.data + b &* longest &* rowBytes).copyMemory(from: source, byteCount: count &* rowBytes)
      }
      source += count &* rowBytes
    }
    withExtendedLifetime((x, y)) {}
    return y
  }
}
