import CHDF5
import ThalwegCore

/// Reading parts of a data set along its first dimension.
extension HDF5Dataset {
  /// Reads the rows into memory that has room for them.
  ///
  /// Errors: `.format` naming the chunk, by its place among the chunks along each dimension, or, where the data is in
  /// one piece, the rows.
  func readRows(_ rows: Range<Int>, into memory: UnsafeMutableRawPointer) throws(ThalwegError) {
    let rowBytes = byteCount / max(shape.first ?? 1, 1)
    guard rowBytes > 0, !rows.isEmpty else { return }
    var (start, count) = ([Int](repeating: 0, count: shape.count), shape)
    (start[0], count[0]) = (rows.lowerBound, rows.count)
    do throws(ThalwegError) {
      try readBlock(start, count, into: memory)
    } catch {
      throw damage(in: rows, error)
    }
    try checkBools(UnsafeRawBufferPointer(start: memory, count: rows.count * rowBytes))
  }

  private func readBlock(
    _ start: [Int], _ count: [Int], into memory: UnsafeMutableRawPointer
  ) throws(ThalwegError) {
    let session = file.session
    let h5 = session.h5.pointee
    let sizes = count.map { hsize_t($0) }
    let inFile = try session.own(h5.H5Dget_space(id.raw), "cannot read the shape")
    try session.check(
      h5.H5Sselect_hyperslab(
        inFile.raw, Int32(TW_H5S_SELECT_SET), start.map { hsize_t($0) }, nil, sizes, nil),
      "cannot select a part", .internal)
    let inMemory = try session.own(
      h5.H5Screate_simple(Int32(sizes.count), sizes, nil), "cannot make a data space", .internal)
    let status = h5.H5Dread(id.raw, tw_hdf5_constant(element.memoryType), inMemory.raw, inFile.raw, 0, memory)
    if status < 0 { throw ThalwegError(.format, session.reason()) }
  }

  /// The error for rows that could not be read: reads their chunks one by one to find the first that is damaged.
  private func damage(in rows: Range<Int>, _ error: ThalwegError) -> ThalwegError {
    var (place, found) = (layout.place(of: rows.lowerBound, to: rows.upperBound), error)
    let chunk = layout.chunk
    let bytes = chunk.reduce(element.dtype.size, *)
    guard !chunk.isEmpty, !chunk.contains(0), layout.isFiltered || bytes <= 64 << 20,
      let scratch = try? Memory.allocate(bytes, for: "loader_next")
    else {
      return file.session.error(error.code, "cannot read \(place) of \(label): \(error.message)")
    }
    defer { Memory.deallocate(scratch, bytes) }
    let counts = zip(shape, chunk).map { ($0 + $1 - 1) / $1 }
    var at = [Int](repeating: 0, count: shape.count)
    at[0] = rows.lowerBound / chunk[0]
    search: while at[0] * chunk[0] < rows.upperBound {
      let start = zip(at, chunk).map { $0 * $1 }
      let count = (0..<shape.count).map { min(chunk[$0], shape[$0] - start[$0]) }
      do throws(ThalwegError) {
        try readBlock(start, count, into: scratch)
      } catch {
        place = "chunk \(at), rows \(start[0]) to \(start[0] + count[0] - 1),"
        found = error
        break search
      }
      // The next place, the last dimension first.
      var axis = shape.count - 1
      at[axis] += 1
      while axis > 0, at[axis] == counts[axis] {
        at[axis] = 0
        axis -= 1
        at[axis] += 1
      }
    }
    return file.session.error(found.code, "cannot read \(place) of \(label): \(found.message)")
  }
}

extension HDF5Dataset.Layout {
  /// "chunk [3, 0], rows 192 to 255," or "rows 192 to 255": where reading from `first` up to `end` begins.
  func place(of first: Int, to end: Int) -> String {
    guard let size = chunk.first, size > 0 else { return "rows \(first) to \(end - 1)" }
    let index = [first / size] + [Int](repeating: 0, count: chunk.count - 1)
    return
      "chunk \(index), rows \(index[0] * size) to \(min(index[0] * size + size, max(end, first + 1)) - 1),"
  }
}
