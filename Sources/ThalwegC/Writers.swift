public import CThalweg
import ThalwegCore
import ThalwegIO

// MARK: - HDF5 files: writing data sets
//
// A writer's file appears, or changes, in one step when tw_writer_close succeeds. A crash or a kill before leaves what was at
// the path, byte for byte, however much was written: the work goes to a file beside it, when appending to a copy of it. That
// copy takes no time and room where the file system shares blocks (btrfs, XFS).

/// Begins an HDF5 file at `path`. With `append` 1 what is in a file there stays, and rows and data sets can be added; without
/// such a file a new one is begun.
///
/// Threads: one at a time per path. `out`: new reference.
@c(tw_writer_open)
public func tw_writer_open(
  _ path: UnsafePointer<CChar>?, _ append: Int32, _ out: UnsafeMutablePointer<tw_writer_t?>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let out = try pointer(out, "out")
    let writer = try DataWriter(asString(path, "path"), appending: append != 0)
    out.pointee = try Handles.reference(to: writer, .writer)
  }
}

private var defaults: tw_writer_options {
  tw_writer_options(
    struct_size: MemoryLayout<tw_writer_options>.size, chunk_rows: 0, gzip: 0, shuffle: 1, fletcher32: 0,
    extendible: 0)
}

/// Fills the options with their defaults. `struct_size` is sizeof(tw_writer_options).
///
/// Threads: any.
@c(tw_writer_options_init)
public func tw_writer_options_init(
  _ options: UnsafeMutablePointer<tw_writer_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, defaults) }
}

/// Makes the data set `name` ("train/images"; groups on the way are made) without values, which tw_writer_append brings.
/// shape[0] is the number of rows to come, or -1: any number. Data sets that neither grow nor are compressed or checked lie
/// in one piece; others in chunks of whole samples. `labels`, if any, are names of the values 0, 1, ... of uint8, int32 or
/// int64: the file has an enumeration. `options` may be NULL for the defaults.
///
/// Threads: one at a time per writer.
@c(tw_writer_define)
public func tw_writer_define(
  _ writer: tw_writer_t?, _ name: UnsafePointer<CChar>?, _ dtype: Int32, _ shape: UnsafePointer<Int64>?,
  _ rank: UInt, _ labels: UnsafePointer<UnsafePointer<CChar>?>?, _ label_count: UInt,
  _ options: UnsafePointer<tw_writer_options>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let writer = try asWriter(writer)
    let shape = try asDims(shape, rank, "shape")
    try writer.define(
      asString(name, "name"), asDType(dtype), shape: Array(shape),
      labels: asTexts(labels, label_count, "labels"),
      storage: storage(complete(options, defaults)))
  }
}

/// Writes a new data set with the values of `tensor`; `labels` and `options` as for tw_writer_define.
///
/// Threads: one at a time per writer.
@c(tw_writer_write)
public func tw_writer_write(
  _ writer: tw_writer_t?, _ name: UnsafePointer<CChar>?, _ tensor: tw_tensor_t?,
  _ labels: UnsafePointer<UnsafePointer<CChar>?>?, _ label_count: UInt,
  _ options: UnsafePointer<tw_writer_options>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let writer = try asWriter(writer)
    try writer.write(
      asString(name, "name"), asTensor(tensor, "tensor"), labels: asTexts(labels, label_count, "labels"),
      storage: storage(complete(options, defaults)))
  }
}

/// Writes a new data set of rank 1 with `count` strings in UTF-8, of any length.
///
/// Threads: one at a time per writer.
@c(tw_writer_write_texts)
public func tw_writer_write_texts(
  _ writer: tw_writer_t?, _ name: UnsafePointer<CChar>?, _ texts: UnsafePointer<UnsafePointer<CChar>?>?,
  _ count: UInt, _ options: UnsafePointer<tw_writer_options>?
) -> tw_status {
  call { () throws(ThalwegError) in
    try asWriter(writer).write(
      asString(name, "name"), texts: asTexts(texts, count, "texts"),
      storage: storage(complete(options, defaults)))
  }
}

/// Adds the rows of `rows` at the end of a data set: one that grows, whether of this writer or in the file before, or one
/// whose announced rows are not complete. Its dtype and all sizes but the first must be the data set's.
///
/// Threads: one at a time per writer.
@c(tw_writer_append)
public func tw_writer_append(
  _ writer: tw_writer_t?, _ name: UnsafePointer<CChar>?, _ rows: tw_tensor_t?
) -> tw_status {
  call { () throws(ThalwegError) in
    try asWriter(writer).append(asString(name, "name"), asTensor(rows, "rows"))
  }
}

