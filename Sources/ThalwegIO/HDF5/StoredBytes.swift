import CHDF5
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

  /// The CRC-32 of the bytes in the file.
  func checksum(_ function: String) throws(ThalwegError) -> UInt32 {
    try read(to: nil, strides: nil, axes: nil, isSummed: true, function)
  }

  /// Reads all of it into `tensor`, which has dimension i of the file as its dimension axes[i] (nil: in the same order).
  ///
  /// - Returns: the CRC-32 of the bytes in the file, or 0 unless it is asked for.
  @discardableResult
  func read(
    into tensor: Tensor, axes: [Int]?, isSummed: Bool = false, _ function: String
  ) throws(ThalwegError) -> UInt32 {
    let sum = try read(
      to: tensor.data, strides: Array(tensor.strides), axes: axes, isSummed: isSummed, function)
    return withExtendedLifetime(tensor) { sum }
  }

  private func read(
    to data: UnsafeMutableRawPointer?, strides: [Int]?, axes: [Int]?, isSummed: Bool, _ function: String
  ) throws(ThalwegError) -> UInt32 {
    let parts = ArrayParts(shape, strides: strides, axes: axes, elementSize: dtype.size)
    let (descriptor, start) = (file.descriptor, start)
    var sums = [UInt32](repeating: 0, count: isSummed ? parts.count : 0)
    var problem = sums.withUnsafeMutableBufferPointer { sums in
      let sums = sums
      return firstProblem(parts.count) { part in
        let bytes = parts.bytes(part)
        var scratch: UnsafeMutableRawPointer?
        defer { if let scratch { Memory.deallocate(scratch, bytes.count) } }
        if data == nil || !parts.isInPlace {
          scratch = try? Memory.allocate(bytes.count, for: "hdf5_read")
        }
        guard let target = scratch ?? (parts.isInPlace ? data.map { $0 + bytes.lowerBound } : nil) else {
          return "there are no \(bytes.count) bytes of memory"
        }
        if let text = readBytes(descriptor, start + bytes.lowerBound, bytes.count, to: target) { return text }
        if isSummed { sums[part] = tw_crc32(0, target, bytes.count) }
        if let scratch, let data { parts.scatter(part, from: scratch, to: data) }
        return nil
      }
    }
    if problem == nil, file.hasChanged { problem = "the file was changed while it was read" }
    if let problem {
      throw ThalwegError(.format, "\(function): cannot read \(label): \(problem)")
    }
    return Checksum.joined(sums) { parts.bytes($0).count }
  }
}

/// An open file that several use.
final class SharedFile {
  private let file: PlainFile

  init(_ path: String, _ function: String) throws(ThalwegError) { file = try PlainFile(path, function) }

  var descriptor: Int32 { file.descriptor }
  var size: Int { file.identity.size }
  var identity: PlainFile.Identity { file.identity }
  /// Whether somebody has written to it since it was opened.
  var hasChanged: Bool { PlainFile.identity(descriptor) != file.identity }
}
