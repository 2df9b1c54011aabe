import CHDF5
public import ThalwegCore
package import ThalwegNN

/// What is in an HDF5 file, without the data: groups, data sets, attributes, links that are not followed.
///
/// The file is read once and closed. What cannot be read of it is an entry with a `problem`; the others are listed.
public final class HDF5Listing: Object {
  /// As TW_ENTRY_... in C.
  public enum Kind: Int32, Sendable {
    case group = 0
    case dataset = 1
    /// A soft or external link, which is never followed.
    case link = 2
    /// A named type, or what cannot be read.
    case other = 3
  }

  public struct Entry: Sendable {
    /// "/train/images"; "/" is the first.
    public let path: String
    public let kind: Kind
    /// Of a data set: at most 32 dimensions. A scalar has none.
    public internal(set) var shape: [Int] = []
    /// Everything that is known, as a JSON object.
    public internal(set) var details = "{}"
  }

  public let path: String
  public let entries: [Entry]
  /// The first entry that could not be read, and why.
  let problem: String?
  /// Names that the C interface has handed out.
  package let names = NamePool()

  /// - Throws: `.io` no readable file; `.format` not an HDF5 file or one whose root cannot be read; `.unavailable`.
  public convenience init(_ path: String) throws(ThalwegError) { try self.init(path, "file_open") }

  init(_ path: String, _ function: String) throws(ThalwegError) {
    self.path = path
    (entries, problem) = try HDF5Session.run(function, reading: path) { session throws(ThalwegError) in
      var walk = HDF5Walk(try HDF5File(path, session))
      return (try walk.run(), walk.problem)
    }
    super.init()
  }
}

/// Goes through a file, groups before what is in them, names in order.
private struct HDF5Walk {
  private static let most = 1_000_000
  private let file: HDF5File
  private var entries: [HDF5Listing.Entry] = []
  private(set) var problem: String?
  /// Where an object was met first, by a reference to it.
  private var known: [UInt64: String] = [:]

  init(_ file: HDF5File) { self.file = file }

  mutating func run() throws(ThalwegError) -> [HDF5Listing.Entry] {
    guard let root = try file.object("/") else {
      throw file.session.error(.format, "'\(file.path)' has no root")
    }
    try visit(root, depth: 0)
    return entries
  }

  private mutating func visit(_ object: borrowing HDF5File.Object, depth: Int) throws(ThalwegError) {
    guard entries.count < Self.most, depth < 64 else {
      throw file.session.error(.format, "'\(file.path)' has too many objects, or groups nest too deep")
    }
    var members: [JSONMember] = []
    if let first = firstPlace(of: object.name) {
      members.append(JSONMember("same_as", .string(first)))
    }
    let isRepeated = !members.isEmpty
    var entry = HDF5Listing.Entry(path: object.name, kind: kind(object.kind))
    do throws(ThalwegError) {
      members.append(JSONMember("attributes", try attributes(object)))
      if entry.kind == .dataset { members += try describe(object, &entry.shape) }
    } catch {
      problem = problem ?? error.message
      members.append(JSONMember("problem", .string(error.message)))
    }
    entry.details = JSONValue.object(members).text
    entries.append(entry)
    if entry.kind == .group, !isRepeated { try visitMembers(of: object, depth) }
  }

  private mutating func visitMembers(
    of group: borrowing HDF5File.Object, _ depth: Int
  ) throws(ThalwegError) {
    let links: [(name: String, type: Int32)]
    do throws(ThalwegError) {
      links = try file.links(group)
    } catch {
      if depth == 0 { throw error }
      note(group.name, error)
      return
    }
    for (name, type) in links {
      let path = group.name == "/" ? "/\(name)" : "\(group.name)/\(name)"
      guard Int(type) == TW_H5L_TYPE_HARD else {
        let kind = Int(type) == TW_H5L_TYPE_SOFT ? "soft link" : "link into another file"
        let details = JSONValue.object([JSONMember("link", .string(kind))]).text
        entries.append(HDF5Listing.Entry(path: path, kind: .link, details: details))
        continue
      }
      do throws(ThalwegError) {
        guard let object = try file.object(path) else { continue }
        try visit(object, depth: depth + 1)
      } catch {
        guard entries.count < Self.most, depth < 62 else { throw error }
        note(path, error)
      }
    }
  }

  private mutating func note(_ path: String, _ error: ThalwegError) {
    problem = problem ?? error.message
    let details = JSONValue.object([JSONMember("problem", .string(error.message))]).text
    entries.append(HDF5Listing.Entry(path: path, kind: .other, details: details))
  }

  private func kind(_ kind: Int32) -> HDF5Listing.Kind {
    switch Int(kind) {
    case TW_H5I_GROUP: .group
    case TW_H5I_DATASET: .dataset
    default: .other
    }
  }

