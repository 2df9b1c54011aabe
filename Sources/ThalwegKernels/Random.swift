import CKernels

// Random elements. Element i of a stream is a function of (seed, i) alone: float32 takes one word of block i / 4,
// float64 two words of block i / 2. Whole groups of blocks are made in lanes and then put in order.

/// How blocks become elements of a type.
protocol RandomElement: Element {
  /// Elements that `width` blocks make.
  static var groupSize: Int { get }
  static var elementsPerBlock: Int { get }
  /// What `map` makes of numbers uniform in [0, 1), or standard normal, in order, at `out`.
  static func make<Map: RandomMap<Self>>(
    _ blocks: PhiloxBlocks, _ map: Map, _ out: UnsafeMutablePointer<Self>)
}

/// A function of random numbers.
protocol RandomMap<E> {
  associatedtype E: Element
  /// Whether of normal ones, or uniform ones.
  static var isNormal: Bool { get }
  func apply(_ x: Pack<E>) -> Pack<E>
}

extension Float: RandomElement {
  @inline(__always) static var groupSize: Int { 4 &* width }
  @inline(__always) static var elementsPerBlock: Int { 4 }

  /// The upper 24 bits of a word.
  @inline(__always)
  private static func unit(_ word: Pack<Int32>) -> Pack<Float> {
    Pack(tk_i32_to_f32(((word >> 8) & 0xFF_FFFF).lanes)) * Pack(0x1p-24)
  }

  @inline(__always)
  private static func unit(_ word: Pack<Int64>) -> Pack<Float> {
    unit(Pack<Int32>(tk_i64_to_i32(word.lanes)))
  }

  @inline(__always)
  private static func store(
    _ a: Pack<Float>, _ b: Pack<Float>, _ c: Pack<Float>, _ d: Pack<Float>, _ out: UnsafeMutablePointer<Float>
  ) {
    a.store(out)
    b.store(out + width)
    c.store(out + 2 &* width)
    d.store(out + 3 &* width)
  }

