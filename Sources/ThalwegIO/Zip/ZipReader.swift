import CHDF5
import Glibc
import ThalwegCore

/// A ZIP archive (PKWARE's APPNOTE 6.3) in memory: its members by name.
///
/// The list at the end of the file, the central directory, is what counts; a member's own header must agree with it.
/// Members are stored or deflated. Refused are encrypted members, archives of several parts and those of more than
/// 4 GiB (zip64), names that lead out of a folder, and two members of one name. What is not asked for is never inflated.
struct ZipReader {
  struct Member {
    let name: String
    let isDeflated: Bool
    let checksum: UInt32
    let packedSize: Int
    let size: Int
    let offset: Int
  }

  let path: String
  let members: [Member]
  private let bytes: [UInt8]

  private static let mostMembers = 4096
  /// A member may become as many times what is stored of it, and 16 MiB more. Deflate reaches 1032, with nothing but zeros;
  /// weights stay below 2.
  private static let mostGrowth = 200
  static let largestFile = 1 << 32

  /// Errors: `.io` when there is no readable regular file; `.format` when it is no sound archive.
  init(path: String, _ function: String) throws(ThalwegError) {
    try self.init(
      bytes: try FileBytes.read(path, atMost: ZipReader.largestFile, function), path: path, function)
  }

  init(bytes: [UInt8], path: String, _ function: String) throws(ThalwegError) {
    self.path = path
    self.bytes = bytes
    func damaged(_ what: String) -> ThalwegError {
      ThalwegError(.format, "\(function): '\(path)' is no sound ZIP archive: \(what)")
    }
    func short(_ at: Int) -> Int { Int(bytes[at]) | Int(bytes[at + 1]) << 8 }
    func long(_ at: Int) -> Int { short(at) | short(at + 2) << 16 }

    // The end record is 22 bytes and a comment of at most 65535.
    var end = bytes.count - 22
    let least = max(0, bytes.count - 22 - 65535)
    while end >= least,
      !(bytes[end] == 0x50 && long(end) == 0x0605_4b50 && end + 22 + short(end + 20) == bytes.count)
    {
      end -= 1
    }
    guard end >= least, end >= 0 else { throw damaged("it has no end record") }
    let count = short(end + 10)
    let (size, start) = (long(end + 12), long(end + 16))
    guard short(end + 4) == 0, short(end + 6) == 0, short(end + 8) == count else {
      throw damaged("it is one of several parts")
    }
    guard count != 0xFFFF, size != 0xFFFF_FFFF, start != 0xFFFF_FFFF else {
      throw damaged("it is a zip64 archive, of 4 GiB or more, which is not read")
    }
    guard count <= ZipReader.mostMembers else { throw damaged("it has \(count) members") }
    guard start + size == end else { throw damaged("its directory is not where it should be") }

    var found: [Member] = []
    var names: Set<String> = []
    var ranges: [Range<Int>] = []
    var place = start
    for index in 0..<count {
      guard place + 46 <= end, long(place) == 0x0201_4b50 else { throw damaged("entry \(index) is cut off") }
      let (flags, method) = (short(place + 8), short(place + 10))
      let (packed, full) = (long(place + 20), long(place + 24))
      let (nameLength, extra, comment) = (short(place + 28), short(place + 30), short(place + 32))
      let offset = long(place + 42)
      let next = place + 46 + nameLength + extra + comment
      guard next <= end else { throw damaged("entry \(index) is cut off") }
      let raw = Array(bytes[(place + 46)..<(place + 46 + nameLength)])
      guard let name = String(validating: raw, as: UTF8.self), ZipReader.isPlain(name) else {
        throw damaged("the name of entry \(index) leads out of the archive or is no text")
      }
      guard names.insert(name).inserted else { throw damaged("two members have the name \(name.prefix(64))") }
      guard flags & 0x2041 == 0 else { throw damaged("\(name.prefix(64)) is encrypted") }
      guard method == 0 || method == 8 else {
        throw damaged("\(name.prefix(64)) is packed by method \(method); stored and deflated ones are read")
      }
      guard packed != 0xFFFF_FFFF, full != 0xFFFF_FFFF, offset != 0xFFFF_FFFF, method == 8 || packed == full,
        full <= packed * 1032 + 64
      else { throw damaged("the sizes of \(name.prefix(64)), \(packed) and \(full), cannot be") }
      // The member's own header.
      guard offset + 30 <= start, long(offset) == 0x0403_4b50 else {
        throw damaged("\(name.prefix(64)) is not where the directory says")
      }
      let data = offset + 30 + short(offset + 26) + short(offset + 28)
      guard data + packed <= start, short(offset + 8) == method, short(offset + 26) == nameLength,
        bytes[(offset + 30)..<(offset + 30 + nameLength)].elementsEqual(raw)
      else { throw damaged("\(name.prefix(64)) has another header than the directory says") }
      ranges.append(offset..<(data + packed))
      found.append(
        Member(
          name: name, isDeflated: method == 8, checksum: UInt32(truncatingIfNeeded: long(place + 16)),
          packedSize: packed, size: full, offset: data))
      place = next
    }
    guard place == end else { throw damaged("its directory has bytes that belong to no entry") }
    // Members that overlap are what an archive of a few bytes needs to become large.
    ranges.sort { $0.lowerBound < $1.lowerBound }
    for (one, other) in zip(ranges, ranges.dropFirst()) where one.upperBound > other.lowerBound {
      throw damaged("members overlap")
    }
    members = found
  }

