import CHDF5
import ThalwegCore

/// A data set that is being written.
final class WriterTarget {
  let id: HDF5ID
  /// What elements are in memory: numbers, or pointers to strings.
  let memory: HDF5ID
  /// nil: strings.
  let dtype: DType?
  /// Names that values have; 0: none.
  let labels: Int
  var shape: [Int]
  let grows: Bool
  /// That were written so far.
  var rows: Int

  init(
    _ id: consuming HDF5ID, _ memory: consuming HDF5ID, _ dtype: DType?, labels: Int, shape: [Int],
    grows: Bool,
    rows: Int
  ) {
    self.id = id
    self.memory = memory
    self.dtype = dtype
    self.labels = labels
    self.shape = shape
    self.grows = grows
    self.rows = rows
  }
}

/// An open file and the data sets that were touched, for `DataWriter`; used inside a session only.
final class WriterContent {
  let writer: HDF5Writer
  /// By name in normal form.
  var targets: [String: WriterTarget] = [:]
  var dimensions: [(dataset: String, names: [String])] = []

  init(_ writer: HDF5Writer) { self.writer = writer }

  var session: HDF5Session { writer.session }

  func error(_ code: ThalwegError.Code, _ what: String) -> ThalwegError { session.error(code, what) }

  /// Closes them in the order of their names, as libhdf5 then writes their last chunks: the same calls give the same bytes.
  func closeTargets() {
    for name in targets.keys.sorted() {
      if let target = targets.removeValue(forKey: name), target.dtype != nil {
        writer.note(numbersOf: target.id)
      }
    }
  }

  /// "/train/images"
  func normal(_ name: String) throws(ThalwegError) -> String {
    let parts = name.split(separator: "/")
    guard !parts.isEmpty, !name.utf8.contains(0), !parts.contains("."), !parts.contains("..") else {
      throw error(.invalidArgument, "'\(name)' cannot be the name of a data set")
    }
    return "/" + parts.joined(separator: "/")
  }

  /// The type of elements, in the file and in memory: an enumeration where they have names.
  func type(_ dtype: DType, _ labels: [String], _ name: String) throws(ThalwegError) -> HDF5ID {
    guard !labels.isEmpty else { return try writer.fileType(dtype) }
    let limit = dtype == .uint8 ? 256 : 1 << 16
    guard [.uint8, .int32, .int64].contains(dtype), labels.count <= limit, Set(labels).count == labels.count,
      labels.allSatisfy({ !$0.isEmpty && !$0.utf8.contains(0) })
    else {
      throw error(
        .invalidArgument,
        "'\(name)': labels are up to \(limit) different names for the values of \(dtype); int64, int32 and uint8 have them"
      )
    }
    let h5 = session.h5.pointee
    let base = try writer.fileType(dtype)
    let type = try session.own(h5.H5Tenum_create(base.raw), "cannot make an enumeration", .internal)
    for (index, label) in labels.enumerated() {
      // Little-endian: the first bytes are the number in each of the types.
      let status = withUnsafePointer(to: Int64(index)) { h5.H5Tenum_insert(type.raw, label, $0) }
      try session.check(status, "cannot make an enumeration", .internal)
    }
    return type
  }

  func textType() throws(ThalwegError) -> HDF5ID {
    let h5 = session.h5.pointee
    let type = try writer.copy(h5.c_string)
    try session.check(h5.H5Tset_size(type.raw, tw_hdf5_variable()), "cannot make a string type", .internal)
    try session.check(
      h5.H5Tset_cset(type.raw, Int32(TW_H5T_CSET_UTF8)), "cannot make a string type", .internal)
    return type
  }

  /// Errors: `.invalidArgument` for a value that has no name.
  func check(_ values: Tensor, labels: Int, _ name: String) throws(ThalwegError) {
    guard labels > 0, values.numel > 0 else { return }
    let data = values.data
    func outside<Element: FixedWidthInteger>(_: Element.Type) -> Element? {
      UnsafeBufferPointer(start: data.assumingMemoryBound(to: Element.self), count: values.numel)
        .first { $0 < 0 || Int($0) >= labels }
    }
    let found: Int? =
      switch values.dtype {
      case .uint8: outside(UInt8.self).map { Int($0) }
      case .int32: outside(Int32.self).map { Int($0) }
      default: outside(Int64.self).map { Int($0) }
      }
    guard let found else { return }
    throw error(
      .invalidArgument, "'\(name)' has names for 0 to \(labels - 1); the value \(found) has none")
  }

