import ThalwegCore

/// Rows of data in chunks: which they are, and reading and decoding them side by side.
extension HDF5RowReader {
  /// A chunk and the rows that are wanted of it.
  struct Chunk {
    let number: Int
    /// Among the chunks along each dimension.
    let index: [Int]
    var stretches: [RowStretch]
  }

  /// The chunks that have any of the rows, in the file's order.
  func chunks(of stretches: [RowStretch]) -> [Chunk] {
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

  func read(
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

  func read(
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
}

extension HDF5Stored {
  /// Chunks along each dimension.
  var chunkCounts: [Int] { zip(extent, layout.chunk).map { ($0 - 1) / $1 + 1 } }
  /// Of a chunk in the file's elements; the file's budget has bounded it.
  var chunkBytes: Int { layout.chunk.reduce(element.size, *) }
  var chunkRowBytes: Int { layout.chunk.dropFirst().reduce(element.size, *) }
}
