import CKernels

// Random elements. Element i of a stream is a function of (seed, i) alone: float32 takes one word of block i / 4,
// float64 two words of block i / 2. Whole groups of blocks are made in lanes and then put in order.

/// How blocks become elements of a type.
protocol RandomElement: Element {
  /// Elements that `width` blocks make.
  static var groupSize: Int { get }
  static var elementsPerBlock: Int { get }
  /// Uniform in [0, 1), in order, at `out`.
  static func uniform(_ blocks: PhiloxBlocks, _ out: UnsafeMutablePointer<Self>)
  /// Standard normal, in order, at `out`.
  static func normal(_ blocks: PhiloxBlocks, _ out: UnsafeMutablePointer<Self>)
}

extension Float: RandomElement {
  @inline(__always) static var groupSize: Int { 4 &* width }
  @inline(__always) static var elementsPerBlock: Int { 4 }

  /// The upper 24 bits of a word: 23 of them make a number in [1, 2), the last is added as half a unit.
  @inline(__always)
  private static func unit(_ word: Pack<Int64>) -> Pack<Float> {
    let bits = Pack<Int32>(tk_i64_to_i32(word.lanes))
    let upper = ((bits >> 9) & 0x7F_FFFF) | Pack(0x3F80_0000)
    // The bit of value 2^-24, as float bits: 0x33800000 or 0.
    let last = (Pack<Int32>(0) - ((bits >> 8) & 1)) & 0x3380_0000
    return (Pack<Float>(bits: upper) - Pack(1)) + Pack<Float>(bits: last)
  }

  /// a0 b0 c0 d0 a1 b1 ...
  @inline(__always)
  private static func interleave(
    _ a: Pack<Float>, _ b: Pack<Float>, _ c: Pack<Float>, _ d: Pack<Float>, _ out: UnsafeMutablePointer<Float>
  ) {
    let acLow = tk_zip_low_f32(a.lanes, c.lanes), acHigh = tk_zip_high_f32(a.lanes, c.lanes)
    let bdLow = tk_zip_low_f32(b.lanes, d.lanes), bdHigh = tk_zip_high_f32(b.lanes, d.lanes)
    Pack(tk_zip_low_f32(acLow, bdLow)).store(out)
    Pack(tk_zip_high_f32(acLow, bdLow)).store(out + width)
    Pack(tk_zip_low_f32(acHigh, bdHigh)).store(out + 2 &* width)
    Pack(tk_zip_high_f32(acHigh, bdHigh)).store(out + 3 &* width)
  }

  @inline(__always)
  static func uniform(_ blocks: PhiloxBlocks, _ out: UnsafeMutablePointer<Float>) {
    let w = blocks.words
    interleave(unit(w.0), unit(w.1), unit(w.2), unit(w.3), out)
  }

  @inline(__always)
  static func normal(_ blocks: PhiloxBlocks, _ out: UnsafeMutablePointer<Float>) {
    let w = blocks.words
    let x = Pack.boxMuller(unit(w.0), unit(w.1)), y = Pack.boxMuller(unit(w.2), unit(w.3))
    interleave(x.0, x.1, y.0, y.1, out)
  }
}

extension Double: RandomElement {
  @inline(__always) static var groupSize: Int { 2 &* width }
  @inline(__always) static var elementsPerBlock: Int { 2 }

  /// The upper 53 bits of two words, the second one the upper: as for float32.
  @inline(__always)
  private static func unit(_ low: Pack<Int64>, _ high: Pack<Int64>) -> Pack<Double> {
    let bits = (high << 32) | low
    let upper = ((bits >> 12) & 0xF_FFFF_FFFF_FFFF) | Pack(0x3FF0_0000_0000_0000)
    let last = (Pack<Int64>(0) - ((bits >> 11) & 1)) & 0x3CA0_0000_0000_0000  // 2^-53
    return (Pack<Double>(bits: upper) - Pack(1)) + Pack<Double>(bits: last)
  }

  @inline(__always)
  private static func interleave(_ a: Pack<Double>, _ b: Pack<Double>, _ out: UnsafeMutablePointer<Double>) {
    Pack(tk_zip_low_f64(a.lanes, b.lanes)).store(out)
    Pack(tk_zip_high_f64(a.lanes, b.lanes)).store(out + width)
  }

