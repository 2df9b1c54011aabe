import CKernels

// Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), a block a lane. The 32-bit
// words are kept in 64-bit lanes, upper half 0, where their full products fit.

/// `width` successive blocks of four words.
struct PhiloxBlocks {
  private(set) var words: (Pack<Int64>, Pack<Int64>, Pack<Int64>, Pack<Int64>)

  /// The blocks from number `first` on of the stream `seed`: the counter is the number in its lower half, the
  /// key the seed.
  @inline(__always)
  init(first: UInt64, seed: UInt64) {
    var numbers = Pack(Int64(bitPattern: first))
    for lane in 0..<width { numbers.lanes[lane] &+= Int64(lane) }
    let zero = Pack<Int64>(0)
    self.init(
      counter: (numbers & PhiloxBlocks.mask, PhiloxBlocks.upper(numbers), zero, zero),
      key: (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed &>> 32)))
  }

  @inline(__always) private static var mask: Int64 { 0xFFFF_FFFF }

  /// The upper word, moved down.
  @inline(__always)
  private static func upper(_ a: Pack<Int64>) -> Pack<Int64> {
    (a >> 32) & mask
  }

  @inline(__always)
  init(counter: (Pack<Int64>, Pack<Int64>, Pack<Int64>, Pack<Int64>), key: (UInt32, UInt32)) {
    var c = counter
    var (k0, k1) = key
    // Upper halves may hold anything until the end. The masks cost nothing: they tell the compiler to multiply
    // the lower halves alone, for which there is an instruction.
    let m0 = Pack<Int64>(0xD251_1F53), m1 = Pack<Int64>(0xCD9E_8D57)
    for _ in 0..<10 {
      let p0 = (c.0 & PhiloxBlocks.mask) * m0, p1 = (c.2 & PhiloxBlocks.mask) * m1
      c = (
        PhiloxBlocks.upper(p1) ^ c.1 ^ Pack(Int64(k0)), p1,
        PhiloxBlocks.upper(p0) ^ c.3 ^ Pack(Int64(k1)), p0
      )
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    let mask = PhiloxBlocks.mask
    words = (c.0 & mask, c.1 & mask, c.2 & mask, c.3 & mask)
  }
}
