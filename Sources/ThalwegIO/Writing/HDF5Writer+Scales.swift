import CHDF5
import ThalwegCore

/// The attributes of dimension scales. References to objects are 8 bytes.
extension HDF5Writer {
  /// An entry of REFERENCE_LIST, as in HDF5's own H5DS functions.
  private struct Use {
    var reference: UInt64 = 0
    var axis: Int32 = 0
    var padding: Int32 = 0
  }

  /// Makes the data set a scale, if it is none.
  func markScale(_ scale: String, _ name: String) throws(ThalwegError) {
    let object = try session.own(
      session.h5.pointee.H5Oopen(id, scale, 0), "cannot open '\(scale)' in '\(path)'", .internal)
    guard session.h5.pointee.H5Aexists(object.raw, "CLASS") <= 0 else { return }
    try setFixedAttribute("CLASS", of: scale, to: "DIMENSION_SCALE")
    try setFixedAttribute("NAME", of: scale, to: name)
  }

  /// Adds to the scale's list of those that use it.
  func addReferences(_ scale: String, _ users: [(dataset: String, axis: Int)]) throws(ThalwegError) {
    let h5 = session.h5.pointee
    var uses = try readUses(scale)
    for user in users {
      uses.append(Use(reference: try reference(user.dataset), axis: Int32(truncatingIfNeeded: user.axis)))
    }
    try removeAttribute("REFERENCE_LIST", of: scale)
    let type = try useType()
    let space = try space([uses.count])
    let attribute = try makeAttribute("REFERENCE_LIST", of: scale, type, space)
    let status = uses.withUnsafeBytes { bytes in
      bytes.baseAddress.map { h5.H5Awrite(attribute.raw, type.raw, $0) } ?? -1
    }
    try session.check(status, "cannot write the list of '\(scale)' to '\(path)'", .io)
  }

  /// The data set's scales, one a dimension.
  func setDimensionList(_ dataset: String, _ scales: [String]) throws(ThalwegError) {
    let h5 = session.h5.pointee
    try removeAttribute("DIMENSION_LIST", of: dataset)
    var references: [UInt64] = []
    for scale in scales { references.append(try reference(scale)) }
    let base = try copy(h5.object_reference)
    let type = try session.own(h5.H5Tvlen_create(base.raw), "cannot make a list type", .internal)
    let space = try space([scales.count])
    let attribute = try makeAttribute("DIMENSION_LIST", of: dataset, type, space)
    let status = references.withUnsafeMutableBytes { bytes -> herr_t in
      // Lists of one reference each: hvl_t is a length and an address.
      let lists = scales.indices.map { index in
        (1, bytes.baseAddress.map { $0 + index * 8 })
      }
      return lists.withUnsafeBytes { list in
        list.baseAddress.map { h5.H5Awrite(attribute.raw, type.raw, $0) } ?? -1
      }
    }
    try session.check(status, "cannot write the dimensions of '\(dataset)' to '\(path)'", .io)
  }

  /// The scale at the root that the data set uses along the axis; nil if there is none.
  func scale(of dataset: String, axis: Int) throws(ThalwegError) -> String? {
    let h5 = session.h5.pointee
    let object = try session.own(h5.H5Oopen(id, dataset, 0), "cannot open '\(dataset)' in '\(path)'")
    guard h5.H5Aexists(object.raw, "DIMENSION_LIST") > 0, h5.H5Rcreate != nil else { return nil }
    let wanted = try reference(dataset)
    for name in try rootNames() {
      for use in try readUses("/\(name)") where use.reference == wanted && Int(use.axis) == axis {
        return "/\(name)"
      }
    }
    return nil
  }

  private func rootNames() throws(ThalwegError) -> [String] {
    let root = try session.own(session.h5.pointee.H5Oopen(id, "/", 0), "cannot open '\(path)'")
    var names: [String] = []
    let status = withUnsafeMutablePointer(to: &names) { list in
      tw_hdf5_links(
        root.raw,
        { name, type, list in
          if Int(type) == TW_H5L_TYPE_HARD {
            list?.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
          }
          return 0
        }, list)
    }
    try session.check(status, "cannot list '\(path)'")
    return names
  }

  private func readUses(_ scale: String) throws(ThalwegError) -> [Use] {
    let h5 = session.h5.pointee
    let object = try session.own(h5.H5Oopen(id, scale, 0), "cannot open '\(scale)' in '\(path)'")
    guard h5.H5Aexists(object.raw, "REFERENCE_LIST") > 0 else { return [] }
    let what = "the list of '\(scale)' in '\(path)'"
    let attribute = try session.own(h5.H5Aopen(object.raw, "REFERENCE_LIST", 0), "cannot open \(what)")
    let space = try session.own(h5.H5Aget_space(attribute.raw), "cannot read \(what)")
    guard h5.H5Sget_simple_extent_ndims(space.raw) == 1 else { return [] }
    var count: hsize_t = 0
    try session.check(h5.H5Sget_simple_extent_dims(space.raw, &count, nil), "cannot read \(what)")
    guard count > 0, count < 1 << 20 else { return [] }
    var uses = [Use](repeating: Use(), count: Int(count))
    let type = try useType()
    let status = uses.withUnsafeMutableBytes { bytes in
      bytes.baseAddress.map { h5.H5Aread(attribute.raw, type.raw, $0) } ?? -1
    }
    try session.check(status, "cannot read \(what)")
    return uses
  }

  private func useType() throws(ThalwegError) -> HDF5ID {
    let h5 = session.h5.pointee
    let type = try session.own(
      h5.H5Tcreate(Int32(TW_H5T_COMPOUND), MemoryLayout<Use>.stride), "cannot make a type", .internal)
    let reference = try copy(h5.object_reference)
    try session.check(h5.H5Tinsert(type.raw, "dataset", 0, reference.raw), "cannot make a type", .internal)
    let number = try copy(h5.native_i32)
    try session.check(h5.H5Tinsert(type.raw, "dimension", 8, number.raw), "cannot make a type", .internal)
    return type
  }

  private func reference(_ name: String) throws(ThalwegError) -> UInt64 {
    guard let create = session.h5.pointee.H5Rcreate else {
      throw session.error(.unavailable, "this libhdf5 has no references, which dimensions need")
    }
    var reference: UInt64 = 0
    try session.check(
      create(&reference, id, name, Int32(TW_H5R_OBJECT), -1), "cannot refer to '\(name)' in '\(path)'")
    return reference
  }

  /// A string of fixed length, which HDF5's own functions for scales expect.
  private func setFixedAttribute(_ name: String, of object: String, to text: String) throws(ThalwegError) {
    let h5 = session.h5.pointee
    let type = try copy(h5.c_string)
    let characters = text.utf8CString
    try session.check(h5.H5Tset_size(type.raw, characters.count), "cannot make a string type", .internal)
    let space = try space([])
    let attribute = try makeAttribute(name, of: object, type, space)
    let status = characters.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map { h5.H5Awrite(attribute.raw, type.raw, $0) } ?? -1
    }
    try session.check(status, "cannot write attribute '\(name)' of '\(object)' to '\(path)'", .io)
  }
}