  /// Makes a data set; the rows are still to come.
  func make(
    _ name: String, _ type: borrowing HDF5ID, _ dtype: DType?, labels: Int, shape: [Int],
    _ storage: DataWriter.Storage, of path: String
  ) throws(ThalwegError) -> WriterTarget {
    let name = try normal(name)
    guard try !writer.has(name) else {
      throw error(.invalidArgument, "there is a '\(name)' in '\(path)' already")
    }
    if let slash = name.lastIndex(of: "/"), slash != name.startIndex {
      try writer.makeGroup(String(name[..<slash]))
    }
    let h5 = session.h5.pointee
    let id = try writer.makeDataset(
      name, type, shape, bytes: dtype?.size ?? 16, growing: storage.grows, storage)
    let memory =
      if let dtype, labels == 0 { try writer.memoryType(dtype) } else {
        try session.own(h5.H5Tcopy(type.raw), "cannot make a type", .internal)
      }
    let target = WriterTarget(id, memory, dtype, labels: labels, shape: shape, grows: storage.grows, rows: 0)
    targets[name] = target
    return target
  }

  /// The data set `name`, which this writer made or found in the file.
  func target(_ name: String) throws(ThalwegError) -> WriterTarget {
    let name = try normal(name)
    if let known = targets[name] { return known }
    guard try writer.has(name) else {
      throw error(.invalidArgument, "there is no data set '\(name)' in '\(writer.path)'; define it first")
    }
    let target = try writer.openForAppending(name)
    targets[name] = target
    return target
  }

  /// Makes the data set `count` rows longer, where it is not announced longer; returns the first row's number.
  func makeRoom(_ count: Int, in target: WriterTarget) throws(ThalwegError) -> Int {
    let start = target.rows
    let (end, overflow) = start.addingReportingOverflow(count)
    guard !overflow, target.grows || end <= target.shape[0] else {
      throw error(
        .shape,
        target.rows == target.shape[0]
          ? "the data set has a fixed size of \(target.shape[0]) rows; one that is made to grow takes more"
          : "\(count) more rows do not fit after \(start) of \(target.shape[0])")
    }
    if target.grows {
      var shape = target.shape
      shape[0] = end
      try session.check(
        session.h5.pointee.H5Dset_extent(target.id.raw, shape.map { hsize_t($0) }), "cannot add rows", .io)
      target.shape = shape
    }
    target.rows = end
    return start
  }

  /// Writes all elements.
  func write(_ data: UnsafeRawPointer, to target: WriterTarget) throws(ThalwegError) {
    try session.check(
      session.h5.pointee.H5Dwrite(target.id.raw, target.memory.raw, 0, 0, 0, data), "cannot write", .io)
  }

  func write(_ data: UnsafeRawPointer, rows: Range<Int>, to target: WriterTarget) throws(ThalwegError) {
    let h5 = session.h5.pointee
    var (start, count) = (
      [hsize_t](repeating: 0, count: target.shape.count), target.shape.map { hsize_t($0) }
    )
    (start[0], count[0]) = (hsize_t(rows.lowerBound), hsize_t(rows.count))
    let inFile = try session.own(h5.H5Dget_space(target.id.raw), "cannot read the shape")
    try session.check(
      h5.H5Sselect_hyperslab(inFile.raw, Int32(TW_H5S_SELECT_SET), start, nil, count, nil),
      "cannot select rows", .internal)
    let inMemory = try session.own(
      h5.H5Screate_simple(Int32(count.count), count, nil), "cannot make a data space", .internal)
    try session.check(
      h5.H5Dwrite(target.id.raw, target.memory.raw, inMemory.raw, inFile.raw, 0, data), "cannot write rows",
      .io)
  }

  /// Strings one after the other, each with its NUL, and where each begins.
  func encode(_ texts: [String]) throws(ThalwegError) -> (bytes: [CChar], places: [Int]) {
    var bytes: [CChar] = []
    var places: [Int] = []
    for text in texts {
      guard !text.utf8.contains(0) else { throw error(.invalidArgument, "a string has a NUL in it") }
      places.append(bytes.count)
      bytes.append(contentsOf: text.utf8CString)
    }
    return (bytes, places)
  }

  func write(_ texts: (bytes: [CChar], places: [Int]), at start: Int, to target: WriterTarget)
    throws(ThalwegError)
  {
    guard !texts.places.isEmpty else { return }
    try texts.bytes.withUnsafeBufferPointer { characters throws(ThalwegError) in
      let pointers = texts.places.map { place in characters.baseAddress.map { $0 + place } }
      try pointers.withUnsafeBufferPointer { list throws(ThalwegError) in
        guard let data = list.baseAddress else { return }
        try write(UnsafeRawPointer(data), rows: start..<(start + pointers.count), to: target)
      }
    }
  }

  /// Makes room for an attribute of this name; returns the object's path.
  func prepareAttribute(_ object: String, _ name: String) throws(ThalwegError) -> String {
    let object = object.split(separator: "/").isEmpty ? "/" : try normal(object)
    guard !name.isEmpty, !name.utf8.contains(0) else {
      throw error(.invalidArgument, "'\(name)' cannot be the name of an attribute")
    }
    guard try writer.has(object) else {
      throw error(.invalidArgument, "there is no '\(object)' in '\(writer.path)'; write it first")
    }
    try writer.removeAttribute(name, of: object)
    return object
  }
}
