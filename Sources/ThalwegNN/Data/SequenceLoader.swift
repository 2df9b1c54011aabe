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
    let values: Tensor
    /// Where each sample's rows begin, and the end; nil: row i is sample i's.
    let starts: [Int]?
    /// Which of the lists of lengths.
    let list: Int?
  }

  private let fields: [Field]
  /// The lists of lengths, each once.
  public let lengths: [Tensor]
  private let sequences: SequenceOptions
  private var given = 0

  /// The values are shared, not copied, if they are contiguous.
  /// - Throws: `.shape`, `.dtype` unless lengths are lists of integers, as many everywhere, that sum up to the steps of their
  ///   values; `.invalidArgument` for no arrays, negative lengths or options that make no sense.
  public init(
    _ arrays: [SequenceArray], sequences: SequenceOptions = SequenceOptions(),
    options: LoaderOptions = LoaderOptions()
  ) throws(ThalwegError) {
    let function: StaticString = "loader_from_sequences"
    try options.check(function)
    guard let first = arrays.first else {
      throw ThalwegError(.invalidArgument, "\(function): there are no arrays; at least one is needed")
    }
    var (fields, lists, given): ([Field], [Tensor], [Tensor]) = ([], [], [])
    let samples = try (first.lengths ?? first.values).numelOfFirst(function)
    for (index, array) in arrays.enumerated() {
      let values = try array.values.detach().contiguous()
      let rows = try values.numelOfFirst(function)
      var (starts, list): ([Int]?, Int?) = (nil, nil)
      if let lengths = array.lengths {
        let (checked, ends) = try Self.starts(lengths, rows, "array \(index)", function)
        if let known = given.firstIndex(where: { $0 === lengths }) {
          list = known
        } else {
          list = lists.count
          lists.append(checked)
          given.append(lengths)
        }
        starts = ends
      }
      let count = starts.map { $0.count - 1 } ?? rows
      guard count == samples else {
        throw ThalwegError(
          .shape,
          "\(function): array \(index) has \(count) samples, array 0 \(samples); they must have as many")
      }
      fields.append(Field(values: values, starts: starts, list: list))
    }
    (self.fields, self.lengths, self.sequences) = (fields, lists, sequences)
    super.init(available: samples, options: options)
  }

  private static func starts(
    _ lengths: Tensor, _ rows: Int, _ name: String, _ function: StaticString
  ) throws(ThalwegError) -> (Tensor, [Int]) {
    guard lengths.rank == 1, lengths.dtype == .int64 || lengths.dtype == .int32 else {
      throw ThalwegError(
        lengths.rank == 1 ? .dtype : .shape,
        "\(function): the lengths of \(name) are \(lengths.dtype) of shape \(lengths.shape); a list of integers is needed"
      )
    }
    let list = try lengths.detach().to(.int64).contiguous().clone()
    defer { withExtendedLifetime(list) {} }
    let values = list.data.assumingMemoryBound(to: Int64.self)
    var starts = [0]
    for i in 0..<list.numel {
      guard values[i] >= 0, values[i] <= rows - starts[i] else {
        throw ThalwegError(
          .invalidArgument,
          """
          \(function): sequence \(i) of \(name) has length \(values[i]); \(rows - starts[i]) of \(rows) steps are left for it
          """)
      }
      starts.append(starts[i] + Int(values[i]))
    }
    guard starts[list.numel] == rows else {
      throw ThalwegError(
        .shape, "\(function): the lengths of \(name) sum up to \(starts[list.numel]); there are \(rows) steps"
      )
    }
    return (list, starts)
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
    for field in fields { batch.append(try gather(field, rows)) }
    if !chain.isEmpty { batch = try chain(batch, at: position) }
    for (i, field) in fields.enumerated() where field.starts != nil {
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

  /// The rows of the samples, one behind the other.
  private func gather(_ field: Field, _ rows: [Int]) throws(ThalwegError) -> Tensor {
    let values = field.values
    let steps = rows.reduce(0) { $0 + extent(field, $1).count }
    var shape = values.shape
    shape[0] = steps
    let result = try Tensor.make(shape, values.dtype, for: "loader_next")
    let rowBytes = values.shape.dropFirst().reduce(values.dtype.size, &*)
    var place = 0
    for row in rows {
      let from = extent(field, row)
      (result.data + place).copyMemory(
        from: values.data + from.lowerBound &* rowBytes, byteCount: from.count &* rowBytes)
      place += from.count &* rowBytes
    }
    withExtendedLifetime((values, result)) {}
    return result
  }

  private func extent(_ field: Field, _ row: Int) -> Range<Int> {
    field.starts.map { $0[row]..<$0[row + 1] } ?? row..<row + 1
  }

  private func longest(_ field: Field, _ rows: [Int]) -> Int {
    rows.reduce(0) { max($0, extent(field, $1).count) }
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
      let count = extent(field, row).count
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

extension Tensor {
  fileprivate func numelOfFirst(_ function: StaticString) throws(ThalwegError) -> Int {
    guard let count = shape.first else {
      throw ThalwegError(.shape, "\(function): a scalar has no samples; they lie along a first dimension")
    }
    return count
  }
}
