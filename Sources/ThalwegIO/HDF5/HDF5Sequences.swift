import CHDF5
import Glibc
public import ThalwegCore

/// Data sets whose elements differ in length: strings and sequences of numbers.
extension HDF5 {
  /// Reads strings, or sequences of variable length: all their values one after the other, and int64 offsets [n + 1] of
  /// which the i-th and the one after it are where element i begins and ends, in row-major order. Values of strings are
  /// their bytes (UTF-8, without padding), of sequences numbers with the dtypes of `read`.
  ///
  /// Errors: as `read`; `.dtype` for a data set of something else.
  public static func readSequences(
    _ path: String, _ dataset: String
  ) throws(ThalwegError) -> (values: Tensor, offsets: Tensor) {
    try sequences(path, dataset, "hdf5_read_sequences")
  }

  /// As `readSequences`, as a batch: the data set's shape and behind it the length of the longest, those that are shorter
  /// padded with `padding` at the end; and int64 lengths of the data set's shape.
  public static func readPadded(
    _ path: String, _ dataset: String, padding: Double = 0
  ) throws(ThalwegError) -> (values: Tensor, lengths: Tensor) {
    let function = "hdf5_read_padded"
    let (values, offsets) = try sequences(path, dataset, function)
    let count = offsets.numel - 1
    let bounds = offsets.data.assumingMemoryBound(to: Int64.self)
    let lengths = try Tensor.empty([count], dtype: .int64)
    let length = lengths.data.assumingMemoryBound(to: Int64.self)
    var longest = 0
    for i in 0..<count {
      length[i] = bounds[i + 1] - bounds[i]
      longest = max(longest, Int(length[i]))
    }
    let width = values.dtype.size
    let (bytes, overflow) = max(count, 1).multipliedReportingOverflow(by: max(longest, 1) * width)
    guard !overflow, bytes <= 16 * (values.numel * width + 1) + 1 << 30 else {
      throw ThalwegError(
        .outOfMemory,
        "\(function): \(count) sequences padded to \(longest) values are too many; read them with hdf5_read_sequences"
      )
    }
    let padded = try Tensor.full([count, longest], padding, dtype: values.dtype)
    for i in 0..<count {
      (padded.data + i * longest * width).copyMemory(
        from: values.data + Int(bounds[i]) * width, byteCount: Int(length[i]) * width)
    }
    return withExtendedLifetime((values, offsets)) { (padded, lengths) }
  }

  private static func sequences(
    _ path: String, _ dataset: String, _ function: String
  ) throws(ThalwegError) -> (values: Tensor, offsets: Tensor) {
    let texts: (HDF5RowReader, Tensor)?
    var result: (Tensor, Tensor)?
    texts = try HDF5Session.run(function, reading: path) { session throws(ThalwegError) in
      let source = try HDF5Dataset(dataset, in: HDF5File(path, session))
      guard source.element.members.isEmpty else {
        throw session.error(
          .dtype, "\(source.label) is a member of compounds; only numbers are read of those")
      }
      switch source.element.content {
      case .numbers:
        throw session.error(
          .dtype, "\(source.label) holds numbers; expected strings or sequences of variable length")
      case .text: return (try HDF5RowReader(source), try source.makeTensor(rows: nil))
      case .textOfAnyLength: result = try source.readTexts()
      case .sequences(let kind): result = try source.readSequences(kind)
      }
      return nil
    }
    if let result { return result }
    guard let (reader, padded) = texts else {
      throw ThalwegError(.internal, "\(function): nothing was read")
    }
    let all = RowStretch(rows: 0..<reader.stored.rows, at: 0)
    try reader.read([all], into: padded.data, function)
    return try stripped(padded, reader.stored)
  }

