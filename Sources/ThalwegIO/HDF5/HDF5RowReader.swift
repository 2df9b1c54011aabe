import ThalwegCore

/// Reads rows of one data set again and again. One thread at a time uses it.
///
/// libhdf5 says where the data lies, once for as long as the file stays as it is; the bytes are then read from the file
/// and decoded by the engine's threads, without libhdf5 and its lock. What it alone can read goes through it.
final class HDF5RowReader {
  let stored: HDF5Stored
  /// The file that `places` are of.
  var identity: PlainFile.Identity?
  var places: [Int: ChunkDecoder.Place] = [:]
  var start = 0
  /// Decoded chunks that are kept; nil: none.
  let cache: ChunkCache?

  /// - Parameter cacheBytes: for decoded chunks that are kept for later calls.
  init(_ stored: HDF5Stored, cacheBytes: Int = 0) {
    self.stored = stored
    cache =
      cacheBytes > 0 && !stored.layout.filters.isEmpty && stored.layout.isDirect
      ? ChunkCache(cacheBytes) : nil
  }

  /// A data set of which the file is open already: it need not be opened again, unless it changes or has very many chunks.
  convenience init(_ dataset: borrowing HDF5Dataset) throws(ThalwegError) {
    self.init(dataset.stored)
    guard stored.layout.isDirect, let now = PlainFile.identity(stored.path) else { return }
    try note(dataset, [])
    identity = now
  }

  /// Reads rows into memory that has room for them.
  ///
  /// Errors: `.io` without a readable file; `.format` if the data set is another one than at first, or damaged: with the
  /// first chunk that is, by its place among the chunks along each dimension.
  func read(
    _ stretches: [RowStretch], into memory: UnsafeMutableRawPointer, _ function: String
  ) throws(ThalwegError) {
    guard stored.rowBytes > 0, stretches.contains(where: { !$0.rows.isEmpty }) else { return }
    guard stored.layout.isDirect else { return try readThroughLibrary(stretches, into: memory, function) }
    let file = try file(stretches, function)
    let chunks = stored.layout.chunk.isEmpty ? [] : chunks(of: stretches)
    if identity != file.identity || chunks.contains(where: { places[$0.number] == nil }) {
      try look(for: chunks, file.identity, stretches, function)
    }
    if stored.layout.chunk.isEmpty {
      try readPiece(file.descriptor, stretches, memory, function)
    } else {
      try read(chunks, of: file, stretches, memory, function)
    }
  }

  private func file(_ stretches: [RowStretch], _ function: String) throws(ThalwegError) -> PlainFile {
    do throws(ThalwegError) {
      return try PlainFile(stored.path, function)
    } catch {
      throw located(error, stretches, function)
    }
  }

  struct Problem {
    /// nil: a number has no place in the tensor.
    var text: String?
    /// Where it is: the first row, or the chunk's place in a list.
    var row: Int
  }

  /// What went wrong in each call of `body`.
  func inParallel(_ count: Int, _ body: (Int) -> Problem?) -> [Problem?] {
    var problems = [Problem?](repeating: nil, count: count)
    problems.withUnsafeMutableBufferPointer { problems in
      let problems = problems
      parallel(count) { problems[$0] = body($0) }
    }
    return problems
  }

  func failure(_ text: String?, _ place: String, _ function: String) -> ThalwegError {
    guard let text else {
      return ThalwegError(.format, "\(function): \(stored.label) \(stored.element.misfit)")
    }
    return ThalwegError(.format, "\(function): cannot read \(place) of \(stored.label): \(text)")
  }
}
