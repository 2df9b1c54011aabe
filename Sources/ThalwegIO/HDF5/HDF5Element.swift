import CHDF5
import ThalwegCore

/// What an element of a data set is: a number, several of them, a string or a sequence; and where in the file's
/// bytes for an element its numbers lie, as it may be a member of a compound.
///
/// Any byte order is read. uint8, int32, int64, float32 and float64 stay what they are; int8 and int16 become
/// int32; uint16, uint32 and uint64 int64; 16-bit floats, bfloat16 among them, float32; longer ones float64; h5py's
/// enumeration of FALSE and TRUE bool, any other its integers.
struct HDF5Element: Sendable {
  enum Content: Sendable, Equatable {
    /// `dims.product` numbers of a kind TW_NUMBER_*; nil: only libhdf5 converts them.
    case numbers(kind: Int32?)
    /// So many bytes, padded in one of HDF5's ways (TW_H5T_STR_*).
    case text(bytes: Int, padding: Int32)
    case textOfAnyLength
    case sequences(kind: Int32)
  }

  let content: Content
  /// In a tensor; of strings uint8.
  let dtype: DType
  /// Dimensions that an element itself has; they follow the data set's.
  var dims: [Int]
  /// Bytes of a whole element in the file, and where the numbers begin in them.
  var size: Int
  var offset = 0
  let isSwapped: Bool
  /// The names that lead to this member of a compound.
  var members: [String] = []

  /// Numbers in an element.
  var count: Int { dims.reduce(1, *) }
  /// Bytes of the numbers alone.
  var memberBytes: Int {
    if case .numbers(let kind?) = content { count * tw_number_size(kind) } else { count * dtype.size }
  }
  /// Whether the file's bytes are already those of a tensor's elements.
  var isPlain: Bool {
    switch content {
    case .numbers(let kind?):
      let width = tw_number_size(kind)
      return offset == 0 && size == count * width && width == dtype.size && (!isSwapped || width == 1)
        && kind != TW_NUMBER_BOOL && kind != TW_NUMBER_U64
    case .text: return offset == 0
    default: return false
    }
  }

  /// Writes `elements` elements as a tensor has them; false if there is a number that has no place there.
  func convert(
    _ input: UnsafeRawPointer, to output: UnsafeMutableRawPointer, _ elements: Int
  ) -> Bool {
    if isPlain {
      output.copyMemory(from: input, byteCount: elements * size)
      return true
    }
    let kind: Int32 = if case .numbers(let kind?) = content { kind } else { Int32(TW_NUMBER_U8) }
    return tw_convert(input + offset, size, count, kind, isSwapped, output, elements)
  }

  /// Why `convert` said no.
  var misfit: String {
    dtype == .bool ? "has a bool that is neither 0 nor 1" : "has a number above those of int64"
  }

  private init(_ content: Content, _ dtype: DType, dims: [Int] = [], size: Int, isSwapped: Bool = false) {
    self.content = content
    self.dtype = dtype
    self.dims = dims
    self.size = size
    self.isSwapped = isSwapped
  }

  /// The element at `members` of elements of `type`.
  ///
  /// Errors: `.dtype` when such elements are not read, with what the file has; `.format` for a damaged type.
  static func of(
    _ type: borrowing HDF5ID, _ members: ArraySlice<String>, isBFloat16: Bool, _ session: HDF5Session,
    _ what: String
  ) throws(ThalwegError) -> HDF5Element {
    let h5 = session.h5.pointee
    let size = h5.H5Tget_size(type.raw)
    let typeClass = Int(h5.H5Tget_class(type.raw))
    if !members.isEmpty || typeClass == TW_H5T_COMPOUND {
      return try member(members, of: type, typeClass, session, what)
    }
    let isSwapped = h5.H5Tget_order(type.raw) == TW_H5T_ORDER_BE
    switch typeClass {
    case TW_H5T_FLOAT:
      let kind = floatKind(type, session)
      return HDF5Element(
        .numbers(kind: kind), size <= 4 ? .float32 : .float64, size: size, isSwapped: isSwapped)
    case TW_H5T_INTEGER:
      let isSigned = h5.H5Tget_sign(type.raw) != TW_H5T_SGN_NONE
      guard let (kind, dtype) = integerKind(size, isSigned: isSigned) else { break }
      let isWhole = h5.H5Tget_precision(type.raw) == size * 8 && h5.H5Tget_offset(type.raw) == 0
      return HDF5Element(.numbers(kind: isWhole ? kind : nil), dtype, size: size, isSwapped: isSwapped)
    case TW_H5T_ENUM where size == 1 && isBool(type, session):
      return HDF5Element(.numbers(kind: Int32(TW_NUMBER_BOOL)), .bool, size: size)
    case TW_H5T_ENUM:
      let base = try session.own(h5.H5Tget_super(type.raw), "cannot read the type of \(what)")
      return try of(base, [], isBFloat16: false, session, what)
    case TW_H5T_OPAQUE where size == 2 && isBFloat16:
      return HDF5Element(.numbers(kind: Int32(TW_NUMBER_BF16)), .float32, size: size)
    case TW_H5T_STRING where h5.H5Tis_variable_str(type.raw) > 0:
      return HDF5Element(.textOfAnyLength, .uint8, size: size)
    case TW_H5T_STRING:
      let padding = Int32(h5.H5Tget_strpad(type.raw))
      return HDF5Element(.text(bytes: size, padding: padding), .uint8, dims: [size], size: size)
    case TW_H5T_VLEN:
      let base = try session.own(h5.H5Tget_super(type.raw), "cannot read the type of \(what)")
      let element = try of(base, [], isBFloat16: false, session, "\(what), in sequences,")
      guard case .numbers(let kind?) = element.content, element.dims.isEmpty, element.members.isEmpty else {
        throw session.error(.dtype, "\(what) holds sequences of other things than numbers; they are not read")
      }
      return HDF5Element(
        .sequences(kind: kind), element.dtype, size: size, isSwapped: element.isSwapped)
    case TW_H5T_ARRAY: return try array(type, session, what)
    default: break
    }
    throw refusal(typeClass, size, session, what)
  }

