public import ThalwegCore

/// Reading data sets of HDF5 files.
///
/// libhdf5 is looked up at run time, at the first call. Without it each function throws `.unavailable`, with a
/// sentence that says what was tried and what to install.
/// A file that nobody vouches for can crash libhdf5 itself: `Isolation` says which files are read in a process of their own.
public enum HDF5 {
  /// Whether a usable libhdf5 is there.
  public static var isAvailable: Bool {
    do throws(ThalwegError) {
      try HDF5Session.run("hdf5_available") { _ throws(ThalwegError) in }
      return true
    } catch { return false }
  }

  /// Reads the data set `dataset` ("train/images") of the file at `path`, as it is stored.
  ///
  /// Shape as in the file, at most 8 dimensions, those of elements that are arrays behind the data set's; a scalar gives a
  /// tensor of rank 0. dtypes: uint8, int32, int64, float32, float64 and h5py's bool as they are; int8 and int16 as int32;
  /// uint16, uint32 and uint64 as int64; float16 and bfloat16 as float32; enumerations as their integers; any byte order.
  /// A member of a compound is named behind the data set ("events/energy"). Storage: contiguous, compact, or chunked with
  /// gzip, lzf, shuffle and fletcher32.
  /// Errors: `.io` no readable file; `.format` not an HDF5 file, damaged, no such data set; `.dtype` not numbers;
  /// `.shape` too many dimensions; `.outOfMemory`; `.unavailable`.
  public static func read(_ path: String, _ dataset: String) throws(ThalwegError) -> Tensor {
    try read(path, dataset, "hdf5_read").tensor
  }

  /// Reads some rows of a data set, parts of it along its first dimension: those with these numbers, in their order.
  ///
  /// Errors: as `read`; `.shape` for a scalar or numbers that are not of rank 1; `.invalidArgument` for a number that no
  /// row has.
  public static func read(_ path: String, _ dataset: String, rows: Tensor) throws(ThalwegError) -> Tensor {
    let function = "hdf5_read_rows"
    var stretches: [RowStretch] = []
    let (reader, tensor) = try HDF5Session.run(function, reading: path) { session throws(ThalwegError) in
      if let reader = RecentReaders.take(path, dataset, session) {
        let stored = reader.stored
        stretches = try RowStretch.gather(rows, of: stored.rows, function)
        let shape = Dims([rows.numel] + stored.shape.dropFirst())
        return (reader, try Tensor.empty(shape, dtype: stored.dtype))
      }
      let source = try HDF5Dataset(dataset, in: HDF5File(path, session))
      try source.checkNumbers()
      guard !source.stored.extent.isEmpty else {
        throw session.error(.shape, "\(source.label) is a scalar; rows lie along a first dimension")
      }
      try source.file.charge(source.byteCount, source.label)
      stretches = try RowStretch.gather(rows, of: source.stored.rows, function)
      return (try HDF5RowReader(source), try source.makeTensor(rows: rows.numel))
    }
    try reader.read(stretches, into: tensor.data, function)
    try HDF5Session.run(function) { session throws(ThalwegError) in
      RecentReaders.put(reader, path, dataset, session)
    }
    return tensor
  }

  /// Reads a data set as float32: value * `scale` + `offset`, which are attributes of the data set (1 and 0 where
  /// they are absent); by their names in netCDF files `scale_factor` and `add_offset`. Where the value is the attribute
  /// `_FillValue` or `missing_value` the result is not a number. Computed in float64, rounded once.
  ///
  /// Errors: as `read`; `.format` when one of these attributes is not one number.
  public static func readScaled(_ path: String, _ dataset: String) throws(ThalwegError) -> Tensor {
    let (stored, scaling) = try read(path, dataset, "hdf5_read_scaled")
    if scaling.changesNothing(in: stored.dtype) { return stored }
    let result = try Tensor.empty(stored.shape, dtype: .float32)
    scaling.convert(stored.data, stored.dtype, to: result.data, count: stored.numel)
    return result
  }

  private static func read(
    _ path: String, _ dataset: String, _ function: String
  ) throws(ThalwegError) -> (tensor: Tensor, scaling: HDF5Scaling) {
    var scaling = HDF5Scaling()
    let (reader, tensor) = try HDF5Session.run(function, reading: path) { session throws(ThalwegError) in
      let source = try HDF5Dataset(dataset, in: HDF5File(path, session))
      try source.checkNumbers()
      if function == "hdf5_read_scaled" { scaling = try HDF5Scaling(of: source) }
      return (try HDF5RowReader(source), try source.makeTensor(rows: nil))
    }
    let all = RowStretch(rows: 0..<reader.stored.rows, at: 0)
    try reader.read([all], into: tensor.data, function)
    return (tensor, scaling)
  }
}
