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
      let scale = try source.file.number("scale", of: source.id, source.label) ?? 1
      let offset = try source.file.number("offset", of: source.id, source.label) ?? 0
      let stored = try source.readTensor()
      if stored.dtype == .float32, scale == 1, offset == 0 { return stored }
      return try stored.scaled(by: scale, offset: offset)
    }
  }
}

extension Tensor {
  /// float32 of value * scale + offset; `self` is contiguous.
  fileprivate func scaled(by scale: Double, offset: Double) throws(ThalwegError) -> Tensor {
    let result = try Tensor.empty(shape, dtype: .float32)
    let output = UnsafeMutableBufferPointer(
      start: result.data.assumingMemoryBound(to: Float.self), count: numel)
    func convert<Element>(_: Element.Type, _ value: (Element) -> Double) {
      let input = data.assumingMemoryBound(to: Element.self)
      for index in output.indices { output[index] = Float(value(input[index]) * scale + offset) }
    }
    switch dtype {
    case .float32: convert(Float.self) { Double($0) }
    case .float64: convert(Double.self) { $0 }
    case .int64: convert(Int64.self) { Double($0) }
    case .int32: convert(Int32.self) { Double($0) }
    case .uint8, .bool: convert(UInt8.self) { Double($0) }
    }
    return result
  }
}
