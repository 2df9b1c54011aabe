import CHDF5
import ThalwegCore

/// Rows of a data set that go side by side into memory.
struct RowStretch {
  /// In the data set.
  var rows: Range<Int>
  /// In memory, from the row `at` on.
  var at: Int
}

extension RowStretch {
  /// The rows with these numbers, one after the other in memory.
  ///
  /// Errors: `.shape` unless the numbers are of rank 1; `.dtype` unless they are integers; `.invalidArgument` for one
  /// that no row has.
  static func gather(
    _ numbers: Tensor, of rows: Int, _ function: String
  ) throws(ThalwegError) -> [RowStretch] {
    guard numbers.rank == 1 else {
      throw ThalwegError(
        .shape, "\(function): the numbers of rows have the shape \(numbers.shape); expected one dimension")
    }
    guard [.int64, .int32, .uint8].contains(numbers.dtype) else {
      throw ThalwegError(
        .dtype, "\(function): the numbers of rows are \(numbers.dtype); expected integers")
    }
    let list = try numbers.detach().to(.int64).contiguous()
    let count = list.numel
    let values = list.data.assumingMemoryBound(to: Int64.self)
    var stretches: [RowStretch] = []
    for at in 0..<count {
      guard let row = Int(exactly: values[at]), row >= 0, row < rows else {
        throw ThalwegError(
          .invalidArgument,
          "\(function): there is no row \(values[at]); they are numbered from 0 to \(rows - 1)")
      }
      if let last = stretches.last, last.rows.upperBound == row {
        stretches[stretches.count - 1].rows = last.rows.lowerBound..<row + 1
      } else {
        stretches.append(RowStretch(rows: row..<row + 1, at: at))
      }
    }
    return withExtendedLifetime(list) { stretches }
  }
}

/// Reads rows of one data set again and again. One thread at a time uses it.
///
/// libhdf5 says where the data lies, once for as long as the file stays as it is; the bytes are then read from the file
/// and decoded by the engine's threads, without libhdf5 and its lock. What it alone can read goes through it.
final class HDF5RowReader {
  let stored: HDF5Stored
  /// The file that `places` are of.
  private var identity: PlainFile.Identity?
  private var places: [Int: ChunkDecoder.Place] = [:]
  private var start = 0
  /// Decoded chunks that are kept; nil: none.
  private let cache: ChunkCache?

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

  // MARK: Through libhdf5

  /// Has the file open and the data set checked.
  private func withDataset(
    _ stretches: [RowStretch], _ function: String,
    _ body: (borrowing HDF5Dataset) throws(ThalwegError) -> Void
  ) throws(ThalwegError) {
    try HDF5Session.run(function) { session throws(ThalwegError) in
      guard tw_hdf5_is_exiting() == 0 else {
        throw session.error(.cancelled, "the process is ending")
      }
      try body(try dataset(session, stretches, function))
    }
  }

