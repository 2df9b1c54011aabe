import CHDF5
import ThalwegCore

/// A data set that is open for reading: shape and element type are known and checked, the storage is of a kind
/// that is read (in this file, compact, contiguous or chunked, with filters that libhdf5 itself brings).
struct HDF5Dataset: ~Copyable {
  let file: HDF5File
  let id: HDF5ID
  let shape: [Int]
  let element: HDF5Element
  /// In memory.
  let byteCount: Int
  /// "data set '/train/images' of 'digits.h5'"
  let label: String
  let layout: Layout

  /// How the elements lie in the file.
  struct Layout: Equatable, Sendable {
    /// A chunk's size along each dimension; empty where there are no chunks.
    var chunk: [Int] = []
    /// Whether chunks are compressed or checked, so that they are read as a whole.
    var isFiltered = false
  }

  /// Errors: `.format` when nothing or something else is at `name`, or its storage is refused; `.shape` when it
  /// has no elements' space or more dimensions than a tensor can have; `.dtype` as `HDF5Element` has them.
  init(_ name: String, in file: HDF5File) throws(ThalwegError) {
    guard let object = try file.object(name) else {
      throw try Self.missing(name, file)
    }
    let label = file.label("data set", object.name)
    let session = file.session
    let h5 = session.h5.pointee
    guard object.kind == TW_H5I_DATASET else {
      let kind = object.kind == TW_H5I_GROUP ? "a group" : "a named type"
      throw session.error(.format, "'\(object.name)' in '\(file.path)' is \(kind); expected a data set")
    }
    let type = try session.own(h5.H5Dget_type(object.id.raw), "cannot read the type of \(label)")
    let space = try session.own(h5.H5Dget_space(object.id.raw), "cannot read the shape of \(label)")
    let isBFloat16 = try HDF5BFloat16.isType(type, of: object, file)
    let element = isBFloat16 ? HDF5Element(bfloat16: session) : try HDF5Element(type, session, label)
    let shape = try Self.shape(space, session, label)
    var bytes = element.dtype.size
    for size in shape where !shape.contains(0) {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
      guard !overflow else {
        throw session.error(.format, "\(label) claims the shape \(shape), more bytes than can be counted")
      }
      bytes = product
    }
    let layout = try Self.layout(object.id, file, label)
    self.file = file
    self.shape = shape
    self.element = element
    byteCount = shape.contains(0) ? 0 : bytes
    self.label = label
    self.layout = layout
    id = object.id
  }

  /// A new tensor of the data set's shape with its elements.
  ///
  /// Errors: `.format` when the data is damaged (a checksum of fletcher32, a chunk that does not inflate), or
  /// beyond the file's budget; `.outOfMemory`.
  func readTensor() throws(ThalwegError) -> Tensor {
    let session = file.session
    try file.charge(byteCount, label)
    let tensor: Tensor
    do throws(ThalwegError) {
      tensor = try Tensor.empty(Dims(shape), dtype: element.dtype)
    } catch {
      throw session.error(error.code, "\(label): \(error.message)")
    }
    guard byteCount > 0 else { return tensor }
    if element.isBFloat16 {
      try HDF5BFloat16.read(self, into: tensor)
      return tensor
    }
    try session.check(
      session.h5.pointee.H5Dread(id.raw, tw_hdf5_constant(element.memoryType), 0, 0, 0, tensor.data),
      "cannot read \(label)")
    try checkBools(UnsafeRawBufferPointer(start: tensor.data, count: byteCount))
    return tensor
  }

  func checkBools(_ elements: UnsafeRawBufferPointer) throws(ThalwegError) {
    guard element.dtype != .bool || elements.allSatisfy({ $0 <= 1 }) else {
      throw file.session.error(.format, "\(label) has a bool that is neither 0 nor 1")
    }
  }