  /// Whether a name stays in its archive: no "..", no root, no backslash, no control characters.
  private static func isPlain(_ name: String) -> Bool {
    guard !name.isEmpty, name.utf8.count <= 4096, !name.hasPrefix("/"),
      name.utf8.allSatisfy({ $0 >= 32 && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: ":") && $0 != 127 })
    else { return false }
    return name.split(separator: "/").allSatisfy { $0 != ".." && $0 != "." }
  }

  func has(_ name: String) -> Bool { members.contains { $0.name == name } }

  /// The bytes of a member, checked.
  /// Errors: `.format` when it is missing, damaged or larger than `most`; `.outOfMemory`.
  func read(_ name: String, atMost most: Int, _ function: String) throws(ThalwegError) -> [UInt8] {
    guard let member = members.first(where: { $0.name == name }) else {
      throw ThalwegError(.format, "\(function): '\(path)' has no member \(name)")
    }
    guard member.size <= most else {
      throw ThalwegError(
        .format, "\(function): \(name) in '\(path)' has \(member.size) bytes; at most \(most) are read")
    }
    guard member.size <= 16 << 20 || member.size / Self.mostGrowth <= member.packedSize else {
      throw ThalwegError(
        .format,
        """
        \(function): \(name) in '\(path)' claims to become \(member.size) bytes of \(member.packedSize), more than data \
        reasonably does
        """)
    }
    let packed = bytes[member.offset..<(member.offset + member.packedSize)]
    var result = Array(packed)
    if member.isDeflated {
      var status: Int32 = 1
      result = [UInt8](unsafeUninitializedCapacity: max(member.size, 1)) { buffer, count in
        guard let target = buffer.baseAddress else { return }
        packed.withUnsafeBytes { source in
          if let base = source.baseAddress {
            status = tw_zip_inflate(base, source.count, target, member.size)
          }
        }
        count = status == 0 ? member.size : 0
      }
      guard status != 2 else { throw ThalwegError(.outOfMemory, "\(function): no memory to inflate \(name)") }
      guard status == 0 else {
        throw ThalwegError(.format, "\(function): \(name) in '\(path)' is damaged: it does not inflate")
      }
    }
    guard tw_crc32(0, result, result.count) == member.checksum else {
      throw ThalwegError(.format, "\(function): \(name) in '\(path)' is damaged: its checksum does not match")
    }
    return result
  }
}
