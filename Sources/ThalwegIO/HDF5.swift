public import ThalwegCore

/// Reading data sets of HDF5 files.
///
/// libhdf5 is looked up at run time, at the first call. Without it each function throws `.unavailable`, with a
/// sentence that says what was tried and what to install.
/// A file that nobody vouches for can crash libhdf5 itself: read such files in a process of their own.
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
  /// Shape as in the file, at most 8 dimensions; a scalar gives a tensor of rank 0. dtypes: uint8, int32, int64,
  /// float32, float64 and h5py's bool as they are; int8 and int16 as int32; uint16 and uint32 as int64; float16 as
  /// float32; any byte order. Storage: contiguous, or chunked with gzip, shuffle and fletcher32.
  /// Errors: `.io` no readable file; `.format` not an HDF5 file, damaged, no such data set; `.dtype` not numbers;
  /// `.shape` too many dimensions; `.outOfMemory`; `.unavailable`.
  public static func read(_ path: String, _ dataset: String) throws(ThalwegError) -> Tensor {
    try HDF5Session.run("hdf5_read") { session throws(ThalwegError) in
      let source = try HDF5Dataset(dataset, in: HDF5File(path, session))
      return try source.readTensor()
    }
  }

  /// Reads a data set as float32: value * `scale` + `offset`, which are attributes of the data set (1 and 0 where
  /// they are absent). Computed in float64, rounded once.
  ///
  /// Errors: as `read`; `.format` when `scale` or `offset` is not one number.
  public static func readScaled(_ path: String, _ dataset: String) throws(ThalwegError) -> Tensor {
    try HDF5Session.run("hdf5_read_scaled") { session throws(ThalwegError) in
      let source = try HDF5Dataset(dataset, in: HDF5File(path, session))
      let scaling = try HDF5Scaling(of: source)
      let stored = try source.readTensor()
      if scaling.changesNothing(in: stored.dtype) { return stored }
      let result = try Tensor.empty(stored.shape, dtype: .float32)
      scaling.convert(stored.data, stored.dtype, to: result.data, count: stored.numel)
      return result
    }
  }
}
