import CHDF5
import Glibc
import ThalwegCore

/// The elements of a data set that lie in its file in one piece and as a tensor has them: the engine's threads read them
/// side by side, without libhdf5, and straight to where they belong.
struct StoredBytes {
  /// Smaller data sets are as well read in another way.
  private static let least = 256 << 10

  private let file: SharedFile
  private let label: String
  private let start: Int
  /// In the file.
  let shape: [Int]
  let dtype: DType

  private var byteCount: Int { shape.reduce(dtype.size, *) }

  /// nil for a data set that is small, converted or stored in another way.
  ///
  /// Errors: `.format` for a truncated file; `.io` when it cannot be opened or is another one by now.
  init?(_ dataset: borrowing HDF5Dataset) throws(ThalwegError) {
    let (stored, layout) = (dataset.stored, dataset.layout)
    guard stored.byteCount >= Self.least, layout.isDirect, layout.chunk.isEmpty, stored.element.isPlain,
      let start = layout.start
    else { return nil }
    file = try dataset.file.sharedFile()
    (label, self.start, shape, dtype) = (stored.label, start, stored.shape, stored.dtype)
    guard start <= file.size, stored.byteCount <= file.size - start else {
      throw dataset.file.session.error(
        .format,
        "cannot read \(label): the file is truncated: it ends before byte \(start &+ stored.byteCount)")
    }
  }

  /// The CRC-32 of the bytes in the file, which pass through a core's cache.
  func checksum(_ function: String) throws(ThalwegError) -> UInt32 {
    let (descriptor, start, byteCount, size) = (file.descriptor, start, byteCount, Self.least)
    var sums = [UInt32](repeating: 0, count: (byteCount - 1) / size + 1)
    func bytes(_ part: Int) -> Int { min(size, byteCount - part * size) }
    let problem = sums.withUnsafeMutableBufferPointer { sums in
      let sums = sums
      return firstProblem(sums.count) { part in
        guard let scratch = try? Memory.allocate(size, for: "hdf5_read") else {
          return "there are no \(size) bytes of memory"
        }
        defer { Memory.deallocate(scratch, size) }
        if let text = readBytes(descriptor, start + part * size, bytes(part), to: scratch) { return text }
        sums[part] = tw_crc32(0, scratch, bytes(part))
        return nil
      }
    }
    try check(problem, function)
    return Checksum.joined(sums, bytes)
  }

  /// Reads all of it into `tensor`, which has dimension i of the file as its dimension axes[i] (nil: in the same order).
  ///
  /// - Returns: the CRC-32 of the bytes in the file, or 0 unless it is asked for.
  @discardableResult
  func read(
    into tensor: Tensor, axes: [Int]?, isSummed: Bool = false, _ function: String
  ) throws(ThalwegError) -> UInt32 {
    let parts = ArrayParts(
      shape, strides: Array(tensor.strides), axes: axes, elementSize: dtype.size, isScattered: true)
    let (descriptor, start, data) = (file.descriptor, start, tensor.data)
    var sums = [UInt32](repeating: 0, count: isSummed ? parts.count : 0)
    let problem = sums.withUnsafeMutableBufferPointer { sums in
      let sums = sums
      return firstProblem(parts.count) { part in
        let bytes = parts.bytes(part)
        let scratch = parts.isInPlace ? nil : try? Memory.allocate(bytes.count, for: "hdf5_read")
        defer { if let scratch { Memory.deallocate(scratch, bytes.count) } }
        guard let target = parts.isInPlace ? data + bytes.lowerBound : scratch else {
          return "there are no \(bytes.count) bytes of memory"
        }
        if let text = readBytes(descriptor, start + bytes.lowerBound, bytes.count, to: target) { return text }
        if isSummed { sums[part] = tw_crc32(0, target, bytes.count) }
        if let scratch { parts.scatter(part, from: scratch, to: data) }
        return nil
      }
    }
    try check(problem, function)
    return withExtendedLifetime(tensor) { Checksum.joined(sums) { parts.bytes($0).count } }
  }

  private func check(_ problem: String?, _ function: String) throws(ThalwegError) {
    if let text = problem ?? (file.hasChanged ? "the file was changed while it was read" : nil) {
      throw ThalwegError(.format, "\(function): cannot read \(label): \(text)")
    }
  }
}

/// An open file that several use.
final class SharedFile {
  private let file: PlainFile

  init(_ path: String, _ function: String) throws(ThalwegError) {
    file = try PlainFile(path, function)
    // Read from its beginning on: the system may read further ahead.
    _ = posix_fadvise(file.descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
  }

  var descriptor: Int32 { file.descriptor }
  var size: Int { file.identity.size }
  var identity: PlainFile.Identity { file.identity }
  /// Whether somebody has written to it since it was opened.
  var hasChanged: Bool { PlainFile.identity(descriptor) != file.identity }
}
