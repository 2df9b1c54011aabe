// Running sums. Each is of all elements up to its place, so packs would not help.

enum RunningSum<E: Element> {
  /// Totals in float64.
  @inline(__always)
  static func loop(_ n: Int64, _ out: MutableAddress?, _ so: Int64, _ a: Address?, _ sa: Int64)
  where E: Real {
    guard let out = out?.assumingMemoryBound(to: E.self), let a = a?.assumingMemoryBound(to: E.self) else {
      return
    }
    var total = 0.0
    for i in 0..<max(0, Int(n)) {
      total += Double(a[i &* Int(sa)])
      out[i &* Int(so)] = E(total)
    }
  }

  /// Wraps.
  @inline(__always)
  static func loop(_ n: Int64, _ out: MutableAddress?, _ so: Int64, _ a: Address?, _ sa: Int64)
  where E: Whole {
    guard let out = out?.assumingMemoryBound(to: E.self), let a = a?.assumingMemoryBound(to: E.self) else {
      return
    }
    var total = E.zero
    for i in 0..<max(0, Int(n)) {
      total &+= a[i &* Int(sa)]
      out[i &* Int(so)] = total
    }
  }
}
