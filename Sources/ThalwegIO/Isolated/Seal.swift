import CHDF5
import Glibc
import ThalwegCore

/// What we write behind HDF5's end of a file, so that we know the file again as long as it is as we wrote it: the
/// stretches of data that libhdf5 only copies, and a checksum of all other bytes, which it follows from one to the next.
///
/// HDF5 takes no notice of it; whoever opens the file for writing through libhdf5 cuts it off. A file whose seal is gone
/// or does not fit is read as a stranger's. It tells damage and changes; who means to can make one.
///
/// All in words of 8 bytes, little-endian: start and size of each stretch, ascending; then the magic number, the count
/// of stretches, the size of HDF5's part, the CRC-32 of what is outside of the stretches, and that of the words before.
enum Seal {
  private static let magic: UInt64 = 0x0a31_6c61_6573_7754  // "Twseal1\n"
  private static let footWords = 5
  private static let mostStretches = 1 << 16
  /// Files of which more had to be added up are not sealed: reading them apart takes no longer.
  private static let mostSummed = 16 << 20

  /// Copies `count` bytes from a place in a file to memory; whether that was possible.
  typealias Read = (_ place: Int, _ count: Int, _ memory: UnsafeMutableRawPointer) -> Bool

  /// Seals the complete HDF5 file that is open for reading and writing, where that pays.
  ///
  /// - Parameter stretches: where numbers lie that libhdf5 does not interpret.
  /// - Returns: nil, or why it could not be written.
  static func write(_ descriptor: Int32, around stretches: [Range<Int>]) -> String? {
    guard let end = PlainFile.identity(descriptor)?.size else { return systemMessage(errno) }
    var joined: [Range<Int>] = []
    for stretch in stretches.sorted(by: { $0.lowerBound < $1.lowerBound }) where !stretch.isEmpty {
      if let last = joined.last, last.upperBound == stretch.lowerBound {
        joined[joined.count - 1] = last.lowerBound..<stretch.upperBound
      } else {
        joined.append(stretch)
      }
    }
    guard joined.count <= mostStretches,
      let sum = sum(upTo: end, around: joined, { readBytes(descriptor, $0, $1, to: $2) == nil })
    else { return nil }
    var words = joined.flatMap { [UInt64($0.lowerBound), UInt64($0.count)] }
    words += [magic, UInt64(joined.count), UInt64(end), UInt64(sum)]
    words = words.map(\.littleEndian)
    words.append(UInt64(tw_crc32(0, words, words.count * 8)).littleEndian)
    return words.withUnsafeBytes { bytes in
      bytes.baseAddress.flatMap { writeBytes(descriptor, end, bytes.count, from: $0) }
    }
  }

  /// Whether the file at `path` has a seal that fits.
  static func isIntact(_ path: String) -> Bool {
    guard !path.utf8.contains(0) else { return false }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return false }
    defer { _ = close(descriptor) }
    guard let size = PlainFile.identity(descriptor)?.size else { return false }
    return isIntact(size: size) { readBytes(descriptor, $0, $1, to: $2) == nil }
  }

  /// The same for a file in memory.
  static func isIntact(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { source in
      isIntact(size: source.count) { place, count, memory in
        guard place >= 0, count >= 0, place <= source.count, count <= source.count - place,
          let base = source.baseAddress
        else { return false }
        memcpy(memory, base + place, count)
        return true
      }
    }
  }

  private static func isIntact(size: Int, _ read: Read) -> Bool {
    guard let foot = words(size - footWords * 8, footWords, read), foot[0] == magic,
      let count = Int(exactly: foot[1]), count <= mostStretches, let end = Int(exactly: foot[2]),
      size - end == (2 * count + footWords) * 8, var all = words(end, 2 * count + footWords, read),
      let own = all.popLast()
    else { return false }
    let stored = all.map(\.littleEndian)
    guard own == UInt64(tw_crc32(0, stored, stored.count * 8)) else { return false }
    var stretches: [Range<Int>] = []
    for index in 0..<count {
      guard let start = Int(exactly: all[2 * index]), let length = Int(exactly: all[2 * index + 1]),
        start <= end, length <= end - start
      else { return false }
      stretches.append(start..<(start + length))
    }
    return sum(upTo: end, around: stretches, read).map { UInt64($0) } == foot[3]
  }

  private static func words(_ place: Int, _ count: Int, _ read: Read) -> [UInt64]? {
    var words = [UInt64](repeating: 0, count: count)
    let isThere = words.withUnsafeMutableBytes { bytes in
      bytes.baseAddress.map { place >= 0 && read(place, bytes.count, $0) } ?? false
    }
    return isThere ? words.map { UInt64(littleEndian: $0) } : nil
  }

  /// The CRC-32 of the first `end` bytes without those in `stretches`; nil when these do not ascend, or too much is left.
  private static func sum(upTo end: Int, around stretches: [Range<Int>], _ read: Read) -> UInt32? {
    var (sum, place, left): (UInt32, Int, Int) = (0, 0, mostSummed)
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    for stretch in stretches + [end..<end] {
      guard stretch.lowerBound >= place, stretch.lowerBound <= end, stretch.lowerBound - place <= left else {
        return nil
      }
      left -= stretch.lowerBound - place
      while place < stretch.lowerBound {
        let count = min(buffer.count, stretch.lowerBound - place)
        let isThere = buffer.withUnsafeMutableBytes { bytes in
          bytes.baseAddress.map { read(place, count, $0) } ?? false
        }
        guard isThere else { return nil }
        sum = tw_crc32(sum, buffer, count)
        place += count
      }
      place = stretch.upperBound
    }
    return place <= end ? sum : nil
  }
}
