import CHDF5
public import ThalwegCore
public import ThalwegNN

extension HDF5 {
  /// A loader of data sets in step along their first dimension: an `HDF5Loader`, or, where one of them is a list of sequences
  /// of variable length, a `SequenceLoader`, which pads what it reads batch by batch.
  ///
  /// The lengths of sequences, for buckets, are read when it is opened, and kept.
  /// Errors: as `HDF5Loader` has them; `.shape` for an array of sequences of more dimensions than one.
  public static func loader(
    _ sources: [HDF5Source], sequences: SequenceOptions = SequenceOptions(),
    options: LoaderOptions = LoaderOptions()
  ) throws(ThalwegError) -> IndexedLoader {
    try options.check("loader_open")
    var (found, arrays): ([StreamSource], [any SequenceSource]) = ([], [])
    try HDF5Session.run("loader_open", reading: sources.map(\.path)) { session throws(ThalwegError) in
      var hasSequences = false
      for source in sources {
        let dataset = try HDF5Dataset(source.dataset, in: HDF5File(source.path, session))
        if case .sequences = dataset.element.content {
          hasSequences = true
        } else {
          found.append(try StreamSource(dataset, isScaled: source.isScaled))
        }
      }
      guard hasSequences else { return }
      let share = options.windowBytes / 2 / max(found.count, 1)
      var rows = found.makeIterator()
      for source in sources {
        let dataset = try HDF5Dataset(source.dataset, in: HDF5File(source.path, session))
        if case .sequences = dataset.element.content {
          let known = arrays.compactMap { $0.lengths }
          arrays.append(try StoredSequences(dataset, isScaled: source.isScaled, known))
        } else if let next = rows.next() {
          arrays.append(StoredRows(next, cacheBytes: share))
        }
      }
    }
    guard !arrays.isEmpty else { return try HDF5Loader(found, options) }
    return try SequenceLoader(sources: arrays, sequences: sequences, options: options)
  }
}

/// A list of sequences in a file.
private final class StoredSequences: SequenceSource {
  private let stored: HDF5Stored
  private let scaling: HDF5Scaling?
  let lengths: Tensor?

  var count: Int { stored.rows }

  /// - Parameter known: lengths of other arrays; if these are the same they are shared.
  init(_ dataset: borrowing HDF5Dataset, isScaled: Bool, _ known: [Tensor]) throws(ThalwegError) {
    let session = dataset.file.session
    guard dataset.stored.extent.count == 1, dataset.element.members.isEmpty else {
      throw session.error(
        .shape, "\(dataset.label) has sequences in shape \(dataset.stored.extent); a list of them is needed")
    }
    stored = dataset.stored
    let own = try dataset.sequenceLengths()
    let bytes = own.numel * own.dtype.size
    var shared = own
    for other in known where other.numel == own.numel {
      let same = UnsafeRawBufferPointer(start: other.data, count: bytes)
        .elementsEqual(UnsafeRawBufferPointer(start: own.data, count: bytes))
      if same { shared = other }
    }
    lengths = shared
    guard isScaled else {
      scaling = nil
      return
    }
    var scaling = try HDF5Scaling(of: dataset)
    if !scaling.isGiven, stored.dtype == .uint8 { scaling.scale = 1 / 255 }
    self.scaling = scaling.changesNothing(in: stored.dtype) ? nil : scaling
  }

  func steps(of samples: [Int]) throws(ThalwegError) -> Tensor {
    guard let lengths else { throw ThalwegError(.internal, "loader_next: no lengths") }
    let known = lengths.data.assumingMemoryBound(to: Int64.self)
    let wanted = samples.map { Int(known[$0]) }
    let values = try HDF5Session.run("loader_next", reading: stored.path) { session throws(ThalwegError) in
      let dataset = try HDF5Dataset(stored.name, in: HDF5File(stored.path, session))
      guard stored.isLike(dataset.stored), stored.element.content == dataset.element.content else {
        throw session.error(.format, "\(stored.label) has changed since the loader was opened")
      }
      return try dataset.readSequences(samples, lengths: wanted)
    }
    return try withExtendedLifetime(lengths) { () throws(ThalwegError) in try values.scaled(by: scaling) }
  }
}

/// A data set with a row a sample, beside sequences.
private final class StoredRows: SequenceSource {
  private let source: StreamSource
  private let reader: HDF5RowReader

  init(_ source: StreamSource, cacheBytes: Int) {
    self.source = source
    reader = HDF5RowReader(source.stored, cacheBytes: cacheBytes)
  }

  var count: Int { source.rows }
  var lengths: Tensor? { nil }

  func steps(of samples: [Int]) throws(ThalwegError) -> Tensor {
    let values = try Tensor.empty(Dims([samples.count] + source.rowShape), dtype: source.stored.dtype)
    let stretches = samples.indices.map { RowStretch(rows: samples[$0]..<samples[$0] + 1, at: $0) }
      .sorted { $0.rows.lowerBound < $1.rows.lowerBound }
    try reader.read(stretches, into: values.data, "loader_next")
    return try values.scaled(by: source.scaling)
  }
}

extension Tensor {
  /// As float32, if there is a scaling.
  func scaled(by scaling: HDF5Scaling?) throws(ThalwegError) -> Tensor {
    guard let scaling else { return self }
    let result = try Tensor.empty(shape, dtype: .float32)
    scaling.convert(data, dtype, to: result.data, count: numel)
    return result
  }
}
