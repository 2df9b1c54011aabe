import CHDF5
import ThalwegCore
import ThalwegNN

/// What a listing asks of a file.
extension HDF5File {
  /// The links of a group in the order of their names, of any kind.
  func links(_ group: borrowing Object) throws(ThalwegError) -> [(name: String, type: Int32)] {
    var links: [(name: String, type: Int32)] = []
    let status = withUnsafeMutablePointer(to: &links) { list in
      tw_hdf5_links(
        group.id.raw,
        { name, type, list in
          list?.assumingMemoryBound(to: [(name: String, type: Int32)].self).pointee
            .append((String(cString: name), type))
          return 0
        }, list)
    }
    try session.check(status, "cannot list \(label("group", group.name))")
    return links
  }

  func attributeNames(of object: borrowing Object) throws(ThalwegError) -> [String] {
    var names: [String] = []
    let status = withUnsafeMutablePointer(to: &names) { list in
      tw_hdf5_attributes(
        object.id.raw,
        { name, _, list in
          list?.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
          return 0
        }, list)
    }
    try session.check(status, "cannot list the attributes of '\(object.name)' of '\(path)'")
    return names
  }

  /// {"type": "float32", "shape": [], "value": 0.5}; the value is there for strings, numbers and short lists of numbers.
  func describeAttribute(_ name: String, of object: borrowing Object) throws(ThalwegError) -> JSONValue {
    let h5 = session.h5.pointee
    let what = "attribute '\(name)' of '\(object.name)'"
    let attribute = try session.own(h5.H5Aopen(object.id.raw, name, 0), "cannot open \(what)")
    let type = try session.own(h5.H5Aget_type(attribute.raw), "cannot read the type of \(what)")
    let space = try session.own(h5.H5Aget_space(attribute.raw), "cannot read the shape of \(what)")
    let rank = min(max(Int(h5.H5Sget_simple_extent_ndims(space.raw)), 0), 32)
    var dims = [hsize_t](repeating: 0, count: 32)
    if rank > 0 {
      try session.check(
        h5.H5Sget_simple_extent_dims(space.raw, &dims, nil), "cannot read the shape of \(what)")
    }
    let shape = dims.prefix(rank).map { Int(clamping: $0) }
    var members = [
      JSONMember("type", .string(session.typeName(type))),
      JSONMember("shape", .array(shape.map { .integer($0) })),
    ]
    let isShort =
      Int(h5.H5Sget_simple_extent_type(space.raw)) != TW_H5S_NULL && rank <= 1 && shape.first ?? 1 <= 64
    guard isShort else { return .object(members) }
    switch Int(h5.H5Tget_class(type.raw)) {
    case TW_H5T_STRING where shape.first ?? 1 == 1:
      let text = try string(name, of: object.id, "'\(object.name)'") ?? ""
      let start = String(text.unicodeScalars.prefix(4096))
      members.append(JSONMember("value", .string(start)))
    case TW_H5T_INTEGER:
      let values = try integers(name, of: object.id, "'\(object.name)'") ?? []
      members.append(JSONMember("value", list(values.map { .integer(Int($0)) }, rank)))
    case TW_H5T_FLOAT:
      let values = try numbers(name, of: object.id, "'\(object.name)'") ?? []
      members.append(JSONMember("value", list(values.map { JSONValue(exact: $0) }, rank)))
    default: break
    }
    return .object(members)
  }

  private func list(_ values: [JSONValue], _ rank: Int) -> JSONValue {
    rank == 0 ? values.first ?? .null : .array(values)
  }
}