  /// A member of a compound, or of a compound in it.
  private static func member(
    _ members: ArraySlice<String>, of type: borrowing HDF5ID, _ typeClass: Int, _ session: HDF5Session,
    _ what: String
  ) throws(ThalwegError) -> HDF5Element {
    let h5 = session.h5.pointee
    guard typeClass == TW_H5T_COMPOUND else {
      throw session.error(
        .format, "\(what) has no compound values, so there is no member '\(members.first ?? "")'")
    }
    let names = try memberNames(type, session)
    let list = names.joined(separator: ", ")
    guard let name = members.first else {
      throw session.error(
        .dtype, "\(what) holds compound values; expected the name of a member behind it: \(list)")
    }
    guard let index = names.firstIndex(of: name) else {
      throw session.error(.format, "\(what) has no member '\(name)'; it has \(list)")
    }
    let memberType = try session.own(
      h5.H5Tget_member_type(type.raw, UInt32(index)), "cannot read the type of member '\(name)' of \(what)")
    var element = try of(
      memberType, members.dropFirst(), isBFloat16: false, session, "member '\(name)' of \(what)")
    let size = h5.H5Tget_size(type.raw)
    let start = h5.H5Tget_member_offset(type.raw, UInt32(index))
    guard start >= 0, start <= size, element.size <= size - start else {
      throw session.error(.format, "member '\(name)' of \(what) lies outside of its compound")
    }
    element.offset += start
    element.size = size
    element.members.insert(name, at: 0)
    return element
  }

  /// Elements that are arrays: their dimensions come behind the data set's.
  private static func array(
    _ type: borrowing HDF5ID, _ session: HDF5Session, _ what: String
  ) throws(ThalwegError) -> HDF5Element {
    let h5 = session.h5.pointee
    let rank = Int(h5.H5Tget_array_ndims(type.raw))
    var sizes = [hsize_t](repeating: 0, count: max(rank, 1))
    guard rank > 0, rank <= 32, h5.H5Tget_array_dims2(type.raw, &sizes) == rank else {
      throw session.error(.format, "cannot read the type of \(what)")
    }
    let base = try session.own(h5.H5Tget_super(type.raw), "cannot read the type of \(what)")
    var element = try of(base, [], isBFloat16: false, session, what)
    guard case .numbers(_?) = element.content, element.dims.isEmpty, element.members.isEmpty else {
      throw session.error(.dtype, "\(what) holds arrays of other things than numbers; they are not read")
    }
    let size = h5.H5Tget_size(type.raw)
    var product = element.size
    for length in sizes {
      let (next, overflow) = product.multipliedReportingOverflow(by: Int(clamping: length))
      product = overflow ? .max : next
    }
    guard product == size else { throw session.error(.format, "\(what) has a damaged type") }
    element.dims = sizes.map { Int(clamping: $0) }
    element.size = size
    return element
  }
}

// MARK: - Types

extension HDF5Element {
  private static func floatKind(_ type: borrowing HDF5ID, _ session: HDF5Session) -> Int32? {
    let h5 = session.h5.pointee
    var (sign, exponent, exponentSize, mantissa, mantissaSize) = (0, 0, 0, 0, 0)
    guard h5.H5Tget_fields(type.raw, &sign, &exponent, &exponentSize, &mantissa, &mantissaSize) >= 0,
      h5.H5Tget_norm(type.raw) == TW_H5T_NORM_IMPLIED, h5.H5Tget_offset(type.raw) == 0,
      mantissa == 0, exponent == mantissaSize, sign == exponent + exponentSize
    else { return nil }
    let order = Int(h5.H5Tget_order(type.raw))
    guard order == TW_H5T_ORDER_LE || order == TW_H5T_ORDER_BE else { return nil }
    let size = h5.H5Tget_size(type.raw)
    return switch (size, exponentSize, mantissaSize, h5.H5Tget_ebias(type.raw)) {
    case (2, 5, 10, 15): Int32(TW_NUMBER_F16)
    case (2, 8, 7, 127): Int32(TW_NUMBER_BF16)
    case (4, 8, 23, 127): Int32(TW_NUMBER_F32)
    case (8, 11, 52, 1023): Int32(TW_NUMBER_F64)
    default: nil
    }
  }

