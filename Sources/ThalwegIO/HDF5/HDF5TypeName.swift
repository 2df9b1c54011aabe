import CHDF5
import ThalwegCore

extension HDF5Session {
  /// An element type in words: "float32", "big-endian int16", "strings", "enum of uint8 (cat = 0, dog = 1)".
  func typeName(_ type: borrowing HDF5ID, depth: Int = 0) -> String {
    let h5 = h5.pointee
    let size = h5.H5Tget_size(type.raw)
    let order = size > 1 && Int(h5.H5Tget_order(type.raw)) == TW_H5T_ORDER_BE ? "big-endian " : ""
    switch Int(h5.H5Tget_class(type.raw)) {
    case TW_H5T_INTEGER:
      return order + (h5.H5Tget_sign(type.raw) == TW_H5T_SGN_NONE ? "uint" : "int") + "\(size &* 8)"
    case TW_H5T_FLOAT: return "\(order)float\(size &* 8)"
    case TW_H5T_STRING: return h5.H5Tis_variable_str(type.raw) > 0 ? "strings" : "strings of \(size) bytes"
    case TW_H5T_OPAQUE: return "opaque values of \(size) bytes"
    case TW_H5T_BITFIELD: return "bit fields"
    case TW_H5T_TIME: return "times"
    case TW_H5T_REFERENCE: return "references"
    case TW_H5T_ENUM where isBool(type): return "bool"
    case TW_H5T_ENUM: return "enum of \(size &* 8) bits" + members(type, depth) { _ in "" }
    case TW_H5T_COMPOUND where depth < 4:
      return "compound"
        + members(type, depth) { index in
          let raw = h5.H5Tget_member_type(type.raw, index)
          return raw < 0 ? "" : " " + typeName(HDF5ID(raw, self.h5), depth: depth + 1)
        }
    case TW_H5T_VLEN, TW_H5T_ARRAY:
      let kind = Int(h5.H5Tget_class(type.raw)) == TW_H5T_VLEN ? "sequences" : "arrays"
      let raw = h5.H5Tget_super(type.raw)
      return raw < 0 || depth >= 4 ? kind : "\(kind) of " + typeName(HDF5ID(raw, self.h5), depth: depth + 1)
    default: return "compound"
    }
  }

  /// h5py's bool: an enumeration of FALSE and TRUE in a byte.
  func isBool(_ type: borrowing HDF5ID) -> Bool {
    h5.pointee.H5Tget_size(type.raw) == 1 && members(type, 0) { _ in "" } == " (FALSE, TRUE)"
  }

  private func members(_ type: borrowing HDF5ID, _ depth: Int, _ detail: (UInt32) -> String) -> String {
    let h5 = h5.pointee
    let count = max(Int(h5.H5Tget_nmembers(type.raw)), 0)
    var names: [String] = []
    for index in 0..<UInt32(clamping: min(count, 12)) {
      guard let name = h5.H5Tget_member_name(type.raw, index) else { continue }
      defer { _ = h5.H5free_memory(name) }
      names.append(String(cString: name) + detail(index))
    }
    return " (" + names.joined(separator: ", ") + (count > 12 ? ", ... \(count) in all)" : ")")
  }
}
