import CHDF5
import ThalwegCore

/// Reading parts of a data set along its first dimension through libhdf5: what is not stored directly.
extension HDF5Dataset {
  /// Reads the rows into memory that has room for them.
  ///
  /// Errors: `.format` naming the chunk, by its place among the chunks along each dimension, or, where the data is in
  /// one piece, the rows.
  func readRows(_ rows: Range<Int>, into memory: UnsafeMutableRawPointer) throws(ThalwegError) {
    guard stored.rowBytes > 0, !rows.isEmpty else { return }
    guard case .numbers(nil) = element.content else { return try readConverting(rows, into: memory) }
    try readBlock(rows, into: memory)
  }

  /// Reads elements as the file has them, some at a time.
  private func readConverting(
    _ rows: Range<Int>, into memory: UnsafeMutableRawPointer
  ) throws(ThalwegError) {
    var dense = element
    if !element.members.isEmpty {
      // libhdf5 gives the member alone.
      (dense.size, dense.offset) = (element.memberBytes, 0)
    }
    let rowBytes = stored.rowElements * dense.size
    let together = min(max((4 << 20) / max(rowBytes, 1), 1), rows.count)
    let bytes = together * rowBytes
    guard !dense.isPlain else { return try readBlock(rows, into: memory) }
    let scratch = try Memory.allocate(bytes, for: "hdf5_read")
    defer { Memory.deallocate(scratch, bytes) }
    var first = rows.lowerBound
    while first < rows.upperBound {
      let part = first..<min(first + together, rows.upperBound)
      try readBlock(part, into: scratch)
      let output = memory + (first - rows.lowerBound) * stored.rowBytes
      guard dense.convert(scratch, to: output, part.count * stored.rowElements) else {
        throw file.session.error(.format, "\(label) \(element.misfit)")
      }
      first = part.upperBound
    }
  }

  private func readBlock(_ rows: Range<Int>, into memory: UnsafeMutableRawPointer) throws(ThalwegError) {
    let session = file.session
    let h5 = session.h5.pointee
    let type = try session.own(h5.H5Dget_type(id.raw), "cannot read the type of \(label)")
    let memoryType = try element.memoryType(type, session)
    let status: herr_t
    if stored.extent.isEmpty || rows == 0..<stored.rows {
      status = h5.H5Dread(id.raw, memoryType.raw, 0, 0, 0, memory)
    } else {
      let inFile = try select(rows)
      let sizes = [hsize_t(rows.count)] + stored.extent.dropFirst().map { hsize_t($0) }
      let inMemory = try session.own(
        h5.H5Screate_simple(Int32(sizes.count), sizes, nil), "cannot make a data space", .internal)
      status = h5.H5Dread(id.raw, memoryType.raw, inMemory.raw, inFile.raw, 0, memory)
    }
    let place = layout.place(of: rows.lowerBound, to: rows.upperBound)
    try session.check(status, "cannot read \(place) of \(label)")
  }

  /// The file's data space with these rows selected.
  func select(_ rows: Range<Int>) throws(ThalwegError) -> HDF5ID {
    let session = file.session
    let h5 = session.h5.pointee
    let space = try session.own(h5.H5Dget_space(id.raw), "cannot read the shape")
    guard !stored.extent.isEmpty else { return space }
    var start = [hsize_t](repeating: 0, count: stored.extent.count)
    var count = stored.extent.map { hsize_t($0) }
    (start[0], count[0]) = (hsize_t(rows.lowerBound), hsize_t(rows.count))
    try session.check(
      h5.H5Sselect_hyperslab(space.raw, Int32(TW_H5S_SELECT_SET), start, nil, count, nil),
      "cannot select a part", .internal)
    return space
  }
}
