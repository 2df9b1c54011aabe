public import CThalweg
import ThalwegCore
import ThalwegIO
import ThalwegNN

// MARK: - Data sets of HDF5 files in parts

/// As tw_hdf5_read, of some rows: parts of the data set along its first dimension, those with the numbers in `rows`
/// (integers [n], from 0), in their order.
///
/// Threads: any. `out`: new reference.
@c(tw_hdf5_read_rows)
public func tw_hdf5_read_rows(
  _ path: UnsafePointer<CChar>?, _ dataset: UnsafePointer<CChar>?, _ rows: tw_tensor_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try HDF5.read(asString(path, "path"), asString(dataset, "dataset"), rows: asTensor(rows, "rows"))
  }
}

/// Reads a data set whose elements differ in length, strings or sequences of numbers: their values one after the other, and
/// int64 offsets [n + 1], where element i is what lies from offsets[i] up to offsets[i + 1], row-major. Values of strings
/// are bytes (UTF-8, without padding and 0), of sequences numbers with the dtypes of tw_hdf5_read.
///
/// Threads: any. `out_values`, `out_offsets`: new references.
@c(tw_hdf5_read_sequences)
public func tw_hdf5_read_sequences(
  _ path: UnsafePointer<CChar>?, _ dataset: UnsafePointer<CChar>?,
  _ out_values: UnsafeMutablePointer<tw_tensor_t?>?, _ out_offsets: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(out_values, "out_values", out_offsets, "out_offsets") { () throws(ThalwegError) in
    try HDF5.readSequences(asString(path, "path"), asString(dataset, "dataset"))
  }
}

/// As tw_hdf5_read_sequences, as a batch [n, longest] with `padding` behind those that are shorter, and int64 lengths [n].
///
/// Threads: any. `out_values`, `out_lengths`: new references.
@c(tw_hdf5_read_padded)
public func tw_hdf5_read_padded(
  _ path: UnsafePointer<CChar>?, _ dataset: UnsafePointer<CChar>?, _ padding: Double,
  _ out_values: UnsafeMutablePointer<tw_tensor_t?>?, _ out_lengths: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(out_values, "out_values", out_lengths, "out_lengths") { () throws(ThalwegError) in
    try HDF5.readPadded(asString(path, "path"), asString(dataset, "dataset"), padding: padding)
  }
}

/// The names and values of the enumeration that a data set's elements are, as a JSON object: {"RED":0,"GREEN":2}. Writes as
/// much of it to `buffer` as `capacity` bytes hold with a 0 behind it, and to `length` the bytes of the whole text without
/// that 0. (tw_hdf5_read reads the data set itself as integers.)
///
/// Threads: any.
@c(tw_hdf5_enumeration)
public func tw_hdf5_enumeration(
  _ path: UnsafePointer<CChar>?, _ dataset: UnsafePointer<CChar>?, _ buffer: UnsafeMutablePointer<CChar>?,
  _ capacity: UInt, _ length: UnsafeMutablePointer<UInt>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let target = capacity == 0 ? nil : try pointer(buffer, "buffer")
    let length = try pointer(length, "length")
    let bytes = Array(try HDF5.enumerationText(asString(path, "path"), asString(dataset, "dataset")).utf8)
    if let target {
      let count = min(bytes.count, Int(clamping: capacity) - 1)
      for i in 0..<count { target[i] = CChar(bitPattern: bytes[i]) }
      target[count] = 0
    }
    length.pointee = UInt(bytes.count)
  }
}

/// The samples of a loader of HDF5 data sets that have these numbers (integers [n], from 0, in the data's order), as a
/// batch: writes a tensor for each data set to `outs`, which has room for `capacity`, and their number to `count`. It does
/// not disturb an epoch that is going on. Decoded chunks are kept in half of the window's memory.
///
/// Threads: one at a time per loader. `outs`: new references.
@c(tw_loader_samples)
public func tw_loader_samples(
  _ loader: tw_loader_t?, _ numbers: tw_tensor_t?, _ outs: UnsafeMutablePointer<tw_tensor_t?>?,
  _ capacity: UInt, _ count: UnsafeMutablePointer<UInt>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let count = try pointer(count, "count")
    let outs = try pointer(outs, "outs")
    let numbers = try asTensor(numbers, "numbers")
    guard let loader = try asLoader(loader) as? HDF5Loader else {
      throw ThalwegError(
        .invalidArgument,
        "tw_loader_samples: the loader is not one of arrays in HDF5 files (tw_loader_open); sequences of several lengths come in batches only"
      )
    }
    guard loader.arrayCount <= capacity else {
      throw ThalwegError(
        .invalidArgument,
        "tw_loader_samples: a batch has \(loader.arrayCount) tensors; outs has room for \(capacity)")
    }
    let batch = try loader.samples(numbers)
    try handOut(batch, outs)
    count.pointee = UInt(batch.count)
  }
}