  /// The data set, open; an error says what was to be read of it.
  private func dataset(
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

  private func readThroughLibrary(
    _ stretches: [RowStretch], into memory: UnsafeMutableRawPointer, _ function: String
  ) throws(ThalwegError) {
    try withDataset(stretches, function) { dataset throws(ThalwegError) in
      for stretch in stretches {
        try dataset.readRows(stretch.rows, into: memory + stretch.at * stored.rowBytes)
      }
    }
  }

  /// Finds the places of chunks in the file, of all others too if they are not many.
  private func look(
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

  private func note(_ dataset: borrowing HDF5Dataset, _ chunks: [Chunk]) throws(ThalwegError) {
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
  private func located(
    _ error: ThalwegError, _ stretches: [RowStretch], _ function: String
  ) -> ThalwegError {
    let rows = stretches.first?.rows ?? 0..<1
    let place = stored.layout.place(of: rows.lowerBound, to: rows.upperBound)
    let reason = error.message.dropFirst("\(function): ".count)
    return ThalwegError(error.code, "\(function): cannot read \(place) of \(stored.label): \(reason)")
  }

  // MARK: In one piece

  private func readPiece(
    _ descriptor: Int32, _ stretches: [RowStretch], _ memory: UnsafeMutableRawPointer, _ function: String
  ) throws(ThalwegError) {
    let rowSize = stored.rowElements * stored.element.size
    // Long stretches are cut into parts, short ones go together.
    let partRows = max((256 << 10) / max(rowSize, 1), 1)
    var parts: [[RowStretch]] = []
    var room = 0
    for stretch in stretches {
      var (rows, at) = (stretch.rows, stretch.at)
      while !rows.isEmpty {
        if room == 0 {
          parts.append([])
          room = partRows
        }
        let count = min(rows.count, room)
        parts[parts.count - 1].append(RowStretch(rows: rows.lowerBound..<rows.lowerBound + count, at: at))
        (rows, at, room) = (rows.lowerBound + count..<rows.upperBound, at + count, room - count)
      }
    }
    let element = stored.element
    let start = start
    let problems = inParallel(parts.count) { index in
      let scratch: UnsafeMutableRawPointer?
      let room = element.isPlain ? 0 : (parts[index].map(\.rows.count).max() ?? 0) * rowSize
      scratch = room > 0 ? try? Memory.allocate(room, for: "hdf5_read") : nil
      defer { if let scratch { Memory.deallocate(scratch, room) } }
      for part in parts[index] {
        let output = memory + part.at * self.stored.rowBytes
        guard let target = element.isPlain ? output : scratch else {
          return Problem(text: "there are no \(room) bytes of memory", row: part.rows.lowerBound)
        }
        let bytes = part.rows.count * rowSize
        if let text = readBytes(descriptor, start + part.rows.lowerBound * rowSize, bytes, to: target) {
          return Problem(text: text, row: part.rows.lowerBound)
        }
        guard let scratch else { continue }
        guard element.convert(scratch, to: output, part.rows.count * self.stored.rowElements) else {
          return Problem(text: nil, row: part.rows.lowerBound)
        }
      }
      return nil
    }
    if let problem = problems.compactMap({ $0 }).min(by: { $0.row < $1.row }) {
      let end = stretches.first { $0.rows.contains(problem.row) }?.rows.upperBound ?? problem.row + 1
      throw failure(problem.text, "rows \(problem.row) to \(end - 1)", function)
    }
  }

  // MARK: In chunks

  /// A chunk and the rows that are wanted of it.
  private struct Chunk {
    let number: Int
    /// Among the chunks along each dimension.
    let index: [Int]
    var stretches: [RowStretch]
  }

  private struct Problem {
    /// nil: a number has no place in the tensor.
    var text: String?
    /// Where it is: the first row, or the chunk's place in a list.
    var row: Int
  }

  /// The chunks that have any of the rows, in the file's order.
  private func chunks(of stretches: [RowStretch]) -> [Chunk] {
    let size = stored.layout.chunk[0]
    var layers: [Int: [RowStretch]] = [:]
    for stretch in stretches where !stretch.rows.isEmpty {
      for layer in stretch.rows.lowerBound / size...(stretch.rows.upperBound - 1) / size {
        let rows = stretch.rows.clamped(to: layer * size..<layer * size + size)
        let at = stretch.at + rows.lowerBound - stretch.rows.lowerBound
        layers[layer, default: []].append(RowStretch(rows: rows, at: at))
      }
    }
    let counts = stored.chunkCounts
    let inLayer = counts.dropFirst().reduce(1, *)
    var chunks: [Chunk] = []
    for (layer, stretches) in layers.sorted(by: { $0.key < $1.key }) {
      var index = [layer] + [Int](repeating: 0, count: counts.count - 1)
      for place in 0..<inLayer {
        chunks.append(Chunk(number: layer * inLayer + place, index: index, stretches: stretches))
        var axis = counts.count - 1
        while axis > 0 {
          index[axis] += 1
          if index[axis] < counts[axis] { break }
          index[axis] = 0
          axis -= 1
        }
      }
    }
    return chunks
  }

  private func read(
    _ chunks: [Chunk], of file: borrowing PlainFile, _ stretches: [RowStretch],
    _ memory: UnsafeMutableRawPointer, _ function: String
  ) throws(ThalwegError) {
    let decoder = ChunkDecoder(
      layout: stored.layout, fileSize: file.identity.size, bytes: stored.chunkBytes)
    // So many at a time that their memory stays within bounds.
    let together = max((32 << 20) / max(decoder.bytes, 1), 8)
    var first = 0
    while first < chunks.count {
      let part = chunks[first..<min(first + together, chunks.count)]
      try read(part, decoder, file.descriptor, memory, function)
      first = part.endIndex
    }
  }

  private func read(
    _ chunks: ArraySlice<Chunk>, _ decoder: ChunkDecoder, _ descriptor: Int32,
    _ memory: UnsafeMutableRawPointer, _ function: String
  ) throws(ThalwegError) {
    let base = chunks.startIndex
    // What was kept is looked up before, and what is new is kept after the loop: in it nothing of the cache changes.
    var kept: [UnsafeMutableRawPointer?] = []
    var fresh: [UnsafeMutableRawPointer?] = [UnsafeMutableRawPointer?](repeating: nil, count: chunks.count)
    for chunk in chunks { kept.append(cache?.find(chunk.number)) }
    let places = chunks.map { self.places[$0.number] ?? ChunkDecoder.Place() }
    let keeps = cache != nil
    let problems = fresh.withUnsafeMutableBufferPointer { fresh in
      let fresh = fresh
      return inParallel(chunks.count) { index in
        let chunk = chunks[base + index]
        if let decoded = kept[index] { return self.copy(chunk, decoded, to: memory, at: index) }
        if decoder.layout.filters.isEmpty, let offset = places[index].offset {
          return self.copyPlain(chunk, descriptor, offset, to: memory, at: index)
        }
        if !keeps, let output = self.target(chunk, memory) {
          return decoder.read(descriptor, places[index], to: output).map { Problem(text: $0, row: index) }
        }
        guard let decoded = try? Memory.allocate(decoder.bytes, for: "hdf5_read") else {
          return Problem(text: "there are no \(decoder.bytes) bytes of memory to decode it", row: index)
        }
        if let text = decoder.read(descriptor, places[index], to: decoded) {
          Memory.deallocate(decoded, decoder.bytes)
          return Problem(text: text, row: index)
        }
        fresh[index] = decoded
        return self.copy(chunk, decoded, to: memory, at: index)
      }
    }
    for (index, decoded) in fresh.enumerated() {
      guard let decoded else { continue }
      if let cache {
        cache.keep(chunks[base + index].number, decoded, decoder.bytes)
      } else {
        Memory.deallocate(decoded, decoder.bytes)
      }
    }
    if let problem = problems.compactMap({ $0 }).min(by: { $0.row < $1.row }) {
      let index = chunks[base + problem.row].index
      let first = index[0] * stored.layout.chunk[0]
      let last = min(first + stored.layout.chunk[0], stored.rows) - 1
      throw failure(problem.text, "chunk \(index), rows \(first) to \(last),", function)
    }
  }

  /// The memory that a chunk can be decoded to at once, nil if its rows go elsewhere or are converted.
  private func target(_ chunk: Chunk, _ memory: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    let size = stored.layout.chunk
    guard stored.element.isPlain, chunk.stretches.count == 1, chunk.stretches[0].rows.count == size[0],
      size.dropFirst() == stored.extent.dropFirst()
    else { return nil }
    return memory + chunk.stretches[0].at * stored.rowBytes
  }

  /// Copies what is wanted of a chunk's elements, and converts them.
  private func copy(
    _ chunk: Chunk, _ decoded: UnsafeMutableRawPointer, to memory: UnsafeMutableRawPointer, at place: Int
  ) -> Problem? {
    let rowSize = stored.chunkRowBytes
    let first = chunk.index[0] * stored.layout.chunk[0]
    var isSound = true
    for stretch in chunk.stretches {
      let input = decoded + (stretch.rows.lowerBound - first) * rowSize
      isSound = copy(stretch, of: chunk.index, input, to: memory) && isSound
    }
    return isSound ? nil : Problem(text: nil, row: place)
  }

  /// The same for a chunk that lies as it is in the file: only those rows are read.
  private func copyPlain(
    _ chunk: Chunk, _ descriptor: Int32, _ offset: Int, to memory: UnsafeMutableRawPointer, at place: Int
  ) -> Problem? {
    let size = stored.layout.chunk
    let rowSize = stored.chunkRowBytes
    let isDirect = stored.element.isPlain && size.dropFirst() == stored.extent.dropFirst()
    let most = max(min(chunk.stretches.map(\.rows.count).max() ?? 1, (1 << 20) / max(rowSize, 1)), 1)
    let room = isDirect ? 0 : most * rowSize
    let scratch = isDirect ? nil : try? Memory.allocate(room, for: "hdf5_read")
    defer { if let scratch { Memory.deallocate(scratch, room) } }
    var isSound = true
    for stretch in chunk.stretches {
      var part = stretch
      while !part.rows.isEmpty {
        let count = isDirect ? part.rows.count : min(part.rows.count, most)
        let place0 = offset &+ (part.rows.lowerBound - chunk.index[0] * size[0]) * rowSize
        guard let target = isDirect ? memory + part.at * stored.rowBytes : scratch else {
          return Problem(text: "there are no \(room) bytes of memory to read it", row: place)
        }
        if let text = readBytes(descriptor, place0, count * rowSize, to: target) {
          return Problem(text: text, row: place)
        }
        let rows = part.rows.lowerBound..<part.rows.lowerBound + count
        if let scratch {
          isSound = copy(RowStretch(rows: rows, at: part.at), of: chunk.index, scratch, to: memory) && isSound
        }
        part = RowStretch(rows: rows.upperBound..<part.rows.upperBound, at: part.at + count)
      }
    }
    return isSound ? nil : Problem(text: nil, row: place)
  }

  /// Copies rows that begin at `input` as the chunk has them; false if a number has no place in the tensor.
  private func copy(
    _ stretch: RowStretch, of index: [Int], _ input: UnsafeMutableRawPointer,
    to memory: UnsafeMutableRawPointer
  ) -> Bool {
    let (size, extent, element) = (stored.layout.chunk, stored.extent, stored.element)
    // Dimensions that a chunk reaches over go together with the last one before them.
    var (inner, axis) = (1, size.count - 1)
    while axis >= 1, size[axis] == extent[axis] {
      inner *= size[axis]
      axis -= 1
    }
    let output = memory + stretch.at * stored.rowBytes
    if axis <= 0 { return element.convert(input, to: output, stretch.rows.count * inner) }
    let run = min(size[axis], extent[axis] - index[axis] * size[axis]) * inner
    var isSound = true
    for row in 0..<stretch.rows.count {
      let (from, to) = (input + row * stored.chunkRowBytes, output + row * stored.rowBytes)
      isSound = copyRow(index, from, to, to: axis, inner: inner, run) && isSound
    }
    return isSound
  }

  /// A row's elements, in runs of `run` along the dimension `last` and those behind it.
  private func copyRow(
    _ index: [Int], _ input: UnsafeMutableRawPointer, _ output: UnsafeMutableRawPointer, to last: Int,
    inner: Int, _ run: Int
  ) -> Bool {
    let (size, extent, element) = (stored.layout.chunk, stored.extent, stored.element)
    let counts = (0..<last).map { min(size[$0], extent[$0] - index[$0] * size[$0]) }
    var at = [Int](repeating: 0, count: last)
    var isSound = true
    while true {
      var (from, to) = (0, 0)
      for axis in 1..<max(last, 1) {
        from = from * size[axis] + at[axis]
        to = to * extent[axis] + index[axis] * size[axis] + at[axis]
      }
      from = from * size[last] * inner
      to = (to * extent[last] + index[last] * size[last]) * inner
      isSound =
        element.convert(input + from * element.size, to: output + to * stored.elementBytes, run) && isSound
      var axis = last - 1
      while axis >= 1 {
        at[axis] += 1
        if at[axis] < counts[axis] { break }
        at[axis] = 0
        axis -= 1
      }
      if axis < 1 { return isSound }
    }
  }

  // MARK: Loops

  private func inParallel(_ count: Int, _ body: (Int) -> Problem?) -> [Problem?] {
    var problems = [Problem?](repeating: nil, count: count)
    problems.withUnsafeMutableBufferPointer { problems in
      let problems = problems
      parallel(count) { problems[$0] = body($0) }
    }
    return problems
  }

  private func failure(_ text: String?, _ place: String, _ function: String) -> ThalwegError {
    guard let text else {
      return ThalwegError(.format, "\(function): \(stored.label) \(stored.element.misfit)")
    }
    return ThalwegError(.format, "\(function): cannot read \(place) of \(stored.label): \(text)")
  }
}

extension HDF5Stored {
  /// Chunks along each dimension.
  var chunkCounts: [Int] { zip(extent, layout.chunk).map { ($0 - 1) / $1 + 1 } }
  /// Of a chunk in the file's elements; the file's budget has bounded it.
  var chunkBytes: Int { layout.chunk.reduce(element.size, *) }
  var chunkRowBytes: Int { layout.chunk.dropFirst().reduce(element.size, *) }
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
