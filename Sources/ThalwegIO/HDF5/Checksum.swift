import CHDF5
import ThalwegCore

/// CRC-32s, added up by the engine's threads.
enum Checksum {
  private static let part = 256 << 10

  /// Of `count` bytes.
  static func of(_ data: UnsafeRawPointer, _ count: Int) -> UInt32 {
    guard count > part else { return tw_crc32(0, data, count) }
    var sums = [UInt32](repeating: 0, count: (count - 1) / part + 1)
    sums.withUnsafeMutableBufferPointer { sums in
      let sums = sums
      parallel(sums.count) { sums[$0] = tw_crc32(0, data + $0 * part, min(part, count - $0 * part)) }
    }
    return joined(sums) { min(part, count - $0 * part) }
  }

  /// Of pieces that lie one behind the other, from those of each.
  static func joined(_ sums: [UInt32], _ byteCount: (Int) -> Int) -> UInt32 {
    sums.indices.reduce(0) { tw_crc32_joined($0, sums[$1], byteCount($1)) }
  }
}

/// Runs `body` for every part; of those that say what went wrong the first.
func firstProblem(_ parts: Int, _ body: (Int) -> String?) -> String? {
  var problems = [String?](repeating: nil, count: parts)
  problems.withUnsafeMutableBufferPointer { problems in
    let problems = problems
    parallel(parts) { problems[$0] = body($0) }
  }
  return problems.lazy.compactMap { $0 }.first
}
