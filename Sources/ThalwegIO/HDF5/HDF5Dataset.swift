import CHDF5
import ThalwegCore

/// What is known of a data set, also when its file is closed again.
struct HDF5Stored: Sendable {
  let path: String
  /// "/train/images", or with a compound's member behind it
  let name: String
  /// "data set '/train/images' of 'digits.h5'"
  let label: String
  /// The data set's own dimensions.
  let extent: [Int]
  let element: HDF5Element
  let layout: HDF5Layout
  /// In memory.
  let byteCount: Int

  /// Of a tensor with the elements.
  var shape: [Int] { extent + element.dims }
  var dtype: DType { element.dtype }
  /// 1 for a scalar.
  var rows: Int { extent.first ?? 1 }
  /// An element of the data set in memory.
  var elementBytes: Int { element.count * dtype.size }
  var rowElements: Int { extent.dropFirst().reduce(1, *) }
  var rowBytes: Int { rowElements * elementBytes }

  /// Whether `other` would be read to the same memory.
  func isLike(_ other: HDF5Stored) -> Bool { shape == other.shape && dtype == other.dtype }
}

/// A data set that is open for reading: shape and element type are known and checked, the storage is of a kind
/// that is read (in this file, compact, contiguous or chunked, with filters that libhdf5 itself brings, or LZF).
///
/// Its name may go on, behind the data set's, with the name of a compound's member: its elements are that member then.
struct HDF5Dataset: ~Copyable {
  let file: HDF5File
  let id: HDF5ID
  let stored: HDF5Stored

  var shape: [Int] { stored.shape }
  var element: HDF5Element { stored.element }
  var byteCount: Int { stored.byteCount }
  var label: String { stored.label }
  var layout: HDF5Layout { stored.layout }

  /// Errors: `.format` when nothing or something else is at `name`, or its storage is refused; `.shape` when it
  /// has no elements' space or more dimensions than a tensor can have; `.dtype` as `HDF5Element` has them.
  init(_ name: String, in file: HDF5File) throws(ThalwegError) {
    guard let object = try file.find(name) else {
      throw try Self.missing(name, file)
    }
    let rest = object.rest
    let full = ([object.name] + rest).joined(separator: "/")
    let label = file.label("data set", full)
    let session = file.session
    let h5 = session.h5.pointee
    guard object.kind == TW_H5I_DATASET else {
      let kind = object.kind == TW_H5I_GROUP ? "a group" : "a named type"
      throw session.error(.format, "'\(object.name)' in '\(file.path)' is \(kind); expected a data set")
    }
    let type = try session.own(h5.H5Dget_type(object.id.raw), "cannot read the type of \(label)")
    let space = try session.own(h5.H5Dget_space(object.id.raw), "cannot read the shape of \(label)")
    if let first = rest.first, h5.H5Tget_class(type.raw) != TW_H5T_COMPOUND {
      throw file.notAGroup(object.name, first)
    }
    var isBFloat16 = false
    if h5.H5Tget_class(type.raw) == TW_H5T_OPAQUE {
      isBFloat16 = try file.string("dtype", of: object.id, label) == "bfloat16"
    }
    let element = try HDF5Element.of(type, rest[...], isBFloat16: isBFloat16, session, label)
    let extent = try Self.shape(space, session, label)
    let shape = extent + element.dims
    guard shape.count <= Dims.maxRank else {
      throw session.error(
        .shape, "\(label) has \(shape.count) dimensions; a tensor has at most \(Dims.maxRank)")
    }
    // Of an empty data set too: its rows are counted without its dimension of 0.
    var bytes = max(element.dtype.size, element.size)
    for size in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: max(size, 1))
      guard !overflow else {
        throw session.error(.format, "\(label) claims the shape \(shape), more bytes than can be counted")
      }
      bytes = product
    }
    let layout = try HDF5Layout(object.id, type, element, file, label)
    guard layout.chunk.isEmpty || layout.chunk.count == extent.count else {
      throw session.error(.format, "\(label) of shape \(extent) has chunks of shape \(layout.chunk)")
    }
    let count = shape.contains(0) ? 0 : shape.reduce(element.dtype.size, *)
    stored = HDF5Stored(
      path: file.path, name: full, label: label, extent: extent, element: element, layout: layout,
      byteCount: count)
    self.file = file
    id = object.id
  }

  /// Errors: `.dtype` for strings and sequences, which a tensor cannot hold as they are.
  func checkNumbers() throws(ThalwegError) {
    switch element.content {
    case .numbers: return
    case .text, .textOfAnyLength:
      throw file.session.error(
        .dtype,
        "\(label) holds strings; expected numbers (hdf5_read_sequences gives strings as their bytes, in Python io.read_strings)"
      )
    case .sequences:
      throw file.session.error(
        .dtype,
        "\(label) holds sequences of variable length; expected numbers; read it with hdf5_read_sequences")
    }
  }

  /// Reads all of it.
  ///
  /// Errors: `.format` when the data is damaged (a checksum of fletcher32, a chunk that does not inflate), or
  /// beyond the file's budget; `.outOfMemory`.
  func readTensor() throws(ThalwegError) -> Tensor {
    try checkNumbers()
    let tensor = try makeTensor(rows: nil)
    guard byteCount > 0 else { return tensor }
    guard layout.isDirect else {
      try readRows(0..<stored.rows, into: tensor.data)
      return tensor
    }
    let all = RowStretch(rows: 0..<stored.rows, at: 0)
    try HDF5RowReader(self).read([all], into: tensor.data, file.session.function)
    return tensor
  }

  /// All of it, and the CRC-32 of the tensor's bytes.
  func readTensorAndChecksum() throws(ThalwegError) -> (tensor: Tensor, checksum: UInt32) {
    let tensor = try readTensor()
    return (tensor, Checksum.of(tensor.data, byteCount))
  }

  /// Memory for so many rows, nil: all; of the file's budget.
  func makeTensor(rows: Int?) throws(ThalwegError) -> Tensor {
    if rows == nil { try file.charge(byteCount, label) }
    return try makeTensor(Dims(rows.map { [$0] + shape.dropFirst() } ?? shape))
  }

  /// Memory for its elements, or some of them, in this shape.
  func makeTensor(_ shape: Dims) throws(ThalwegError) -> Tensor {
    do throws(ThalwegError) {
      return try Tensor.empty(shape, dtype: stored.dtype)
    } catch {
      throw file.session.error(error.code, "\(label): \(error.message)")
    }
  }

  private static func missing(_ name: String, _ file: HDF5File) throws(ThalwegError) -> ThalwegError {
    let parts = name.split(separator: "/")
    let parent = "/" + parts.dropLast().joined(separator: "/")
    let full = "/" + parts.joined(separator: "/")
    let message = "no data set '\(full)' in '\(file.path)'"
    guard let object = try file.object(parent), object.kind == TW_H5I_GROUP else {
      return file.session.error(.format, message)
    }
    let names = try file.links(object).map(\.name)
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
    guard rank >= 0, rank <= 32 else { throw session.error(.shape, "\(label) has \(rank) dimensions") }
    var dims = [hsize_t](repeating: 0, count: rank)
    try session.check(
      h5.H5Sget_simple_extent_dims(space.raw, &dims, nil), "cannot read the shape of \(label)")
    return dims.map { Int(clamping: $0) }
  }
}