  /// Where the object at `path` was met before; nil the first time.
  private mutating func firstPlace(of path: String) -> String? {
    var reference: UInt64 = 0
    guard let create = file.session.h5.pointee.H5Rcreate,
      create(&reference, file.id.raw, path, Int32(TW_H5R_OBJECT), -1) >= 0
    else { return nil }
    if let first = known[reference] { return first }
    known[reference] = path
    return nil
  }

  /// Type, shape and storage.
  private func describe(
    _ object: borrowing HDF5File.Object, _ shape: inout [Int]
  ) throws(ThalwegError) -> [JSONMember] {
    let session = file.session
    let h5 = session.h5.pointee
    let label = file.label("data set", object.name)
    let type = try session.own(h5.H5Dget_type(object.id.raw), "cannot read the type of \(label)")
    let space = try session.own(h5.H5Dget_space(object.id.raw), "cannot read the shape of \(label)")
    let list = try session.own(h5.H5Dget_create_plist(object.id.raw), "cannot read the layout of \(label)")
    let rank = max(Int(h5.H5Sget_simple_extent_ndims(space.raw)), 0)
    var dims = [hsize_t](repeating: 0, count: max(rank, 1)), most = dims
    if rank > 0 {
      try session.check(
        h5.H5Sget_simple_extent_dims(space.raw, &dims, &most), "cannot read the shape of \(label)")
    }
    shape = dims.prefix(rank).map { Int(clamping: $0) }
    let isNull = Int(h5.H5Sget_simple_extent_type(space.raw)) == TW_H5S_NULL
    var bytes = isNull ? 0 : Int(clamping: h5.H5Tget_size(type.raw))
    for size in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
      bytes = overflow ? .max : product
    }
    var members = [
      JSONMember("type", .string(session.typeName(type))),
      JSONMember("shape", .array(shape.map { .integer($0) })),
      JSONMember(
        "max_shape",
        .array(most.prefix(rank).map { $0 == tw_hdf5_unlimited() ? .null : .integer(Int(clamping: $0)) })),
      JSONMember("bytes", .integer(bytes)),
      JSONMember("stored_bytes", .integer(Int(clamping: h5.H5Dget_storage_size(object.id.raw)))),
    ]
    if isNull { members.append(JSONMember("is_null", .bool(true))) }
    members += try storage(list, label)
    // Whether it can be read as a tensor, and as what.
    do throws(ThalwegError) {
      let dataset = try HDF5Dataset(object.name, in: file)
      try dataset.checkNumbers()
      members.append(JSONMember("dtype", .string("\(dataset.element.dtype)")))
    } catch {}
    return members
  }

  private func storage(_ list: borrowing HDF5ID, _ label: String) throws(ThalwegError) -> [JSONMember] {
    let h5 = file.session.h5.pointee
    let layout = Int(h5.H5Pget_layout(list.raw))
    let names = [
      TW_H5D_COMPACT: "compact", TW_H5D_CONTIGUOUS: "contiguous", TW_H5D_CHUNKED: "chunked",
      TW_H5D_VIRTUAL: "virtual",
    ]
    var name = names[layout] ?? "unknown"
    if h5.H5Pget_external_count(list.raw) > 0 { name = "external" }
    var members = [JSONMember("layout", .string(name))]
    guard layout == TW_H5D_CHUNKED else { return members }
    var dims = [hsize_t](repeating: 0, count: 32)
    let rank = min(max(Int(h5.H5Pget_chunk(list.raw, 32, &dims)), 0), 32)
    members.append(JSONMember("chunk", .array(dims.prefix(rank).map { .integer(Int(clamping: $0)) })))
    var filters: [JSONValue] = []
    for index in 0..<UInt32(clamping: max(h5.H5Pget_nfilters(list.raw), 0)) {
      var (flags, count, value) = (UInt32(0), 1, UInt32(0))
      let filter = h5.H5Pget_filter2(list.raw, index, &flags, &count, &value, 0, nil, nil)
      let names = [
        TW_H5Z_SHUFFLE: "shuffle", TW_H5Z_FLETCHER32: "fletcher32", TW_H5Z_SZIP: "szip", TW_H5Z_NBIT: "nbit",
        TW_H5Z_SCALEOFFSET: "scaleoffset", TW_H5Z_LZF: "lzf", TW_H5Z_DEFLATE: "gzip \(value)",
      ]
      filters.append(.string(names[Int(filter)] ?? "number \(filter)"))
    }
    members.append(JSONMember("filters", .array(filters)))
    return members
  }

  /// Each attribute with its type and shape, and its value if that is a string, a number or a short list of numbers.
  private func attributes(_ object: borrowing HDF5File.Object) throws(ThalwegError) -> JSONValue {
    var members: [JSONMember] = []
    for name in try file.attributeNames(of: object) {
      do throws(ThalwegError) {
        members.append(JSONMember(name, try file.describeAttribute(name, of: object)))
      } catch {
        members.append(JSONMember(name, .object([JSONMember("problem", .string(error.message))])))
      }
    }
    return .object(members)
  }
}
