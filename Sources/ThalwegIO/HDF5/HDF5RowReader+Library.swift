import CHDF5
import ThalwegCore

/// What is asked of libhdf5: where the data lies, and rows that it alone can read.
extension HDF5RowReader {
  /// Has the file open and the data set checked.
  func withDataset(
    _ stretches: [RowStretch], _ function: String,
    _ body: (borrowing HDF5Dataset) throws(ThalwegError) -> Void
  ) throws(ThalwegError) {
    try HDF5Session.run(function, reading: stored.path) { session throws(ThalwegError) in
      guard tw_hdf5_is_exiting() == 0 else {
        throw session.error(.cancelled, "the process is ending")
      }
      try body(try dataset(session, stretches, function))
    }
  }

  /// The data set, open; an error says what was to be read of it.
  func dataset(
    _ session: HDF5Session, _ stretches: [RowStretch], _ function: String
  ) throws(ThalwegError) -> HDF5Dataset {
    do throws(ThalwegError) {
      // Where libhdf5 decodes chunks it keeps one at least: stretches of rows come one after the other.
      let chunkCache = stored.layout.isDirect ? 0 : max(stored.chunkBytes, 1 << 20)
      let file = try HDF5File(stored.path, session, chunkCache: chunkCache)
      let dataset = try HDF5Dataset(stored.name, in: file)
      guard stored.isLike(dataset.stored) else {
        throw session.error(
          .format,
          """
          \(stored.label) has changed since the loader was opened: it was \(stored.dtype) of shape \(stored.shape) and is now \
          \(dataset.stored.dtype) of shape \(dataset.shape)
          """)
      }
      return dataset
    } catch {
      throw located(error, stretches, function)
    }
  }

  func readThroughLibrary(
    _ stretches: [RowStretch], into memory: UnsafeMutableRawPointer, _ function: String
  ) throws(ThalwegError) {
    try withDataset(stretches, function) { dataset throws(ThalwegError) in
      for stretch in stretches {
        try dataset.readRows(stretch.rows, into: memory + stretch.at * stored.rowBytes)
      }
    }
  }

  /// Finds the places of chunks in the file, of all others too if they are not many.
  func look(
    for chunks: [Chunk], _ expected: PlainFile.Identity, _ stretches: [RowStretch], _ function: String
  ) throws(ThalwegError) {
    if identity != expected {
      places = [:]
      cache?.clear()
      identity = nil
    }
    try withDataset(stretches, function) { dataset throws(ThalwegError) in
      guard dataset.layout.isDirect, dataset.layout.filters == stored.layout.filters,
        dataset.layout.chunk == stored.layout.chunk, dataset.element.size == stored.element.size,
        PlainFile.identity(stored.path) == expected
      else {
        throw dataset.file.session.error(
          .format, "\(stored.label) has changed since the loader was opened: it is stored in another way now")
      }
      try note(dataset, chunks)
    }
    identity = expected
  }

  func note(_ dataset: borrowing HDF5Dataset, _ chunks: [Chunk]) throws(ThalwegError) {
    start = dataset.layout.start ?? 0
    guard !stored.layout.chunk.isEmpty, !stored.extent.contains(0) else { return }
    let counts = stored.chunkCounts
    let total = counts.reduce(1) { $0.multipliedReportingOverflow(by: $1).overflow ? Int.max : $0 &* $1 }
    let numbers = total <= 4096 && places.isEmpty ? Array(0..<total) : chunks.map(\.number)
    for number in numbers where places[number] == nil {
      places[number] = try dataset.place(ofChunk: number, counts)
    }
  }

  /// An error before anything was read, with what was to be read.
  func located(
    _ error: ThalwegError, _ stretches: [RowStretch], _ function: String
  ) -> ThalwegError {
    let rows = stretches.first?.rows ?? 0..<1
    let place = stored.layout.place(of: rows.lowerBound, to: rows.upperBound)
    let reason = error.message.dropFirst("\(function): ".count)
    return ThalwegError(error.code, "\(function): cannot read \(place) of \(stored.label): \(reason)")
  }
}

extension HDF5Dataset {
  /// Where the chunk with this number, row-major among all, is in the file.
  func place(ofChunk number: Int, _ counts: [Int]) throws(ThalwegError) -> ChunkDecoder.Place {
    var start = [hsize_t](repeating: 0, count: counts.count)
    var rest = number
    for axis in counts.indices.reversed() {
      start[axis] = hsize_t(rest % counts[axis] * layout.chunk[axis])
      rest /= counts[axis]
    }
    let session = file.session
    var (mask, address, size) = (UInt32(0), haddr_t.max, hsize_t(0))
    guard let look = session.h5.pointee.H5Dget_chunk_info_by_coord else {
      throw session.error(.internal, "libhdf5 does not tell where chunks are")
    }
    try session.check(
      look(id.raw, start, &mask, &address, &size),
      "cannot read \(layout.place(of: Int(start[0]), to: Int(start[0]) + 1)) of \(label)")
    guard address != haddr_t.max else { return ChunkDecoder.Place() }
    return ChunkDecoder.Place(offset: Int(clamping: address), size: Int(clamping: size), mask: mask)
  }
}
