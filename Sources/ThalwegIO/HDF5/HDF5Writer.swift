import CHDF5
import Glibc
import ThalwegCore

/// An HDF5 file that is being written: a new one, or a copy of another that nobody else knows.
///
/// Any libhdf5 since 1.8 reads it; data sets are little-endian and contiguous, and nothing in the file depends on
/// the time, so the same calls give the same bytes.
final class HDF5Writer {
  /// Of the call that is writing.
  var session: HDF5Session
  /// The name that messages have.
  let path: String
  var id: hid_t
  private var groups: Set<String> = ["/"]
  /// Whether nothing is in the file that others wrote.
  private let isNew: Bool
  /// Where numbers lie, for the seal.
  private var stretches: [Range<Int>] = []
  private static let leastStretch = 4 << 10

  /// Creates the file at `place`, which must not exist; messages call it `path`.
  init(creating place: String, as path: String, _ session: HDF5Session) throws(ThalwegError) {
    let h5 = session.h5.pointee
    let access = try Self.access(session)
    let creation = try session.own(
      h5.H5Pcreate(tw_hdf5_constant(h5.file_create)), "cannot make a property list", .internal)
    try session.check(
      h5.H5Pset_obj_track_times(creation.raw, false), "cannot turn off time stamps", .internal)
    id = h5.H5Fcreate(place, UInt32(TW_H5F_ACC_EXCL), creation.raw, access.raw)
    self.session = session
    self.path = path
    isNew = true
    try session.check(id, "cannot create '\(path)'", .io)
  }

  /// Opens the sound HDF5 file at `place`, which nobody else knows; messages call it `path`.
  init(opening place: String, as path: String, _ session: HDF5Session) throws(ThalwegError) {
    let access = try Self.access(session)
    id = session.h5.pointee.H5Fopen(place, UInt32(TW_H5F_ACC_RDWR), access.raw)
    self.session = session
    self.path = path
    isNew = false
    try session.check(id, "'\(path)' is not a readable HDF5 file", .format)
  }

  private static func access(_ session: HDF5Session) throws(ThalwegError) -> HDF5ID {
    let h5 = session.h5.pointee
    let access = try session.own(
      h5.H5Pcreate(tw_hdf5_constant(h5.file_access)), "cannot make a property list", .internal)
    try session.check(
      h5.H5Pset_libver_bounds(access.raw, Int32(TW_H5F_LIBVER_EARLIEST), Int32(TW_H5F_LIBVER_V110)),
      "cannot choose the file's version", .internal)
    // Large data sets begin where a cache line does: copying to and from tensors is then faster.
    try session.check(
      h5.H5Pset_alignment(access.raw, hsize_t(leastBytes), 64), "cannot align data sets", .internal)
    // Room for a chunk that is filled row by row, so that it is compressed once.
    try session.check(
      h5.H5Pset_cache(access.raw, 0, 521, 8 << 20, 0.75), "cannot set the chunk cache", .internal)
    return access
  }

  deinit {
    if id >= 0 { _ = session.h5.pointee.H5Fclose(id) }
  }

  /// The file descriptor that libhdf5 writes through; it belongs to the library.
  func descriptor() throws(ThalwegError) -> Int32 {
    var handle: UnsafeMutableRawPointer?
    try session.check(
      session.h5.pointee.H5Fget_vfd_handle(id, 0, &handle), "no file descriptor of '\(path)'", .internal)
    guard let handle else { throw session.error(.internal, "no file descriptor of '\(path)'") }
    return handle.load(as: Int32.self)
  }

  /// Writes everything out to the operating system, closes the file and seals it if it is new; nothing else is called
  /// after that.
  func close() throws(ThalwegError) {
    let h5 = session.h5.pointee
    try session.check(h5.H5Fflush(id, UInt32(TW_H5F_SCOPE_LOCAL)), "cannot write '\(path)'", .io)
    let open = isNew ? fcntl(try descriptor(), F_DUPFD_CLOEXEC, 0) : -1
    defer { if open >= 0 { _ = Glibc.close(open) } }
    let closing = id
    id = -1
    try session.check(h5.H5Fclose(closing), "cannot close '\(path)'", .io)
    if open >= 0, let problem = Seal.write(open, around: stretches) {
      throw session.error(.io, "cannot write '\(path)': \(problem)")
    }
  }

  /// Notes where the numbers of a data set lie that has its place in the file and no chunks.
  func note(numbersOf dataset: borrowing HDF5ID) {
    let h5 = session.h5.pointee
    guard let start = Int(exactly: h5.H5Dget_offset(dataset.raw)),
      let size = Int(exactly: h5.H5Dget_storage_size(dataset.raw)), size >= Self.leastStretch
    else { return }
    let (end, overflow) = start.addingReportingOverflow(size)
    if !overflow { stretches.append(start..<end) }
  }

