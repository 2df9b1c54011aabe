import ThalwegCore

/// From chunks to rows.
extension HDF5RowReader {
  /// The memory that a chunk can be decoded to at once, nil if its rows go elsewhere or are converted.
  func target(_ chunk: Chunk, _ memory: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    let size = stored.layout.chunk
    guard stored.element.isPlain, chunk.stretches.count == 1, chunk.stretches[0].rows.count == size[0],
      size.dropFirst() == stored.extent.dropFirst()
    else { return nil }
    return memory + chunk.stretches[0].at * stored.rowBytes
  }

  /// Copies what is wanted of a chunk's elements, and converts them.
  func copy(
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
  func copyPlain(
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
  func copy(
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
  func copyRow(
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
}
