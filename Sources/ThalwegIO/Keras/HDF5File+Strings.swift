import CHDF5
import ThalwegCore

/// Attributes that are lists of strings, as Keras 2 and h5py write them.
extension HDF5File {
  private static let most = 1 << 20

  /// The strings of attribute `name`, or those of `name0`, `name1`, ... into which Keras cuts a long list.
  /// Errors: `.format` when there is none.
  func splitStrings(_ name: String, of object: borrowing HDF5ID, _ owner: String) throws(ThalwegError)
    -> [String]
  {
    if let whole = try strings(name, of: object, owner) { return whole }
    var result: [String] = []
    var part = 0
    while part < 4096, let next = try strings("\(name)\(part)", of: object, owner) {
      result += next
      part += 1
    }
    guard part > 0 else { throw session.error(.format, "\(owner) has no attribute '\(name)'") }
    return result
  }

  /// nil when there is no such attribute. An empty list may be one of numbers: h5py writes that.
  private func strings(
    _ name: String, of object: borrowing HDF5ID, _ owner: String
  ) throws(ThalwegError) -> [String]? {
    let h5 = session.h5.pointee
    let what = "attribute '\(name)' of \(owner)"
    let exists = h5.H5Aexists(object.raw, name)
    try session.check(exists, "cannot look up \(what)")
    guard exists > 0 else { return nil }
    let attribute = try session.own(h5.H5Aopen(object.raw, name, 0), "cannot open \(what)")
    let type = try session.own(h5.H5Aget_type(attribute.raw), "cannot read the type of \(what)")
    let space = try session.own(h5.H5Aget_space(attribute.raw), "cannot read the shape of \(what)")
    var count: hsize_t = 0
    switch Int(h5.H5Sget_simple_extent_type(space.raw)) {
    case TW_H5S_SIMPLE where h5.H5Sget_simple_extent_ndims(space.raw) == 1:
      try session.check(
        h5.H5Sget_simple_extent_dims(space.raw, &count, nil), "cannot read the shape of \(what)")
    case TW_H5S_NULL: return []
    default: throw session.error(.format, "\(what) is no list")
    }
    if count == 0 { return [] }
    guard h5.H5Tget_class(type.raw) == TW_H5T_STRING, count <= HDF5File.most else {
      throw session.error(.format, "\(what) is no list of strings")
    }
    let length = Int(count)
    if h5.H5Tis_variable_str(type.raw) > 0 {
      try charge(length * 8, what)
      let memory = try session.own(
        h5.H5Tcopy(tw_hdf5_constant(h5.c_string)), "cannot make a string type", .internal)
      _ = h5.H5Tset_size(memory.raw, tw_hdf5_variable())
      _ = h5.H5Tset_cset(memory.raw, h5.H5Tget_cset(type.raw))
      var texts = [UnsafeMutablePointer<CChar>?](repeating: nil, count: length)
      try session.check(h5.H5Aread(attribute.raw, memory.raw, &texts), "cannot read \(what)")
      let result = texts.map { $0.map { String(cString: $0) } ?? "" }
      _ = h5.H5Dvlen_reclaim(memory.raw, space.raw, 0, &texts)
      return result
    }
    let size = h5.H5Tget_size(type.raw)
    let (bytes, overflow) = size.multipliedReportingOverflow(by: length)
    guard size > 0, !overflow else { throw session.error(.format, "\(what) is no list of strings") }
    try charge(bytes, what)
    var all = [UInt8](repeating: 0, count: bytes)
    try session.check(h5.H5Aread(attribute.raw, type.raw, &all), "cannot read \(what)")
    return (0..<length).map { index in
      let text = all[(index * size)..<((index + 1) * size)].prefix { $0 != 0 }
      return String(decoding: text, as: UTF8.self)
    }
  }
}