  /// Whether there is anything at `name`, a path in normal form ("/train/images") whose folder is there.
  ///
  /// Errors: `.format` when it is reached by something else than hard links.
  func has(_ name: String) throws(ThalwegError) -> Bool {
    var here = ""
    for part in name.split(separator: "/") {
      here += "/\(part)"
      let exists = session.h5.pointee.H5Lexists(id, here, 0)
      try session.check(exists, "cannot look up '\(here)' in '\(path)'")
      guard exists > 0 else { return false }
      guard tw_hdf5_link_type(id, here) == TW_H5L_TYPE_HARD else {
        throw session.error(.format, "'\(here)' in '\(path)' is a link; only hard links are followed")
      }
    }
    return true
  }

  /// Makes a group and those above it, where they are not there yet.
  func makeGroup(_ name: String) throws(ThalwegError) {
    let h5 = session.h5.pointee
    let creation = try session.own(
      h5.H5Pcreate(tw_hdf5_constant(h5.group_create)), "cannot make a property list", .internal)
    try session.check(
      h5.H5Pset_obj_track_times(creation.raw, false), "cannot turn off time stamps", .internal)
    var here = ""
    for part in name.split(separator: "/") {
      here += "/\(part)"
      guard groups.insert(here).inserted, try !has(here) else { continue }
      _ = try session.own(
        h5.H5Gcreate2(id, here, 0, creation.raw, 0), "cannot make the group '\(here)' in '\(path)'", .io)
    }
  }

  /// Writes a data set of `shape` from contiguous elements of `dtype`; the group that it is in exists.
  func write(
    _ name: String, shape: [Int], dtype: DType, _ data: UnsafeRawPointer
  ) throws(ThalwegError) {
    let dataset = try create(name, shape, dtype, isEarly: false)
    guard !shape.contains(0) else { return }
    let memoryType = try memoryType(dtype)
    try session.check(
      session.h5.pointee.H5Dwrite(dataset.raw, memoryType.raw, 0, 0, 0, data), "cannot write \(label(name))",
      .io
    )
    note(numbersOf: dataset)
  }

  /// Makes a data set of which the elements are written without libhdf5, from the place in the file on that is returned.
  func reserve(_ name: String, shape: [Int], dtype: DType) throws(ThalwegError) -> Int {
    let dataset = try create(name, shape, dtype, isEarly: true)
    guard let start = Int(exactly: session.h5.pointee.H5Dget_offset(dataset.raw)), start > 0 else {
      throw session.failure(.internal, "no place for \(label(name))")
    }
    note(numbersOf: dataset)
    return start
  }

  /// - Parameter isEarly: whether its place in the file is chosen now rather than when it is written.
  private func create(
    _ name: String, _ shape: [Int], _ dtype: DType, isEarly: Bool
  ) throws(ThalwegError) -> HDF5ID {
    let h5 = session.h5.pointee
    let creation = try session.own(
      h5.H5Pcreate(tw_hdf5_constant(h5.dataset_create)), "cannot make a property list", .internal)
    try session.check(
      h5.H5Pset_obj_track_times(creation.raw, false), "cannot turn off time stamps", .internal)
    try session.check(
      h5.H5Pset_layout(creation.raw, Int32(TW_H5D_CONTIGUOUS)), "cannot choose a layout", .internal)
    if isEarly {
      try session.check(
        h5.H5Pset_alloc_time(creation.raw, Int32(TW_H5D_ALLOC_TIME_EARLY)), "cannot choose a layout",
        .internal)
      try session.check(
        h5.H5Pset_fill_time(creation.raw, Int32(TW_H5D_FILL_TIME_NEVER)), "cannot choose a layout", .internal)
    }
    let fileType = try fileType(dtype)
    let space = try space(shape)
    return try session.own(
      h5.H5Dcreate2(id, name, fileType.raw, space.raw, 0, creation.raw, 0), "cannot write \(label(name))", .io
    )
  }

  func label(_ name: String) -> String { "data set '\(name)' to '\(path)'" }

  /// Gives what is at `name` a second name by a hard link.
  func link(_ name: String, as newName: String) throws(ThalwegError) {
    try session.check(
      session.h5.pointee.H5Lcreate_hard(id, name, id, newName, 0, 0),
      "cannot link '\(newName)' to '\(name)' in '\(path)'", .io)
  }

