/// The sizes that memory is cached in: multiples of 64 bytes up to 1024, then eight steps to a doubling, so
/// that at most an eighth of a block is wasted.
enum SizeClass {
  /// Up to here a thread's own shard keeps blocks; larger ones are shared by all threads.
  static let smallLimit = 64 * 1024
  /// Classes of blocks up to `smallLimit`.
  static let smallCount = 64
  /// The largest request that is passed on to the allocator; more than any address space has.
  static let maximum = 1 << 46
  /// Classes of blocks up to `maximum`.
  static let count = 16 + (46 - 10) * 8

  /// The class of the smallest size that holds `bytes`, 0 <= bytes <= maximum.
  @inline(__always)
  static func index(of bytes: Int) -> Int {
    let last = bytes == 0 ? 0 : bytes &- 1
    if last < 1024 { return last &>> 6 }
    let exponent = 63 &- last.leadingZeroBitCount
    return 16 &+ (exponent &- 10) &* 8 &+ ((last &>> (exponent &- 3)) & 7)
  }

  /// The bytes that blocks of a class hold.
  @inline(__always)
  static func size(_ index: Int) -> Int {
    if index < 16 { return (index &+ 1) &<< 6 }
    let step = index &- 16
    return (step & 7 &+ 9) &<< (step &>> 3 &+ 7)
  }
}
