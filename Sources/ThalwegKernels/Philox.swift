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
    self.init(started: first)
    run((UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed &>> 32)))
  }

  /// Twice as many, in turns: the rounds of one wait for each other, those of the other fill the time.
  @inline(__always)
  static func pair(first: UInt64, seed: UInt64) -> (PhiloxBlocks, PhiloxBlocks) {
    var a = PhiloxBlocks(started: first), b = PhiloxBlocks(started: first &+ UInt64(width))
    let key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed &>> 32))
    var keyA = key, keyB = key
    @inline(__always)
    func twoRounds() {
      a.round(&keyA)
      b.round(&keyB)
      a.round(&keyA)
      b.round(&keyB)
    }
    twoRounds()
    twoRounds()
    twoRounds()
    twoRounds()
    twoRounds()
    a.finish()
    b.finish()
    return (a, b)
  }

  /// Before the first round.
  @inline(__always)
  private init(started first: UInt64) {
    var places = Pack<Int64>(0)
    for lane in 0..<width { places.lanes[lane] = Int64(lane) }
    let numbers = Pack(Int64(bitPattern: first)) + places
    words = (numbers & PhiloxBlocks.mask, PhiloxBlocks.upper(numbers), Pack(0), Pack(0))
  }

  @inline(__always)
  private mutating func finish() {
    let mask = PhiloxBlocks.mask
    words = (words.0 & mask, words.1 & mask, words.2 & mask, words.3 & mask)
  }

  @inline(__always) private static var mask: Int64 { 0xFFFF_FFFF }

  /// The upper word, moved down.
  @inline(__always)
  private static func upper(_ a: Pack<Int64>) -> Pack<Int64> {
    (a >> 32) & mask
  }

  @inline(__always)
  init(counter: (Pack<Int64>, Pack<Int64>, Pack<Int64>, Pack<Int64>), key: (UInt32, UInt32)) {
    words = counter
    run(key)
  }

  /// Ten rounds, written out: in a loop the processor would wait for one block before it begins the next.
  @inline(__always)
  private mutating func run(_ first: (UInt32, UInt32)) {
    var key = first
    round(&key)
    round(&key)
    round(&key)
    round(&key)
    round(&key)
    round(&key)
    round(&key)
    round(&key)
    round(&key)
    round(&key)
    finish()
  }

  /// Upper halves may hold anything until the end. The masks cost nothing: they tell the compiler to multiply the lower
  /// halves alone, for which there is an instruction.
  @inline(__always)
  private mutating func round(_ key: inout (UInt32, UInt32)) {
    let p0 = (words.0 & PhiloxBlocks.mask) * Pack<Int64>(0xD251_1F53)
    let p1 = (words.2 & PhiloxBlocks.mask) * Pack<Int64>(0xCD9E_8D57)
    words = (
      PhiloxBlocks.upper(p1) ^ words.1 ^ Pack(Int64(key.0)), p1,
      PhiloxBlocks.upper(p0) ^ words.3 ^ Pack(Int64(key.1)), p0
    )
    key = (key.0 &+ 0x9E37_79B9, key.1 &+ 0xBB67_AE85)
  }

  /// The words in the stream's order, the four of a block behind each other, `width` a pack.
  @inline(__always)
  var inOrder: (Pack<Int32>, Pack<Int32>, Pack<Int32>, Pack<Int32>) {
    // A lane of 64 bits has two words, so two packs of them have all four in turns.
    let a = words.0 | (words.1 << 32), b = words.2 | (words.3 << 32)
    let low = PhiloxBlocks.halves(tk_zip_low_i64(a.lanes, b.lanes))
    let high = PhiloxBlocks.halves(tk_zip_high_i64(a.lanes, b.lanes))
    return (low.0, low.1, high.0, high.1)
  }

  @inline(__always)
  private static func halves(_ a: Lanes<Int64>) -> (Pack<Int32>, Pack<Int32>) {
    let both = unsafeBitCast(a, to: (Lanes<Int32>, Lanes<Int32>).self)
    return (Pack(both.0), Pack(both.1))
  }
}
