import CHDF5
import ThalwegCore

/// Attributes of an open object. Each function answers nil when there is no attribute of that name.
extension HDF5File {
  /// A number, or an array of exactly one, of any integer or float type.
  func number(_ name: String, of object: borrowing HDF5ID, _ owner: String) throws(ThalwegError) -> Double? {
    let value = try read(
      name, of: object, owner, as: Double(0), session.h5.pointee.native_f64, expected: "a number"
    ) { kind in kind == TW_H5T_INTEGER || kind == TW_H5T_FLOAT }
    guard let value else { return nil }
    guard value.count == 1 else {
      throw session.error(.format, "attribute '\(name)' of \(owner) has \(value.count) values; expected one")
    }
    return value[0]
  }

  /// Numbers, as a scalar or an array of rank 1.
  func numbers(_ name: String, of object: borrowing HDF5ID, _ owner: String) throws(ThalwegError) -> [Double]?
  {
    try read(name, of: object, owner, as: Double(0), session.h5.pointee.native_f64, expected: "numbers") {
      $0 == TW_H5T_INTEGER || $0 == TW_H5T_FLOAT
    }
  }

  /// Integers, as a scalar or an array of rank 1.
  func integers(_ name: String, of object: borrowing HDF5ID, _ owner: String) throws(ThalwegError) -> [Int64]?
  {
    try read(name, of: object, owner, as: Int64(0), session.h5.pointee.native_i64, expected: "integers") {
      $0 == TW_H5T_INTEGER
    }
  }

  /// A string, of fixed or variable length, ASCII or UTF-8.
  func string(_ name: String, of object: borrowing HDF5ID, _ owner: String) throws(ThalwegError) -> String? {
    guard let attribute = try openAttribute(name, of: object, owner) else { return nil }
    let h5 = session.h5.pointee
    let what = "attribute '\(name)' of \(owner)"
    let type = try session.own(h5.H5Aget_type(attribute.raw), "cannot read the type of \(what)")
    let space = try session.own(h5.H5Aget_space(attribute.raw), "cannot read the shape of \(what)")
    guard h5.H5Tget_class(type.raw) == TW_H5T_STRING, try count(space, what) == 1 else {
      throw session.error(.format, "\(what) is not a string; expected one")
    }
    if h5.H5Tis_variable_str(type.raw) > 0 {
      let memory = try session.own(
        h5.H5Tcopy(tw_hdf5_constant(h5.c_string)), "cannot make a string type", .internal)
      _ = h5.H5Tset_size(memory.raw, tw_hdf5_variable())
      _ = h5.H5Tset_cset(memory.raw, h5.H5Tget_cset(type.raw))
      var text: UnsafeMutablePointer<CChar>?
      try session.check(h5.H5Aread(attribute.raw, memory.raw, &text), "cannot read \(what)")
      defer { _ = h5.H5Dvlen_reclaim(memory.raw, space.raw, 0, &text) }
      return text.map { String(cString: $0) } ?? ""
    }
    let size = h5.H5Tget_size(type.raw)
    try charge(size, what)
    var bytes = [UInt8](repeating: 0, count: size)
    try session.check(h5.H5Aread(attribute.raw, type.raw, &bytes), "cannot read \(what)")
    let end = bytes.firstIndex(of: 0) ?? size
    let padding = bytes[..<end].reversed().prefix { $0 == UInt8(ascii: " ") }.count
    return String(decoding: bytes[..<(end - padding)], as: UTF8.self)
  }

  private func read<Value>(
    _ name: String, of object: borrowing HDF5ID, _ owner: String, as zero: Value,
    _ memoryType: UnsafePointer<hid_t>, expected: String, _ accepts: (Int) -> Bool
  ) throws(ThalwegError) -> [Value]? {
    guard let attribute = try openAttribute(name, of: object, owner) else { return nil }
    let h5 = session.h5.pointee
    let what = "attribute '\(name)' of \(owner)"
    let type = try session.own(h5.H5Aget_type(attribute.raw), "cannot read the type of \(what)")
    let space = try session.own(h5.H5Aget_space(attribute.raw), "cannot read the shape of \(what)")
    guard accepts(Int(h5.H5Tget_class(type.raw))) else {
      throw session.error(.format, "\(what) is of another type; expected \(expected)")
    }
    let count = try count(space, what)
    try charge(count, what)
    guard count > 0 else { return [] }
    var values = [Value](repeating: zero, count: count)
    let status = values.withUnsafeMutableBytes { buffer -> herr_t in
      guard let base = buffer.baseAddress else { return -1 }
      return h5.H5Aread(attribute.raw, tw_hdf5_constant(memoryType), base)
    }
    try session.check(status, "cannot read \(what)")
    return values
  }

  private func openAttribute(
    _ name: String, of object: borrowing HDF5ID, _ owner: String
  ) throws(ThalwegError) -> HDF5ID? {
    let h5 = session.h5.pointee
    let exists = h5.H5Aexists(object.raw, name)
    try session.check(exists, "cannot look up attribute '\(name)' of \(owner)")
    guard exists > 0 else { return nil }
    return try session.own(h5.H5Aopen(object.raw, name, 0), "cannot open attribute '\(name)' of \(owner)")
  }

  /// The elements of a scalar (1) or of an array of rank 1.
  private func count(_ space: borrowing HDF5ID, _ what: String) throws(ThalwegError) -> Int {
    let h5 = session.h5.pointee
    switch Int(h5.H5Sget_simple_extent_type(space.raw)) {
    case TW_H5S_SCALAR: return 1
    case TW_H5S_SIMPLE where h5.H5Sget_simple_extent_ndims(space.raw) == 1:
      var length: hsize_t = 0
      try session.check(
        h5.H5Sget_simple_extent_dims(space.raw, &length, nil), "cannot read the shape of \(what)")
      return Int(clamping: length)
    default: throw session.error(.format, "\(what) is neither a scalar nor an array of rank 1")
    }
  }
}