  @inline(__always)
  static func uniform(_ blocks: PhiloxBlocks, _ out: UnsafeMutablePointer<Double>) {
    let w = blocks.words
    interleave(unit(w.0, w.1), unit(w.2, w.3), out)
  }

  @inline(__always)
  static func normal(_ blocks: PhiloxBlocks, _ out: UnsafeMutablePointer<Double>) {
    let w = blocks.words
    let x = Pack.boxMuller(unit(w.0, w.1), unit(w.2, w.3))
    interleave(x.0, x.1, out)
  }
}

extension Pack where E: Real {
  /// Two normal numbers from two uniform ones (Box and Muller 1958). 1 - u is never 0.
  @inline(__always)
  static func boxMuller(_ u: Pack, _ v: Pack) -> (Pack, Pack) {
    let radius = (Pack(-2) * (Pack(1) - u).log()).squareRoot
    let (sin, cos) = v.sinCosTurn()
    return (radius * cos, radius * sin)
  }
}

enum RandomFill<E: Real> {
  /// n elements from number `offset` on. `make` makes whole groups; `finish` maps them.
  @inline(__always)
  private static func fill(
    _ n: Int, _ out: UnsafeMutablePointer<E>, _ seed: UInt64, _ offset: UInt64,
    _ make: (PhiloxBlocks, UnsafeMutablePointer<E>) -> Void, _ finish: (Pack<E>) -> Pack<E>
  ) {
    let perBlock = UInt64(E.elementsPerBlock)
    var block = offset / perBlock
    var skip = Int(offset % perBlock)  // elements of the first block that are not wanted
    var buffer = InlineArray<4, SIMD16<Double>>(repeating: .zero)  // one group
    withUnsafeMutableBytes(of: &buffer) { buffer in
      let group = buffer.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: E.self)
      var i = 0
      while i < n {
        let blocks = PhiloxBlocks(first: block, seed: seed)
        let m = min(n &- i, E.groupSize &- skip)
        let whole = m == E.groupSize
        make(blocks, whole ? out + i : group)
        let from = whole ? out + i : group + skip
        forEachPack(m) { j, count in
          finish(Pack(UnsafePointer(from + j), count)).store(out + i + j, count)
        }
        i &+= m
        skip = 0
        block &+= UInt64(width)
      }
    }
  }

  /// In [low, high): rounding may not reach high.
  @inline(never)
  static func uniform(
    _ n: Int64, _ out: MutableAddress?, _ seed: UInt64, _ offset: UInt64, _ low: Double, _ high: Double
  ) {
    guard let out = out?.assumingMemoryBound(to: E.self), n > 0 else { return }
    let start = Pack(E(low)), range = Pack(E(high) - E(low))
    let last = Pack(E(high).nextDown > E(low) ? E(high).nextDown : E(low))
    fill(Int(n), out, seed, offset, E.uniform) { u in
      let x = start + range * u
      return Pack.select(x > last, last, x)
    }
  }

  /// 0 where a number in [0, 1) is below `threshold`, else `value`.
  @inline(never)
  static func mask(
    _ n: Int64, _ out: MutableAddress?, _ seed: UInt64, _ offset: UInt64, _ threshold: Double, _ value: Double
  ) {
    guard let out = out?.assumingMemoryBound(to: E.self), n > 0 else { return }
    let limit = Pack(E(threshold)), kept = Pack(E(value))
    fill(Int(n), out, seed, offset, E.uniform) { u in Pack.select(u < limit, Pack(0), kept) }
  }

  @inline(never)
  static func normal(
    _ n: Int64, _ out: MutableAddress?, _ seed: UInt64, _ offset: UInt64, _ mean: Double, _ deviation: Double
  ) {
    guard let out = out?.assumingMemoryBound(to: E.self), n > 0 else { return }
    let centre = Pack(E(mean)), scale = Pack(E(deviation))
    fill(Int(n), out, seed, offset, E.normal) { z in z.times(scale, plus: centre) }
  }
}
