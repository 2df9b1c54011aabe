import CHDF5
import ThalwegCore

/// How the elements of a data set lie in its file.
struct HDF5Layout: Sendable {
  /// One of libhdf5's filters that are undone here too.
  enum Filter: Equatable, Sendable {
    case deflate, lzf, fletcher32
    case shuffle(Int)
  }

  /// A chunk's size along each dimension; empty where there are no chunks.
  var chunk: [Int] = []
  /// Whether chunks are compressed or checked, so that they are read as a whole.
  var isFiltered = false
  /// In the order in which they were applied.
  var filters: [Filter] = []
  /// The elements of chunks that were never written.
  var fill: [UInt8] = []
  /// Where data that is in one piece begins in the file.
  var start: Int?
  /// Whether the bytes are read from the file itself; else only libhdf5 reads them.
  var isDirect = false

  /// Errors: `.format` for storage that is refused.
  init(
    _ dataset: borrowing HDF5ID, _ type: borrowing HDF5ID, _ element: HDF5Element, _ file: HDF5File,
    _ label: String
  ) throws(ThalwegError) {
    let session = file.session
    let h5 = session.h5.pointee
    let list = try session.own(h5.H5Dget_create_plist(dataset.raw), "cannot read the layout of \(label)")
    let layout = Int(h5.H5Pget_layout(list.raw))
    switch layout {
    case TW_H5D_COMPACT, TW_H5D_CONTIGUOUS, TW_H5D_CHUNKED: break
    case TW_H5D_VIRTUAL:
      throw session.error(.format, "\(label) is virtual: its data is in other files; that is not followed")
    default: throw session.error(.format, "\(label) is stored in a layout that is not read")
    }
    guard h5.H5Pget_external_count(list.raw) == 0 else {
      throw session.error(.format, "the data of \(label) is in other files; that is not followed")
    }
    let isConvertible =
      switch element.content {
      case _ where file.isInMemory: false
      case .numbers(let kind): kind != nil
      case .text: true
      default: false
      }
    if layout == TW_H5D_CONTIGUOUS {
      let address = h5.H5Dget_offset(dataset.raw)
      guard isConvertible, let offset = Int(exactly: address), offset > 0 else { return }
      start = offset
      isDirect = true
    }
    guard layout == TW_H5D_CHUNKED else { return }
    let isLZF = try readFilters(list, element, session, label)
    // A whole chunk is held in memory, whatever the data set's own size.
    var dims = [hsize_t](repeating: 0, count: 32)
    let rank = Int(h5.H5Pget_chunk(list.raw, 32, &dims))
    try session.check(rank, "cannot read the chunks of \(label)")
    var bytes = max(element.size, 8)
    for size in dims.prefix(rank) {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: Int(clamping: size))
      bytes = overflow ? .max : product
    }
    try file.charge(bytes, "a chunk of \(label)")
    chunk = dims.prefix(rank).map { Int(clamping: $0) }
    var options: UInt32 = 0
    try session.check(h5.H5Pget_chunk_opts(list.raw, &options), "cannot read the chunks of \(label)")
    isDirect =
      isDirect && isConvertible && options == 0 && h5.H5Dget_chunk_info_by_coord != nil && !chunk.contains(0)
      && !file.hasUserBlock()
    guard isDirect || !isLZF else {
      throw session.error(
        .format,
        """
        \(label) needs the filter lzf in a file of a form in which it is not read: it begins with bytes of its user's or \
        its elements are of variable length; store it with gzip or uncompressed
        """)
    }
    if isDirect { try readFill(list, type, element, session, label) }
  }

  /// Only libhdf5's own filters and LZF, which is decoded here: for others it would look for plugins, code that the file
  /// asks for by number. Whether one of them is LZF.
  private mutating func readFilters(
    _ list: borrowing HDF5ID, _ element: HDF5Element, _ session: HDF5Session, _ label: String
  ) throws(ThalwegError) -> Bool {
    let h5 = session.h5.pointee
    let count = h5.H5Pget_nfilters(list.raw)
    try session.check(count, "cannot read the filters of \(label)")
    isFiltered = count > 0
    isDirect = true
    for index in 0..<UInt32(count) {
      var (flags, values) = (UInt32(0), [UInt32](repeating: 0, count: 8))
      var valueCount = values.count
      let filter = h5.H5Pget_filter2(list.raw, index, &flags, &valueCount, &values, 0, nil, nil)
      try session.check(filter, "cannot read the filters of \(label)")
      let name: String
      switch Int(filter) {
      case TW_H5Z_DEFLATE: (filters, name) = (filters + [.deflate], "gzip")
      case TW_H5Z_SHUFFLE:
        let width = valueCount > 0 && values[0] > 0 ? Int(values[0]) : element.size
        (filters, name) = (filters + [.shuffle(width)], "shuffle")
      case TW_H5Z_FLETCHER32: (filters, name) = (filters + [.fletcher32], "fletcher32")
      case TW_H5Z_LZF:
        filters.append(.lzf)
        continue
      case TW_H5Z_SZIP: (isDirect, name) = (false, "szip")
      case TW_H5Z_NBIT: (isDirect, name) = (false, "nbit")
      case TW_H5Z_SCALEOFFSET: (isDirect, name) = (false, "scaleoffset")
      default: (isDirect, name) = (false, "number \(filter)")
      }
      guard filter <= TW_H5Z_SCALEOFFSET, isDirect || h5.H5Zfilter_avail(filter) > 0 else {
        throw session.error(
          .format,
          """
          \(label) needs the filter \(name), which is not read; supported are gzip, lzf, shuffle and fletcher32 (and szip, \
          nbit and scaleoffset where libhdf5 has them)
          """)
      }
    }
    return filters.contains(.lzf)
  }

  private mutating func readFill(
    _ list: borrowing HDF5ID, _ type: borrowing HDF5ID, _ element: HDF5Element, _ session: HDF5Session,
    _ label: String
  ) throws(ThalwegError) {
    let h5 = session.h5.pointee
    var status: Int32 = 0
    fill = [UInt8](repeating: 0, count: element.size)
    guard h5.H5Pfill_value_defined(list.raw, &status) >= 0, status == 2 else { return }  // 2: the user's
    let read = fill.withUnsafeMutableBytes { bytes -> herr_t in
      guard let base = bytes.baseAddress else { return -1 }
      return h5.H5Pget_fill_value(list.raw, type.raw, base)
    }
    try session.check(read, "cannot read the fill value of \(label)")
  }

  /// "chunk [3, 0], rows 192 to 255," or "rows 192 to 255": where reading from `first` up to `end` begins.
  func place(of first: Int, to end: Int) -> String {
    guard let size = chunk.first, size > 0 else { return "rows \(first) to \(end - 1)" }
    let index = [first / size] + [Int](repeating: 0, count: chunk.count - 1)
    return
      "chunk \(index), rows \(index[0] * size) to \(min(index[0] * size + size, max(end, first + 1)) - 1),"
  }
}
