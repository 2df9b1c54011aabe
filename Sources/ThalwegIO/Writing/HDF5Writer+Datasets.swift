import CHDF5
import ThalwegCore

/// Data sets in chunks, and those of a file that is added to.
extension HDF5Writer {
  /// Makes a data set of the type; its group exists. `bytes` an element.
  ///
  /// Chunks have whole samples: reading some of them for a batch then decodes nothing else of the others.
  func makeDataset(
    _ name: String, _ type: borrowing HDF5ID, _ shape: [Int], bytes: Int, growing: Bool,
    _ storage: DataWriter.Storage
  ) throws(ThalwegError) -> HDF5ID {
    let h5 = session.h5.pointee
    let what = "data set '\(name)' in '\(path)'"
    guard !growing || !shape.isEmpty else {
      throw session.error(.shape, "\(what) is a scalar, which cannot grow")
    }
    guard storage.chunkRows >= 0, (0...9).contains(storage.gzip) else {
      throw session.error(
        .invalidArgument,
        "chunk_rows is \(storage.chunkRows), at least 0; gzip is \(storage.gzip), from 0 (none) to 9")
    }
    let creation = try session.own(
      h5.H5Pcreate(tw_hdf5_constant(h5.dataset_create)), "cannot make a property list", .internal)
    try session.check(
      h5.H5Pset_obj_track_times(creation.raw, false), "cannot turn off time stamps", .internal)
    let isFiltered = storage.gzip > 0 || storage.hasChecksum
    if growing || (isFiltered || storage.chunkRows > 0) && !shape.isEmpty && !shape.contains(0) {
      let chunk = try chunk(shape, bytes: bytes, growing: growing, storage.chunkRows, what)
      try session.check(
        h5.H5Pset_chunk(creation.raw, Int32(chunk.count), chunk.map { hsize_t($0) }), "cannot choose chunks")
      if storage.gzip > 0 {
        guard h5.H5Zfilter_avail(Int32(TW_H5Z_DEFLATE)) > 0 else {
          throw session.error(.unavailable, "this libhdf5 has no gzip")
        }
        if storage.isShuffled, bytes > 1 {
          try session.check(h5.H5Pset_shuffle(creation.raw), "cannot choose shuffle", .internal)
        }
        try session.check(
          h5.H5Pset_deflate(creation.raw, UInt32(storage.gzip)), "cannot choose gzip", .internal)
      }
      if storage.hasChecksum {
        try session.check(h5.H5Pset_fletcher32(creation.raw), "cannot choose fletcher32", .internal)
      }
    } else {
      try session.check(
        h5.H5Pset_layout(creation.raw, Int32(TW_H5D_CONTIGUOUS)), "cannot choose a layout", .internal)
    }
    let space = try space(shape, growing: growing)
    return try session.own(
      h5.H5Dcreate2(id, name, type.raw, space.raw, 0, creation.raw, 0), "cannot make \(what)", .io)
  }

  /// Some 64 whole samples, made more up to 64 KiB and fewer down to 1 MiB, but at least one.
  private func chunk(
    _ shape: [Int], bytes: Int, growing: Bool, _ rows: Int, _ what: String
  ) throws(ThalwegError) -> [Int] {
    var sample = bytes
    for size in shape.dropFirst() {
      let (product, overflow) = sample.multipliedReportingOverflow(by: max(size, 1))
      sample = overflow ? .max : product
    }
    var chosen = rows
    if rows == 0 {
      chosen = min(max(64, (64 << 10) / sample), max((1 << 20) / sample, 1))
      if !growing { chosen = min(chosen, shape[0]) }
    }
    let (total, overflow) = chosen.multipliedReportingOverflow(by: sample)
    guard !overflow, total < 4 << 30 else {
      throw session.error(
        .shape,
        "\(what) would have chunks of \(chosen) samples with \(sample) bytes each; a chunk is below 4 GiB")
    }
    if !growing { chosen = min(chosen, shape[0]) }
    return [chosen] + shape.dropFirst().map { max($0, 1) }
  }

  private func space(_ shape: [Int], growing: Bool) throws(ThalwegError) -> HDF5ID {
    guard growing else { return try space(shape) }
    let dims = shape.map { hsize_t(clamping: $0) }
    var most = dims
    most[0] = tw_hdf5_unlimited()
    return try session.own(
      session.h5.pointee.H5Screate_simple(Int32(dims.count), dims, most),
      "cannot make a data space of \(shape)", .internal)
  }

