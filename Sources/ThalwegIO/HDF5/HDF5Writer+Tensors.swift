import CHDF5
import Glibc
import ThalwegCore

extension HDF5Writer {
  /// Data sets from this size on are written without libhdf5.
  static let leastBytes = 256 << 10

  /// Writes a data set with the elements of a row-major tensor, in the file with the dimensions in the order of `axes` (nil:
  /// in its own). The engine's threads put them in order and add them up while others are written.
  ///
  /// - Returns: the CRC-32 of the bytes in the file.
  @discardableResult
  func write(_ name: String, _ tensor: Tensor, axes: [Int]? = nil) throws(ThalwegError) -> UInt32 {
    let shape = axes.map { axes in axes.map { tensor.shape[$0] } } ?? Array(tensor.shape)
    let byteCount = tensor.numel &* tensor.dtype.size
    guard byteCount >= Self.leastBytes else {
      let stored = if let axes { try tensor.permute(Dims(axes)).contiguous() } else { tensor }
      try write(name, shape: shape, dtype: tensor.dtype, stored.data)
      return Checksum.of(stored.data, byteCount)
    }
    let start = try reserve(name, shape: shape, dtype: tensor.dtype)
    let descriptor = try descriptor()
    let parts = ArrayParts(
      shape, strides: Array(tensor.strides), axes: axes, elementSize: tensor.dtype.size)
    let data = tensor.data
    var sums = [UInt32](repeating: 0, count: parts.count)
    let problem = sums.withUnsafeMutableBufferPointer { sums in
      let sums = sums
      return firstProblem(parts.count) { part in
        let bytes = parts.bytes(part)
        var scratch: UnsafeMutableRawPointer?
        defer { if let scratch { Memory.deallocate(scratch, bytes.count) } }
        if !parts.isInPlace {
          scratch = try? Memory.allocate(bytes.count, for: "hdf5_write")
          guard let scratch else { return "there are no \(bytes.count) bytes of memory" }
          parts.gather(part, from: data, to: scratch)
        }
        let source = scratch ?? data + bytes.lowerBound
        sums[part] = tw_crc32(0, source, bytes.count)
        return writeBytes(descriptor, start + bytes.lowerBound, bytes.count, from: source)
      }
    }
    if let problem { throw session.error(.io, "cannot write \(label(name)): \(problem)") }
    // The disk begins now, rather than when all is written.
    tw_start_writing(descriptor, Int64(start), Int64(byteCount))
    return withExtendedLifetime(tensor) { Checksum.joined(sums) { parts.bytes($0).count } }
  }
}

/// Writes `count` bytes to the place `offset` on; nil, or why that is impossible.
func writeBytes(
  _ descriptor: Int32, _ offset: Int, _ count: Int, from memory: UnsafeRawPointer
) -> String? {
  var done = 0
  while done < count {
    let wrote = pwrite(descriptor, memory + done, count - done, off_t(offset &+ done))
    if wrote > 0 {
      done += wrote
    } else if wrote == 0 || errno != EINTR {
      return systemMessage(errno)
    }
  }
  return nil
}
