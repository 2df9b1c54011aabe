import CHDF5
public import ThalwegCore
import ThalwegNN

extension HDF5 {
  /// The names of an enumeration's values, in the order in which the type of the data set `dataset` has them.
  ///
  /// Errors: as `read`; `.dtype` for a data set of something else.
  public static func enumeration(
    _ path: String, _ dataset: String
  ) throws(ThalwegError) -> [(name: String, value: Int)] {
    try HDF5Session.run("hdf5_enumeration", reading: path) { session throws(ThalwegError) in
      let source = try HDF5Dataset(dataset, in: HDF5File(path, session))
      let h5 = session.h5.pointee
      let type = try session.own(h5.H5Dget_type(source.id.raw), "cannot read the type of \(source.label)")
      guard source.element.members.isEmpty, h5.H5Tget_class(type.raw) == TW_H5T_ENUM else {
        throw session.error(.dtype, "\(source.label) holds other things than values of an enumeration")
      }
      let base = try session.own(h5.H5Tget_super(type.raw), "cannot read the type of \(source.label)")
      return try values(type, base, session)
    }
  }

  /// The same as a JSON object: {"RED":0,"GREEN":2}.
  public static func enumerationText(_ path: String, _ dataset: String) throws(ThalwegError) -> String {
    JSONValue.object(try enumeration(path, dataset).map { JSONMember($0.name, .integer($0.value)) }).text
  }

  private static func values(
    _ type: borrowing HDF5ID, _ base: borrowing HDF5ID, _ session: HDF5Session
  ) throws(ThalwegError) -> [(name: String, value: Int)] {
    let element = try HDF5Element.of(base, [], isBFloat16: false, session, "an enumeration")
    guard case .numbers(let kind?) = element.content, element.size <= 8 else { return [] }
    var result: [(name: String, value: Int)] = []
    for (index, name) in try HDF5Element.memberNames(type, session).enumerated() {
      var (raw, value) = (UInt64(0), UInt64(0))
      try session.check(
        session.h5.pointee.H5Tget_member_value(type.raw, UInt32(index), &raw), "cannot read an enumeration")
      _ = tw_convert(&raw, element.size, 1, kind, element.isSwapped, &value, 1)
      let number =
        switch element.dtype {
        case .uint8: Int(UInt8(truncatingIfNeeded: value))
        case .int32: Int(Int32(truncatingIfNeeded: value))
        default: Int(Int64(bitPattern: value))
        }
      result.append((name, number))
    }
    return result
  }
}
