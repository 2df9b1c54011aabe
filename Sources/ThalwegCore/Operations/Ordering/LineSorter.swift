/// Finds the order of a line of keys (see `Order.keys`); equal ones stay as they are. Long lines digit by digit, the lowest
/// first (Knuth, "The Art of Computer Programming" 5.2.5), short ones by merging.
struct LineSorter {
  let length: Int
  /// Whether the upper half of the keys says all: places then fit into the lower one.
  let isNarrow: Bool
  let descending: Bool

  typealias Numbers = UnsafeMutablePointer<UInt64>

  private static var digits: Int { 256 }
  /// From here on digits are worth their counting.
  private static var leastForDigits: Int { 192 }

  private var isPacked: Bool { isNarrow && length <= Int(UInt32.max) }
  private var passes: Range<Int> { isPacked ? 4..<8 : 0..<8 }

  /// Numbers that `run` needs as work space.
  var workSize: Int { 8 &* LineSorter.digits &+ (isPacked ? 2 : 4) &* length }

  func run(_ key: UnsafePointer<UInt64>, _ place: UnsafeMutablePointer<Int64>, _ work: Numbers) {
    if length < LineSorter.leastForDigits { return merge(key, place, work) }
    let flip: UInt64 = descending ? .max : 0
    let counts = work
    counts.update(repeating: 0, count: 8 &* LineSorter.digits)
    for i in 0..<length {
      let bits = key[i] ^ flip
      for pass in passes {
        counts[pass &* LineSorter.digits &+ Int(truncatingIfNeeded: bits >> UInt64(8 &* pass) & 255)] &+= 1
      }
    }
    let from = work + 8 &* LineSorter.digits
    isPacked ? sortPacked(key, flip, counts, from, place) : sortPairs(key, flip, counts, from, place)
  }

  /// Whether all keys have one digit; else the counts become the places of each digit's first.
  private func isOne(_ count: Numbers) -> Bool {
    var sum: UInt64 = 0
    for digit in 0..<LineSorter.digits {
      let own = count[digit]
      if own == UInt64(length) { return true }
      count[digit] = sum
      sum &+= own
    }
    return false
  }

  private func sortPacked(
    _ key: UnsafePointer<UInt64>, _ flip: UInt64, _ counts: Numbers, _ first: Numbers,
    _ place: UnsafeMutablePointer<Int64>
  ) {
    var (from, to) = (first, first + length)
    for i in 0..<length { from[i] = (key[i] ^ flip) & ~0xFFFF_FFFF | UInt64(i) }
    for pass in passes {
      let next = counts + pass &* LineSorter.digits
      if isOne(next) { continue }
      let shift = UInt64(8 &* pass)
      for i in 0..<length {
        let item = from[i]
        let digit = Int(truncatingIfNeeded: item >> shift & 255)
        to[Int(next[digit])] = item
        next[digit] &+= 1
      }
      swap(&from, &to)
    }
    for i in 0..<length { place[i] = Int64(from[i] & 0xFFFF_FFFF) }
  }

  private func sortPairs(
    _ key: UnsafePointer<UInt64>, _ flip: UInt64, _ counts: Numbers, _ first: Numbers,
    _ place: UnsafeMutablePointer<Int64>
  ) {
    // Key and place side by side.
    var (from, to) = (first, first + 2 &* length)
    for i in 0..<length { (from[2 &* i], from[2 &* i &+ 1]) = (key[i] ^ flip, UInt64(i)) }
    for pass in passes {
      let next = counts + pass &* LineSorter.digits
      if isOne(next) { continue }
      let shift = UInt64(8 &* pass)
      for i in 0..<length {
        let item = from[2 &* i]
        let digit = Int(truncatingIfNeeded: item >> shift & 255)
        let target = 2 &* Int(next[digit])
        (to[target], to[target &+ 1]) = (item, from[2 &* i &+ 1])
        next[digit] &+= 1
      }
      swap(&from, &to)
    }
    for i in 0..<length { place[i] = Int64(from[2 &* i &+ 1]) }
  }

  private func merge(
    _ key: UnsafePointer<UInt64>, _ place: UnsafeMutablePointer<Int64>, _ work: Numbers
  ) {
    let room = UnsafeMutableRawPointer(work).assumingMemoryBound(to: Int64.self)
    for i in 0..<length { place[i] = Int64(i) }
    if descending {
      Order.sort(place, room, length) { key[Int($0)] > key[Int($1)] }
    } else {
      Order.sort(place, room, length) { key[Int($0)] < key[Int($1)] }
    }
  }
}
