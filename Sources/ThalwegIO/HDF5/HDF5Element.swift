import CHDF5
import ThalwegCore

/// How the elements of a data set come into memory: the tensor's dtype and the type that libhdf5 converts to.
///
/// Any byte order is read. uint8, int32, int64, float32 and float64 stay what they are; int8 and int16 become
/// int32; uint16 and uint32 become int64; 16-bit floats become float32; h5py's enumeration of FALSE and TRUE
/// becomes bool. Other types are refused: a conversion would lose something, or they are not numbers.
struct HDF5Element {
  let dtype: DType
  let memoryType: UnsafePointer<hid_t>
  /// Stored as opaque values, which `HDF5BFloat16` reads.
  var isBFloat16 = false

  /// Keras's bfloat16, in memory float32.
  init(bfloat16 session: HDF5Session) {
    (dtype, memoryType, isBFloat16) = (.float32, session.h5.pointee.native_f32, true)
  }

  /// Errors: `.dtype` when elements of `type` are not read.
  init(_ type: borrowing HDF5ID, _ session: HDF5Session, _ what: String) throws(ThalwegError) {
    let h5 = session.h5.pointee
    let size = h5.H5Tget_size(type.raw)
    let typeClass = Int(h5.H5Tget_class(type.raw))
    let signed = h5.H5Tget_sign(type.raw) != TW_H5T_SGN_NONE
    switch (typeClass, size, signed) {
    case (TW_H5T_FLOAT, 2, _), (TW_H5T_FLOAT, 4, _): (dtype, memoryType) = (.float32, h5.native_f32)
    case (TW_H5T_FLOAT, 8, _): (dtype, memoryType) = (.float64, h5.native_f64)
    case (TW_H5T_INTEGER, 1, false): (dtype, memoryType) = (.uint8, h5.native_u8)
    case (TW_H5T_INTEGER, 1, true), (TW_H5T_INTEGER, 2, true), (TW_H5T_INTEGER, 4, true):
      (dtype, memoryType) = (.int32, h5.native_i32)
    case (TW_H5T_INTEGER, 2, false), (TW_H5T_INTEGER, 4, false), (TW_H5T_INTEGER, 8, true):
      (dtype, memoryType) = (.int64, h5.native_i64)
    case (TW_H5T_ENUM, 1, _) where Self.isBool(type, session): (dtype, memoryType) = (.bool, h5.native_i8)
    default:
      let found = Self.describe(typeClass, size: size, signed: signed)
      throw session.error(
        .dtype,
        "\(what) holds \(found); expected integers of up to 32 bits, int64, floats of 16, 32 or 64 bits, or bool"
      )
    }
  }

  /// h5py's bool: an enumeration of exactly FALSE = 0 and TRUE = 1.
  private static func isBool(_ type: borrowing HDF5ID, _ session: HDF5Session) -> Bool {
    let h5 = session.h5.pointee
    guard h5.H5Tget_nmembers(type.raw) == 2 else { return false }
    for (index, expected) in ["FALSE", "TRUE"].enumerated() {
      var value: UInt8 = 0xFF
      guard h5.H5Tget_member_value(type.raw, UInt32(index), &value) >= 0, value == index,
        let name = h5.H5Tget_member_name(type.raw, UInt32(index))
      else { return false }
      defer { _ = h5.H5free_memory(name) }
      guard String(cString: name).uppercased() == expected else { return false }
    }
    return true
  }

  private static func describe(_ typeClass: Int, size: Int, signed: Bool) -> String {
    switch typeClass {
    case TW_H5T_INTEGER: (signed ? "int" : "uint") + String(size &* 8)
    case TW_H5T_FLOAT: "float" + String(size &* 8)
    case TW_H5T_STRING: "strings"
    case TW_H5T_COMPOUND: "compound values"
    case TW_H5T_OPAQUE: "opaque values of \(size) bytes"
    case TW_H5T_ENUM: "an enumeration"
    case TW_H5T_REFERENCE: "references"
    case TW_H5T_VLEN: "sequences of variable length"
    case TW_H5T_ARRAY: "arrays"
    case TW_H5T_BITFIELD: "bit fields"
    case TW_H5T_TIME: "times"
    default: "an unknown type"
    }
  }
}
