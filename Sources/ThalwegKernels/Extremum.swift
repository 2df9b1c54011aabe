// Where the extremum is. Two passes: its value, then the first place that holds it. NaN counts as the extremum.

enum ArgumentOf<Extremum: Fold> {
  typealias E = Extremum.Input

  /// The index of the first of r elements side by side that equals `value` (or is NaN, if `value` is).
  @inline(__always)
  private static func firstIndex(_ r: Int, _ a: UnsafePointer<E>, _ value: Pack<E>) -> Int {
    let isNaN = value.isNaN
    var j = 0
    while j < r {
      let x = Pack(a + j, min(width, r &- j), fill: Pack(a[0]))
      let found = (x == value) | (x.isNaN & isNaN)
      if found.any {
        let bytes = found.bytes
        // Lanes past the end repeat element 0, which would have been found in the first pack.
        for lane in 0..<width where bytes[lane] != 0 { return j &+ lane }
      }
      j &+= width
    }
    return 0
  }

  /// Whether x replaces the extremum so far.
  @inline(__always)
  private static func replaces(_ x: E, _ best: E) -> Bool {
    if best != best { return false }
    if x != x { return true }
    return x != best && Extremum.apply(Pack(x), Pack(best))[0] == x
  }

  @inline(__always)
  static func reduce(
    _ n: Int64, _ r: Int64, _ out: MutableAddress?, _ so: Int64, _ a: Address?, _ sn: Int64, _ sr: Int64,
    _ accumulate: Int32
  ) {
    guard let out = out?.assumingMemoryBound(to: Int64.self), n > 0, r > 0,
      let a = a?.assumingMemoryBound(to: E.self)
    else { return }
    let n = Int(n), r = Int(r), so = Int(so), sn = Int(sn), sr = Int(sr)
    for i in 0..<n {
      let first = a + i &* sn
      if sr == 1 {
        out[i &* so] = Int64(firstIndex(r, first, Extremum.row(r, first)))
      } else {
        var best = first[0], index = 0
        for j in 1..<r where replaces(first[j &* sr], best) {
          best = first[j &* sr]
          index = j
        }
        out[i &* so] = Int64(index)
      }
    }
  }
}
