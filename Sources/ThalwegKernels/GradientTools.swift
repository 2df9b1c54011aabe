import CKernels
private import Glibc

/// What clipping and averaging need of gradients and weights.
enum GradientTools<E: Real> {
  @inline(__always)
  static func average(_ n: Int64, _ average: MutableAddress?, _ parameter: Address?, _ weight: Double) {
    guard let a = average?.assumingMemoryBound(to: E.self), n > 0,
      let p = parameter?.assumingMemoryBound(to: E.self)
    else { return }
    let weight = Pack(E(weight))
    forEachPack(Int(n)) { i, count in
      let old = Pack(UnsafePointer(a + i), count)
      weight.times(Pack(p + i, count) - old, plus: old).store(a + i, count)
    }
  }

  @inline(__always)
  static func scale(_ n: Int64, _ x: MutableAddress?, _ factor: Double) {
    guard let x = x?.assumingMemoryBound(to: E.self), n > 0 else { return }
    let factor = Pack(E(factor))
    forEachPack(Int(n)) { i, count in (Pack(UnsafePointer(x + i), count) * factor).store(x + i, count) }
  }

  @inline(__always)
  static func clip(_ n: Int64, _ x: MutableAddress?, _ limit: Double) {
    guard let x = x?.assumingMemoryBound(to: E.self), n > 0 else { return }
    let high = Pack(E(limit)), low = Pack(E(-limit))
    forEachPack(Int(n)) { i, count in
      let value = Pack(UnsafePointer(x + i), count)
      Pack.select(high < value, high, Pack.select(value < low, low, value)).store(x + i, count)
    }
  }

  @inline(__always)
  static func norm(_ n: Int64, _ x: Address?, _ p: Double) -> Double {
    guard let x = x?.assumingMemoryBound(to: E.self), n > 0 else { return 0 }
    if p == 2 { return sum(Int(n), x) { $0 * $0 } }
    if p == 1 { return sum(Int(n), x) { $0.magnitude } }
    if p == .infinity { return largest(Int(n), x) }
    return sum(Int(n), x) { $0.each { pow(abs($0), p) } }
  }

  /// In float64, where squares of float32 numbers neither overflow nor vanish; four sums, so that additions overlap.
  @inline(__always)
  private static func sum(_ n: Int, _ x: UnsafePointer<E>, _ term: (Pack<Double>) -> Pack<Double>) -> Double {
    var (s0, s1, s2, s3) = (Pack<Double>(0), Pack<Double>(0), Pack<Double>(0), Pack<Double>(0))
    var i = 0
    while i &+ 4 &* width <= n {
      s0 = s0 + term(Pack(x + i).wide)
      s1 = s1 + term(Pack(x + i + width).wide)
      s2 = s2 + term(Pack(x + i + 2 &* width).wide)
      s3 = s3 + term(Pack(x + i + 3 &* width).wide)
      i &+= 4 &* width
    }
    while i < n {
      s0 = s0 + term(Pack(x + i, min(width, n &- i)).wide)
      i &+= width
    }
    return ((s0 + s1) + (s2 + s3)).folded { $0 + $1 }[0]
  }

  @inline(__always)
  private static func largest(_ n: Int, _ x: UnsafePointer<E>) -> Double {
    var result = Pack(E.zero)
    forEachPack(n) { i, count in result = Maximum.apply(result, Pack(x + i, count).magnitude) }
    return Double(result.folded { Maximum.apply($0, $1) }[0])
  }
}