  /// A string attribute as h5py and Keras write it: a scalar of variable length in UTF-8.
  func setAttribute(_ name: String, of object: String, to text: String) throws(ThalwegError) {
    let h5 = session.h5.pointee
    let type = try copy(h5.c_string)
    try session.check(h5.H5Tset_size(type.raw, tw_hdf5_variable()), "cannot make a string type", .internal)
    try session.check(
      h5.H5Tset_cset(type.raw, Int32(TW_H5T_CSET_UTF8)), "cannot make a string type", .internal)
    let space = try session.own(h5.H5Screate(Int32(TW_H5S_SCALAR)), "cannot make a data space", .internal)
    let attribute = try makeAttribute(name, of: object, type, space)
    let status = text.withCString { characters in
      withUnsafePointer(to: characters) { h5.H5Awrite(attribute.raw, type.raw, $0) }
    }
    try session.check(status, "cannot write attribute '\(name)' of '\(object)' to '\(path)'", .io)
  }

  /// An attribute of unsigned 32-bit integers: a scalar, or an array of rank 1.
  func setAttribute(_ name: String, of object: String, to value: UInt32) throws(ThalwegError) {
    try setIntegers(name, of: object, shape: [], [value])
  }

  func setAttribute(_ name: String, of object: String, to values: [UInt32]) throws(ThalwegError) {
    try setIntegers(name, of: object, shape: [values.count], values)
  }

  private func setIntegers(
    _ name: String, of object: String, shape: [Int], _ values: [UInt32]
  ) throws(ThalwegError) {
    let h5 = session.h5.pointee
    let type = try copy(h5.file_u32)
    let space = try space(shape)
    let attribute = try makeAttribute(name, of: object, type, space)
    try session.check(
      h5.H5Awrite(attribute.raw, tw_hdf5_constant(h5.native_u32), values),
      "cannot write attribute '\(name)' of '\(object)' to '\(path)'", .io)
  }

  func makeAttribute(
    _ name: String, of object: String, _ type: borrowing HDF5ID, _ space: borrowing HDF5ID
  ) throws(ThalwegError) -> HDF5ID {
    let h5 = session.h5.pointee
    let owner = try session.own(
      h5.H5Oopen(id, object, 0), "cannot open '\(object)' in '\(path)'", .internal)
    return try session.own(
      h5.H5Acreate2(owner.raw, name, type.raw, space.raw, 0, 0),
      "cannot make attribute '\(name)' of '\(object)' in '\(path)'", .io)
  }

  func space(_ shape: [Int]) throws(ThalwegError) -> HDF5ID {
    let h5 = session.h5.pointee
    guard !shape.isEmpty else {
      return try session.own(h5.H5Screate(Int32(TW_H5S_SCALAR)), "cannot make a data space", .internal)
    }
    let dims = shape.map { hsize_t(clamping: $0) }
    return try session.own(
      h5.H5Screate_simple(Int32(dims.count), dims, nil), "cannot make a data space of \(shape)", .internal)
  }

  /// The type in the file: little-endian; for bool h5py's enumeration.
  func fileType(_ dtype: DType) throws(ThalwegError) -> HDF5ID {
    let h5 = session.h5.pointee
    switch dtype {
    case .float32: return try copy(h5.file_f32)
    case .float64: return try copy(h5.file_f64)
    case .int64: return try copy(h5.file_i64)
    case .int32: return try copy(h5.file_i32)
    case .uint8: return try copy(h5.file_u8)
    case .bool: return try makeBool()
    }
  }

  func memoryType(_ dtype: DType) throws(ThalwegError) -> HDF5ID {
    let h5 = session.h5.pointee
    switch dtype {
    case .float32: return try copy(h5.native_f32)
    case .float64: return try copy(h5.native_f64)
    case .int64: return try copy(h5.native_i64)
    case .int32: return try copy(h5.native_i32)
    case .uint8: return try copy(h5.native_u8)
    case .bool: return try makeBool()
    }
  }

  func copy(_ type: UnsafePointer<hid_t>) throws(ThalwegError) -> HDF5ID {
    try session.own(session.h5.pointee.H5Tcopy(tw_hdf5_constant(type)), "cannot make a type", .internal)
  }

  private func makeBool() throws(ThalwegError) -> HDF5ID {
    let h5 = session.h5.pointee
    let type = try session.own(
      h5.H5Tenum_create(tw_hdf5_constant(h5.file_i8)), "cannot make a bool type", .internal)
    for (value, name) in [(Int8(0), "FALSE"), (Int8(1), "TRUE")] {
      let status = withUnsafePointer(to: value) { h5.H5Tenum_insert(type.raw, name, $0) }
      try session.check(status, "cannot make a bool type", .internal)
    }
    return type
  }
}