  @inline(__always)
  static func make<Map: RandomMap<Float>>(
    _ blocks: PhiloxBlocks, _ map: Map, _ out: UnsafeMutablePointer<Float>
  ) {
    if !Map.isNormal {
      let w = blocks.inOrder
      store(map.apply(unit(w.0)), map.apply(unit(w.1)), map.apply(unit(w.2)), map.apply(unit(w.3)), out)
      return
    }
    let w = blocks.words
    let (a, b) = Pack.boxMuller(unit(w.0), unit(w.1)), (c, d) = Pack.boxMuller(unit(w.2), unit(w.3))
    let x = (map.apply(a), map.apply(b), map.apply(c), map.apply(d))
    // a0 b0 c0 d0 a1 b1 ...
    let acLow = tk_zip_low_f32(x.0.lanes, x.2.lanes), acHigh = tk_zip_high_f32(x.0.lanes, x.2.lanes)
    let bdLow = tk_zip_low_f32(x.1.lanes, x.3.lanes), bdHigh = tk_zip_high_f32(x.1.lanes, x.3.lanes)
    store(
      Pack(tk_zip_low_f32(acLow, bdLow)), Pack(tk_zip_high_f32(acLow, bdLow)),
      Pack(tk_zip_low_f32(acHigh, bdHigh)), Pack(tk_zip_high_f32(acHigh, bdHigh)), out)
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
  static func make<Map: RandomMap<Double>>(
    _ blocks: PhiloxBlocks, _ map: Map, _ out: UnsafeMutablePointer<Double>
  ) {
    let w = blocks.words
    var x = (unit(w.0, w.1), unit(w.2, w.3))
    if Map.isNormal { x = Pack.boxMuller(x.0, x.1) }
    interleave(map.apply(x.0), map.apply(x.1), out)
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

/// low + range u, but never above `last`: rounding may not reach the end.
private struct InRange<E: Real>: RandomMap {
  let low: Pack<E>, range: Pack<E>, last: Pack<E>

  @inline(__always) static var isNormal: Bool { false }
  @inline(__always)
  func apply(_ x: Pack<E>) -> Pack<E> {
    let y = low + range * x
    return Pack.select(y > last, last, y)
  }
}

/// 0 below the limit, else `kept`.
private struct Kept<E: Real>: RandomMap {
  let limit: Pack<E>, kept: Pack<E>

  @inline(__always) static var isNormal: Bool { false }
  @inline(__always)
  func apply(_ x: Pack<E>) -> Pack<E> { Pack.select(x < limit, Pack(0), kept) }
}

private struct Scaled<E: Real>: RandomMap {
  let centre: Pack<E>, scale: Pack<E>

  @inline(__always) static var isNormal: Bool { true }
  @inline(__always)
  func apply(_ x: Pack<E>) -> Pack<E> { x.times(scale, plus: centre) }
}

enum RandomFill<E: Real> {
  /// n elements from number `offset` on. Whole groups go straight to their place.
  @inline(__always)
  private static func fill<Map: RandomMap<E>>(
    _ n: Int, _ out: UnsafeMutablePointer<E>, _ seed: UInt64, _ offset: UInt64, _ map: Map
  ) {
    let perBlock = UInt64(E.elementsPerBlock)
    var block = offset / perBlock
    var skip = Int(offset % perBlock)  // elements of the first block that are not wanted
    var i = 0
    while i < n {
      if skip == 0 {
        while i &+ E.groupSize <= n {
          E.make(PhiloxBlocks(first: block, seed: seed), map, out + i)
          i &+= E.groupSize
          block &+= UInt64(width)
        }
        if i == n { return }
      }
      i &+= part(n &- i, out + i, skip, PhiloxBlocks(first: block, seed: seed), map)
      skip = 0
      block &+= UInt64(width)
    }
  }

  /// What of a group is wanted, at most n elements; returns how many.
  @inline(__always)
  private static func part<Map: RandomMap<E>>(
    _ n: Int, _ out: UnsafeMutablePointer<E>, _ skip: Int, _ blocks: PhiloxBlocks, _ map: Map
  ) -> Int {
    var buffer = InlineArray<4, SIMD16<Double>>(repeating: .zero)  // one group
    let m = min(n, E.groupSize &- skip)
    withUnsafeMutableBytes(of: &buffer) { buffer in
      let group = buffer.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: E.self)
      E.make(blocks, map, group)
      for j in 0..<m { out[j] = group[skip &+ j] }
    }
    return m
  }

  /// In [low, high): rounding may not reach high.
  @inline(never)
  static func uniform(
    _ n: Int64, _ out: MutableAddress?, _ seed: UInt64, _ offset: UInt64, _ low: Double, _ high: Double
  ) {
    guard let out = out?.assumingMemoryBound(to: E.self), n > 0 else { return }
    let last = E(high).nextDown > E(low) ? E(high).nextDown : E(low)
    let map = InRange(low: Pack(E(low)), range: Pack(E(high) - E(low)), last: Pack(last))
    fill(Int(n), out, seed, offset, map)
  }

  /// 0 where a number in [0, 1) is below `threshold`, else `value`.
  @inline(never)
  static func mask(
    _ n: Int64, _ out: MutableAddress?, _ seed: UInt64, _ offset: UInt64, _ threshold: Double, _ value: Double
  ) {
    guard let out = out?.assumingMemoryBound(to: E.self), n > 0 else { return }
    fill(Int(n), out, seed, offset, Kept(limit: Pack(E(threshold)), kept: Pack(E(value))))
  }

  @inline(never)
  static func normal(
    _ n: Int64, _ out: MutableAddress?, _ seed: UInt64, _ offset: UInt64, _ mean: Double, _ deviation: Double
  ) {
    guard let out = out?.assumingMemoryBound(to: E.self), n > 0 else { return }
    fill(Int(n), out, seed, offset, Scaled(centre: Pack(E(mean)), scale: Pack(E(deviation))))
  }
}