  /// Strings of fixed length without their padding.
  private static func stripped(
    _ padded: Tensor, _ stored: HDF5Stored
  ) throws(ThalwegError) -> (values: Tensor, offsets: Tensor) {
    guard case .text(let size, let padding) = stored.element.content else { return (padded, padded) }
    let count = stored.extent.reduce(1, *)
    let bytes = padded.data.assumingMemoryBound(to: UInt8.self)
    let offsets = try Tensor.empty([count + 1], dtype: .int64)
    let offset = offsets.data.assumingMemoryBound(to: Int64.self)
    var end = 0
    offset[0] = 0
    for i in 0..<count {
      let text = bytes + i * size
      var length = size
      switch Int(padding) {
      case TW_H5T_STR_NULLTERM:
        length = strnlen(UnsafeRawPointer(text).assumingMemoryBound(to: CChar.self), size)
      case TW_H5T_STR_SPACEPAD: while length > 0, text[length - 1] == UInt8(ascii: " ") { length -= 1 }
      default: while length > 0, text[length - 1] == 0 { length -= 1 }
      }
      // Towards the beginning, over what has been copied already.
      memmove(bytes + end, text, length)
      end += length
      offset[i + 1] = Int64(end)
    }
    let values = try padded.reshape([padded.numel]).slice(0, 0, end).clone()
    return withExtendedLifetime(padded) { (values, offsets) }
  }
}

extension HDF5Dataset {
  /// What libhdf5 allocates for elements of variable length comes and goes in blocks of so many.
  private static let blockElements = 1 << 12

  fileprivate func readTexts() throws(ThalwegError) -> (values: Tensor, offsets: Tensor) {
    let session = file.session
    let h5 = session.h5.pointee
    let type = try session.own(h5.H5Dget_type(id.raw), "cannot read the type of \(label)")
    return try gather(type, UnsafeMutablePointer<CChar>?.none) { (text, output) in
      guard let text else { return 0 }
      let length = strlen(text)
      if let output { output.copyMemory(from: text, byteCount: length) }
      return length
    }
  }

  fileprivate func readSequences(_ kind: Int32) throws(ThalwegError) -> (values: Tensor, offsets: Tensor) {
    let session = file.session
    let h5 = session.h5.pointee
    let type = try session.own(h5.H5Dget_type(id.raw), "cannot read the type of \(label)")
    let (width, isSwapped) = (tw_number_size(kind), element.isSwapped)
    var isSound = true
    let result = try gather(type, tw_hdf5_sequence()) { (sequence, output) in
      guard let data = sequence.data, sequence.count > 0 else { return 0 }
      if let output {
        isSound = tw_convert(data, width, 1, kind, isSwapped, output, sequence.count) && isSound
      }
      return sequence.count
    }
    guard isSound else { throw session.error(.format, "\(label) \(element.misfit)") }
    return result
  }

  /// How long the sequences of a list of them are: int64 [rows].
  func sequenceLengths() throws(ThalwegError) -> Tensor {
    let session = file.session
    let type = try session.own(
      session.h5.pointee.H5Dget_type(id.raw), "cannot read the type of \(label)")
    try file.charge(stored.rows * 8, label)
    let lengths = try Tensor.empty([stored.rows], dtype: .int64)
    let length = lengths.data.assumingMemoryBound(to: Int64.self)
    var row = 0
    try forEachElement(0..<stored.rows, type, tw_hdf5_sequence()) { sequence in
      if row < stored.rows { length[row] = Int64(clamping: sequence.data == nil ? 0 : sequence.count) }
      row += 1
    }
    return lengths
  }

  /// The sequences with these numbers, which are rows, one behind the other: those in the file are read in its order.
  ///
  /// Errors: `.format` when one has not the length that it had.
  func readSequences(_ rows: [Int], lengths: [Int]) throws(ThalwegError) -> Tensor {
    let session = file.session
    guard case .sequences(let kind) = element.content else {
      throw session.error(.internal, "\(label) has no sequences")
    }
    let type = try session.own(
      session.h5.pointee.H5Dget_type(id.raw), "cannot read the type of \(label)")
    var starts = [0]
    for length in lengths { starts.append(starts[starts.count - 1] &+ length) }
    let values = try makeTensor([starts[rows.count]])
    let order = rows.indices.sorted { rows[$0] < rows[$1] }
    let (width, isSwapped, size) = (tw_number_size(kind), element.isSwapped, stored.dtype.size)
    var (isSound, isSame) = (true, true)
    var next = 0
    while next < order.count {
      // Rows that lie side by side are read as one; a row may be wanted more than once.
      let first = rows[order[next]]
      var (last, end) = (first, next)
      while end < order.count, rows[order[end]] <= last + 1 {
        last = rows[order[end]]
        end += 1
      }
      var row = first
      try forEachElement(first..<last + 1, type, tw_hdf5_sequence()) { sequence in
        while next < end, rows[order[next]] == row {
          let place = order[next]
          let count = sequence.data == nil ? 0 : sequence.count
          if count != lengths[place] {
            isSame = false
          } else if let data = sequence.data {
            let output = values.data + starts[place] * size
            isSound = tw_convert(data, width, 1, kind, isSwapped, output, count) && isSound
          }
          next += 1
        }
        row += 1
      }
      next = end
    }
    guard isSame else { throw session.error(.format, "\(label) has changed since the loader was opened") }
    guard isSound else { throw session.error(.format, "\(label) \(element.misfit)") }
    return values
  }

