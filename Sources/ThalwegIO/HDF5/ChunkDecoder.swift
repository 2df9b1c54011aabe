import CHDF5
import ThalwegCore

/// Reads and decodes one chunk at a time, outside libhdf5; each thread has its own.
struct ChunkDecoder {
  /// Where a chunk is in the file.
  struct Place: Sendable {
    /// nil: it was never written.
    var offset: Int?
    /// As it is stored.
    var size = 0
    /// Bit i: filter i was left out.
    var mask: UInt32 = 0
  }

  /// More than a chunk's own bytes, which checksums between other filters need.
  static let slack = 64

  let layout: HDF5Layout
  let fileSize: Int
  /// Of a chunk.
  let bytes: Int

  /// Room for a chunk between two filters: a piece for it as it is stored, and two for what filters make of it.
  func scratchBytes(_ place: Place) -> Int {
    layout.filters.isEmpty ? 0 : place.size &+ 2 &* (bytes &+ Self.slack)
  }

  /// Puts the chunk's elements at `output`, as they are in the file; nil, or why they cannot be.
  func read(
    _ descriptor: Int32, _ place: Place, to output: UnsafeMutableRawPointer
  ) -> String? {
    guard let offset = place.offset else {
      fill(output)
      return nil
    }
    guard place.size >= 0, offset <= fileSize, place.size <= fileSize - offset else {
      return "the file is truncated or its index damaged: the chunk would end at byte \(offset &+ place.size)"
    }
    var steps: [HDF5Layout.Filter] = []
    for (index, filter) in layout.filters.enumerated().reversed()
    where index > 31 || place.mask >> UInt32(index) & 1 == 0 { steps.append(filter) }
    if steps.isEmpty {
      guard place.size == bytes else { return "it has \(place.size) bytes; expected \(bytes)" }
      return readBytes(descriptor, offset, bytes, to: output)
    }
    let room = scratchBytes(place)
    guard let scratch = try? Memory.allocate(room, for: "hdf5_read") else {
      return "there are no \(room) bytes of memory to decode it"
    }
    defer { Memory.deallocate(scratch, room) }
    if let problem = readBytes(descriptor, offset, place.size, to: scratch) { return problem }
    return decode(scratch, place.size, steps, to: output)
  }

  private func decode(
    _ stored: UnsafeMutableRawPointer, _ size: Int, _ steps: [HDF5Layout.Filter],
    to output: UnsafeMutableRawPointer
  ) -> String? {
    let room = bytes + Self.slack
    var (here, count) = (stored, size)
    // Filters go to and fro between the two pieces, the last one to where the chunk belongs.
    var (next, afterNext) = (stored + size, stored + size + room)
    for (index, step) in steps.enumerated() {
      let isLast = index == steps.count - 1
      let (target, capacity) = isLast ? (output, bytes) : (next, room)
      var made = 0
      switch step {
      case .fletcher32:
        guard tw_fletcher32_matches(here, count) else { return "its fletcher32 checksum is another" }
        count -= 4
        continue
      case .deflate: made = Int(tw_inflate(here, count, target, capacity))
      case .lzf: made = Int(tw_lzf_decode(here, count, target, capacity))
      case .shuffle(let width):
        guard count <= capacity else { return "its filter makes \(count) bytes; expected \(bytes)" }
        tw_unshuffle(here, target, count, width)
        made = count
      }
      guard made >= 0 else {
        return
          "its \(step == .lzf ? "lzf" : "gzip") filter finds no data of its kind, or more than \(bytes) bytes"
      }
      (here, count) = (target, made)
      swap(&next, &afterNext)
    }
    guard count == bytes else { return "its filters make \(count) bytes; expected \(bytes)" }
    if here != output { output.copyMemory(from: here, byteCount: bytes) }
    return nil
  }

  private func fill(_ output: UnsafeMutableRawPointer) {
    guard !layout.fill.allSatisfy({ $0 == 0 }) else {
      output.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      return
    }
    layout.fill.withUnsafeBytes { element in
      guard let base = element.baseAddress else { return }
      for start in stride(from: 0, through: bytes - element.count, by: element.count) {
        (output + start).copyMemory(from: base, byteCount: element.count)
      }
    }
  }
}