  /// A data set that was in the file: its rows, and what type it takes.
  ///
  /// Errors: `.format` when it is no data set; `.dtype` when its elements are not written by this library.
  func openForAppending(_ name: String) throws(ThalwegError) -> WriterTarget {
    let h5 = session.h5.pointee
    let what = "'\(name)' in '\(path)'"
    let object = try session.own(h5.H5Oopen(id, name, 0), "cannot open \(what)")
    guard h5.H5Iget_type(object.raw) == TW_H5I_DATASET else {
      throw session.error(.format, "\(what) is not a data set")
    }
    let creation = try session.own(h5.H5Dget_create_plist(object.raw), "cannot read the layout of \(what)")
    guard Int(h5.H5Pget_layout(creation.raw)) != TW_H5D_VIRTUAL, h5.H5Pget_external_count(creation.raw) == 0
    else {
      throw session.error(.format, "the data of \(what) is in other files; nothing is added to those")
    }
    let type = try session.own(h5.H5Dget_type(object.raw), "cannot read the type of \(what)")
    let (shape, grows) = try extent(object, what)
    let size = h5.H5Tget_size(type.raw)
    let typeClass = Int(h5.H5Tget_class(type.raw))
    let isBig = size > 1 && Int(h5.H5Tget_order(type.raw)) == TW_H5T_ORDER_BE
    var dtype: DType?
    var labels = 0
    switch (typeClass, size, h5.H5Tget_sign(type.raw) == TW_H5T_SGN_NONE) {
    case (TW_H5T_STRING, _, _) where h5.H5Tis_variable_str(type.raw) > 0: break
    case (TW_H5T_FLOAT, 2, _), (TW_H5T_FLOAT, 4, _): dtype = .float32
    case (TW_H5T_FLOAT, 8, _): dtype = .float64
    case (TW_H5T_INTEGER, 1, true): dtype = .uint8
    case (TW_H5T_INTEGER, 4, false): dtype = .int32
    case (TW_H5T_INTEGER, 8, false): dtype = .int64
    case (TW_H5T_ENUM, 1, _) where session.isBool(type): dtype = .bool
    case (TW_H5T_ENUM, 1, true), (TW_H5T_ENUM, 4, false), (TW_H5T_ENUM, 8, false):
      guard !isBig else { fallthrough }
      dtype = size == 1 ? .uint8 : size == 4 ? .int32 : .int64
      labels = max(Int(h5.H5Tget_nmembers(type.raw)), 1)
    default:
      throw session.error(
        .dtype,
        "\(what) holds \(session.typeName(type)); added to are uint8, int32, int64, floats, bool and strings of any length"
      )
    }
    let memory =
      if let dtype, labels == 0 { try memoryType(dtype) } else {
        try session.own(h5.H5Tcopy(type.raw), "cannot make a type", .internal)
      }
    return WriterTarget(
      object, memory, dtype, labels: labels, shape: shape, grows: grows, rows: shape.first ?? 1)
  }

  /// The shape of an open data set, and whether its first dimension has no bound.
  func extent(_ object: borrowing HDF5ID, _ what: String) throws(ThalwegError) -> ([Int], grows: Bool) {
    let h5 = session.h5.pointee
    let space = try session.own(h5.H5Dget_space(object.raw), "cannot read the shape of \(what)")
    let rank = Int(h5.H5Sget_simple_extent_ndims(space.raw))
    try session.check(rank, "cannot read the shape of \(what)")
    var dims = [hsize_t](repeating: 0, count: max(rank, 1)), most = dims
    try session.check(
      h5.H5Sget_simple_extent_dims(space.raw, &dims, &most), "cannot read the shape of \(what)")
    return (dims.prefix(rank).map { Int(clamping: $0) }, rank > 0 && most[0] == tw_hdf5_unlimited())
  }

  func removeAttribute(_ name: String, of object: String) throws(ThalwegError) {
    let h5 = session.h5.pointee
    let owner = try session.own(h5.H5Oopen(id, object, 0), "cannot open '\(object)' in '\(path)'", .internal)
    guard h5.H5Aexists(owner.raw, name) > 0 else { return }
    try session.check(h5.H5Adelete(owner.raw, name), "cannot replace attribute '\(name)' of '\(object)'", .io)
  }

  func setAttribute(_ name: String, of object: String, to numbers: [Double]) throws(ThalwegError) {
    let h5 = session.h5.pointee
    let type = try copy(h5.file_f64)
    let space = try space(numbers.count == 1 ? [] : [numbers.count])
    let attribute = try makeAttribute(name, of: object, type, space)
    guard !numbers.isEmpty else { return }
    try session.check(
      h5.H5Awrite(attribute.raw, tw_hdf5_constant(h5.native_f64), numbers),
      "cannot write attribute '\(name)' of '\(object)' to '\(path)'", .io)
  }

  /// Closes the file without a word about what is in it.
  func abandon() {
    let closing = id
    id = -1
    if closing >= 0 { _ = session.h5.pointee.H5Fclose(closing) }
  }
}