  /// Reads elements that libhdf5 allocates, twice: for their lengths, and when the memory is there for their values.
  ///
  /// - Parameter take: writes an element's values, unless there is no place for them, and says how many they are.
  private func gather<Element>(
    _ type: borrowing HDF5ID, _ none: Element,
    _ take: (Element, UnsafeMutableRawPointer?) -> Int
  ) throws(ThalwegError) -> (values: Tensor, offsets: Tensor) {
    let session = file.session
    let count = stored.extent.reduce(1, *)
    try file.charge(count * 8, label)
    let offsets = try Tensor.empty([count + 1], dtype: .int64)
    let offset = offsets.data.assumingMemoryBound(to: Int64.self)
    offset[0] = 0
    var place = 0
    var total = 0
    try forEachElement(0..<stored.rows, type, none) { element in
      let (sum, overflow) = total.addingReportingOverflow(take(element, nil))
      total = overflow ? .max : sum
      place += 1
      if place <= count { offset[place] = Int64(total) }
    }
    let (bytes, overflow) = total.multipliedReportingOverflow(by: stored.dtype.size)
    try file.charge(overflow ? .max : bytes, label)
    let values: Tensor
    do throws(ThalwegError) {
      values = try Tensor.empty([total], dtype: stored.dtype)
    } catch {
      throw session.error(error.code, "\(label): \(error.message)")
    }
    place = 0
    let width = stored.dtype.size
    var changed = false
    try forEachElement(0..<stored.rows, type, none) { element in
      guard !changed, place < count, Int64(take(element, nil)) == offset[place + 1] - offset[place] else {
        changed = true
        return
      }
      _ = take(element, values.data + Int(offset[place]) * width)
      place += 1
    }
    guard !changed else { throw session.error(.format, "\(label) has changed while it was read") }
    return (values, offsets)
  }

  private func forEachElement<Element>(
    _ wanted: Range<Int>, _ type: borrowing HDF5ID, _ none: Element, _ body: (Element) -> Void
  ) throws(ThalwegError) {
    let session = file.session
    let h5 = session.h5.pointee
    let inRow = max(stored.rowElements, 1)
    guard !stored.extent.contains(0) else { return }
    let together = max(Self.blockElements / inRow, 1)
    var first = wanted.lowerBound
    while first < wanted.upperBound {
      let rows = first..<min(first + together, wanted.upperBound)
      let inFile = try select(rows)
      var sizes = stored.extent.map { hsize_t($0) }
      if !sizes.isEmpty { sizes[0] = hsize_t(rows.count) }
      let inMemory =
        sizes.isEmpty
        ? try session.own(h5.H5Screate(Int32(TW_H5S_SCALAR)), "cannot make a data space", .internal)
        : try session.own(
          h5.H5Screate_simple(Int32(sizes.count), sizes, nil), "cannot make a data space", .internal)
      var elements = [Element](repeating: none, count: rows.count * inRow)
      let status = elements.withUnsafeMutableBytes { memory -> herr_t in
        guard let base = memory.baseAddress else { return -1 }
        return h5.H5Dread(id.raw, type.raw, inMemory.raw, inFile.raw, 0, base)
      }
      let place = layout.place(of: rows.lowerBound, to: rows.upperBound)
      try session.check(status, "cannot read \(place) of \(label)")
      for element in elements { body(element) }
      elements.withUnsafeMutableBytes { memory in
        guard let base = memory.baseAddress else { return }
        _ = h5.H5Dvlen_reclaim(type.raw, inMemory.raw, 0, base)
      }
      first = rows.upperBound
    }
  }
}