  private static func missing(_ name: String, _ file: HDF5File) throws(ThalwegError) -> ThalwegError {
    let parts = name.split(separator: "/")
    let parent = "/" + parts.dropLast().joined(separator: "/")
    let full = "/" + parts.joined(separator: "/")
    let message = "no data set '\(full)' in '\(file.path)'"
    guard let object = try file.object(parent), object.kind == TW_H5I_GROUP,
      let names = try file.members(parent)
    else { return file.session.error(.format, message) }
    let shown = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", ..." : "")
    return file.session.error(.format, "\(message); '\(parent)' has \(shown.isEmpty ? "nothing" : shown)")
  }

  private static func shape(
    _ space: borrowing HDF5ID, _ session: HDF5Session, _ label: String
  ) throws(ThalwegError) -> [Int] {
    let h5 = session.h5.pointee
    switch Int(h5.H5Sget_simple_extent_type(space.raw)) {
    case TW_H5S_SCALAR: return []
    case TW_H5S_SIMPLE: break
    default: throw session.error(.shape, "\(label) holds no data (its data space is null)")
    }
    let rank = Int(h5.H5Sget_simple_extent_ndims(space.raw))
    try session.check(rank, "cannot read the shape of \(label)")
    guard rank <= Dims.maxRank else {
      throw session.error(.shape, "\(label) has \(rank) dimensions; a tensor has at most \(Dims.maxRank)")
    }
    var dims = [hsize_t](repeating: 0, count: rank)
    try session.check(
      h5.H5Sget_simple_extent_dims(space.raw, &dims, nil), "cannot read the shape of \(label)")
    return dims.map { Int(clamping: $0) }
  }

  /// Errors: `.format` for storage that is refused.
  private static func layout(
    _ id: borrowing HDF5ID, _ file: HDF5File, _ label: String
  ) throws(ThalwegError) -> Layout {
    let session = file.session
    let h5 = session.h5.pointee
    let list = try session.own(h5.H5Dget_create_plist(id.raw), "cannot read the layout of \(label)")
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
    guard layout == TW_H5D_CHUNKED else { return Layout() }
    try checkFilters(list, session, label)
    // libhdf5 holds a whole chunk in memory, whatever the data set's own size.
    var dims = [hsize_t](repeating: 0, count: 32)
    let rank = Int(h5.H5Pget_chunk(list.raw, 32, &dims))
    try session.check(rank, "cannot read the chunks of \(label)")
    var chunk = 8
    for size in dims.prefix(rank) {
      let (product, overflow) = chunk.multipliedReportingOverflow(by: Int(clamping: size))
      chunk = overflow ? .max : product
    }
    try file.charge(chunk, "a chunk of \(label)")
    return Layout(
      chunk: dims.prefix(rank).map { Int(clamping: $0) }, isFiltered: h5.H5Pget_nfilters(list.raw) > 0)
  }

  /// Only libhdf5's own filters: for others it would look for plugins, code that the file asks for by number.
  private static func checkFilters(
    _ list: borrowing HDF5ID, _ session: HDF5Session, _ label: String
  ) throws(ThalwegError) {
    let h5 = session.h5.pointee
    let count = h5.H5Pget_nfilters(list.raw)
    try session.check(count, "cannot read the filters of \(label)")
    for index in 0..<UInt32(count) {
      var (flags, valueCount) = (UInt32(0), 0)
      let filter = h5.H5Pget_filter2(list.raw, index, &flags, &valueCount, nil, 0, nil, nil)
      try session.check(filter, "cannot read the filters of \(label)")
      let name =
        switch Int(filter) {
        case TW_H5Z_DEFLATE: "gzip"
        case TW_H5Z_SHUFFLE: "shuffle"
        case TW_H5Z_FLETCHER32: "fletcher32"
        case TW_H5Z_SZIP: "szip"
        case TW_H5Z_NBIT: "nbit"
        case TW_H5Z_SCALEOFFSET: "scaleoffset"
        case TW_H5Z_LZF: "lzf"
        default: "number \(filter)"
        }
      guard filter <= TW_H5Z_SCALEOFFSET, h5.H5Zfilter_avail(filter) > 0 else {
        throw session.error(
          .format, "\(label) needs the filter \(name), which is not read; store it with gzip or uncompressed")
      }
    }
  }
}
