import ThalwegCore

/// Rows of data that lies in the file in one piece.
extension HDF5RowReader {
  func readPiece(
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
}
