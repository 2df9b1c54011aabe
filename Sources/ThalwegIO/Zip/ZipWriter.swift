import CHDF5
import ThalwegCore

/// The bytes of a ZIP archive of stored members; the same members give the same bytes.
struct ZipWriter {
  private(set) var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0

  /// - Parameter name: ASCII.
  /// Errors: `.invalidArgument` when the archive would need more than 4 GiB.
  mutating func add(_ name: String, _ content: [UInt8]) throws(ThalwegError) {
    guard bytes.count + content.count + 1024 < 0xFFFF_FFFF else {
      throw ThalwegError(.invalidArgument, "the archive would have 4 GiB or more")
    }
    let offset = bytes.count
    // Version 2.0, no flags, stored, 1 January 1980.
    let common =
      ZipWriter.short(20) + ZipWriter.short(0) + ZipWriter.short(0) + ZipWriter.short(0)
      + ZipWriter.short(0x21)
      + ZipWriter.long(Int(tw_crc32(0, content, content.count))) + ZipWriter.long(content.count)
      + ZipWriter.long(content.count) + ZipWriter.short(name.utf8.count) + ZipWriter.short(0)
    bytes += ZipWriter.long(0x0403_4b50) + common + Array(name.utf8)
    bytes += content
    directory += ZipWriter.long(0x0201_4b50) + ZipWriter.short(20) + common + ZipWriter.short(0)
    directory +=
      ZipWriter.short(0) + ZipWriter.short(0) + ZipWriter.long(0) + ZipWriter.long(offset) + Array(name.utf8)
    count += 1
  }

  /// Ends the archive.
  mutating func finish() {
    let start = bytes.count
    bytes += directory
    bytes += ZipWriter.long(0x0605_4b50) + ZipWriter.long(0) + ZipWriter.short(count) + ZipWriter.short(count)
    bytes += ZipWriter.long(directory.count) + ZipWriter.long(start) + ZipWriter.short(0)
  }

  private static func short(_ value: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
  }

  private static func long(_ value: Int) -> [UInt8] { short(value) + short(value >> 16) }
}