  private static func integerKind(_ size: Int, isSigned: Bool) -> (Int32, DType)? {
    switch (size, isSigned) {
    case (1, false): (Int32(TW_NUMBER_U8), .uint8)
    case (1, true): (Int32(TW_NUMBER_I8), .int32)
    case (2, false): (Int32(TW_NUMBER_U16), .int64)
    case (2, true): (Int32(TW_NUMBER_I16), .int32)
    case (4, false): (Int32(TW_NUMBER_U32), .int64)
    case (4, true): (Int32(TW_NUMBER_I32), .int32)
    case (8, false): (Int32(TW_NUMBER_U64), .int64)
    case (8, true): (Int32(TW_NUMBER_I64), .int64)
    default: nil
    }
  }

  /// h5py's bool: an enumeration of exactly FALSE = 0 and TRUE = 1.
  static func isBool(_ type: borrowing HDF5ID, _ session: HDF5Session) -> Bool {
    let h5 = session.h5.pointee
    guard h5.H5Tget_nmembers(type.raw) == 2 else { return false }
    for (index, expected) in ["FALSE", "TRUE"].enumerated() {
      var value: UInt8 = 0xFF
      guard h5.H5Tget_member_value(type.raw, UInt32(index), &value) >= 0, value == index,
        let name = memberName(type, index, session), name.uppercased() == expected
      else { return false }
    }
    return true
  }

  /// The names of a compound's members or an enumeration's values.
  static func memberNames(
    _ type: borrowing HDF5ID, _ session: HDF5Session
  ) throws(ThalwegError) -> [String] {
    let count = session.h5.pointee.H5Tget_nmembers(type.raw)
    try session.check(count, "cannot read the members of a type")
    var names: [String] = []
    for index in 0..<Int(count) {
      guard let name = memberName(type, index, session) else {
        throw session.failure(.format, "cannot read the members of a type")
      }
      names.append(name)
    }
    return names
  }

  private static func memberName(_ type: borrowing HDF5ID, _ index: Int, _ session: HDF5Session) -> String? {
    let h5 = session.h5.pointee
    guard let name = h5.H5Tget_member_name(type.raw, UInt32(index)) else { return nil }
    defer { _ = h5.H5free_memory(name) }
    return String(cString: name)
  }

  private static func refusal(
    _ typeClass: Int, _ size: Int, _ session: HDF5Session, _ what: String
  ) -> ThalwegError {
    let found =
      switch typeClass {
      case TW_H5T_INTEGER, TW_H5T_ENUM: "integers of \(size) bytes"
      case TW_H5T_OPAQUE: "opaque values of \(size) bytes"
      case TW_H5T_REFERENCE: "references"
      case TW_H5T_BITFIELD: "bit fields"
      case TW_H5T_TIME: "times"
      default: "an unknown type"
      }
    return session.error(
      .dtype,
      """
      \(what) holds \(found); expected integers, floats, bool or another enumeration, strings, sequences of numbers, or \
      compounds and arrays of these
      """)
  }

  /// A type in memory for `H5Dread`: the file's own, of a member a compound with that member alone; or numbers that
  /// libhdf5 converts.
  func memoryType(_ type: borrowing HDF5ID, _ session: HDF5Session) throws(ThalwegError) -> HDF5ID {
    try memoryType(type, members[...], session)
  }

  private func memoryType(
    _ type: borrowing HDF5ID, _ members: ArraySlice<String>, _ session: HDF5Session
  ) throws(ThalwegError) -> HDF5ID {
    let h5 = session.h5.pointee
    if let name = members.first {
      let index = h5.H5Tget_member_index(type.raw, name)
      try session.check(index, "no member '\(name)'")
      let member = try session.own(h5.H5Tget_member_type(type.raw, UInt32(index)), "no member '\(name)'")
      let inner = try memoryType(member, members.dropFirst(), session)
      let result = try session.own(
        h5.H5Tcreate(Int32(TW_H5T_COMPOUND), h5.H5Tget_size(inner.raw)), "cannot make a type", .internal)
      try session.check(h5.H5Tinsert(result.raw, name, 0, inner.raw), "cannot make a type", .internal)
      return result
    }
    guard case .numbers(nil) = content else {
      return try session.own(h5.H5Tcopy(type.raw), "cannot make a type", .internal)
    }
    let native =
      switch dtype {
      case .float32: h5.native_f32
      case .float64: h5.native_f64
      case .int64: h5.native_i64
      case .int32: h5.native_i32
      case .uint8: h5.native_u8
      case .bool: h5.native_i8
      }
    return try session.own(h5.H5Tcopy(tw_hdf5_constant(native)), "cannot make a type", .internal)
  }
}