/// Adds `count` strings at the end of a data set of strings.
///
/// Threads: one at a time per writer.
@c(tw_writer_append_texts)
public func tw_writer_append_texts(
  _ writer: tw_writer_t?, _ name: UnsafePointer<CChar>?, _ texts: UnsafePointer<UnsafePointer<CChar>?>?,
  _ count: UInt
) -> tw_status {
  call { () throws(ThalwegError) in
    try asWriter(writer).append(asString(name, "name"), texts: asTexts(texts, count, "texts"))
  }
}

/// Gives the data set or group `object` ("/": the file) an attribute, a string in UTF-8, in the place of one of that name.
///
/// Threads: one at a time per writer.
@c(tw_writer_set_text)
public func tw_writer_set_text(
  _ writer: tw_writer_t?, _ object: UnsafePointer<CChar>?, _ name: UnsafePointer<CChar>?,
  _ text: UnsafePointer<CChar>?
) -> tw_status {
  call { () throws(ThalwegError) in
    try asWriter(writer).setAttribute(
      asString(object, "object"), asString(name, "name"), text: asString(text, "text"))
  }
}

/// As tw_writer_set_text, float64: one number as a scalar, several as an array.
///
/// Threads: one at a time per writer.
@c(tw_writer_set_numbers)
public func tw_writer_set_numbers(
  _ writer: tw_writer_t?, _ object: UnsafePointer<CChar>?, _ name: UnsafePointer<CChar>?,
  _ values: UnsafePointer<Double>?, _ count: UInt
) -> tw_status {
  call { () throws(ThalwegError) in
    let writer = try asWriter(writer)
    let count = try length(count, "values")
    var numbers: [Double] = []
    if count > 0 {
      let values = try pointer(values, "values")
      for i in 0..<count { numbers.append(values[i]) }
    }
    try writer.setAttribute(asString(object, "object"), asString(name, "name"), numbers: numbers)
  }
}

/// Names the dimensions of a data set, all of them: each is a dimension scale, which netCDF and xarray read as a dimension.
/// Data sets that name the same one are of the same size there. A data set of rank 1 that has a dimension's name gives its
/// coordinates.
///
/// Threads: one at a time per writer.
@c(tw_writer_set_dimensions)
public func tw_writer_set_dimensions(
  _ writer: tw_writer_t?, _ name: UnsafePointer<CChar>?,
  _ dimensions: UnsafePointer<UnsafePointer<CChar>?>?, _ count: UInt
) -> tw_status {
  call { () throws(ThalwegError) in
    try asWriter(writer).setDimensions(
      asString(name, "name"), asTexts(dimensions, count, "dimensions"))
  }
}

/// Writes everything out and puts the file in place. It fails if an earlier write has, if announced rows are missing, or if
/// the file that was added to has been changed meanwhile; then nothing changes at the path. The writer takes no more calls.
///
/// Threads: one at a time per writer.
@c(tw_writer_close)
public func tw_writer_close(_ writer: tw_writer_t?) -> tw_status {
  call { () throws(ThalwegError) in try asWriter(writer).close() }
}

/// Gives back a reference to a writer; what was not closed is thrown away. NULL is taken and ignored.
///
/// Threads: any.
@c(tw_writer_release)
public func tw_writer_release(_ writer: tw_writer_t?) { Handles.release(writer, .writer) }

private func asWriter(
  _ handle: tw_writer_t?, _ function: StaticString = #function
) throws(ThalwegError) -> DataWriter {
  try Handles.object(handle, .writer, as: DataWriter.self, "writer", function)
}

private func storage(_ given: tw_writer_options) -> DataWriter.Storage {
  DataWriter.Storage(
    chunkRows: Int(given.chunk_rows), gzip: Int(given.gzip), isShuffled: given.shuffle != 0,
    hasChecksum: given.fletcher32 != 0, grows: given.extendible != 0)
}

/// Strings; NULL only where the count is 0.
private func asTexts(
  _ values: UnsafePointer<UnsafePointer<CChar>?>?, _ count: UInt, _ argument: StaticString,
  _ function: StaticString = #function
) throws(ThalwegError) -> [String] {
  let count = try length(count, argument, function)
  if count == 0 { return [] }
  let values = try pointer(values, argument, function)
  var result: [String] = []
  for i in 0..<count { result.append(try asString(values[i], argument, function)) }
  return result
}
