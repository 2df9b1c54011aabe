// Packing: what the micro-kernel reads goes into panels, in the order in which it is read.

extension Gemm {
  @inline(__always)
  static func packA(
    _ m: Int64, _ k: Int64, _ a: Address?, _ rs: Int64, _ cs: Int64, _ packed: MutableAddress?
  ) {
    guard let a = a?.assumingMemoryBound(to: E.self), let packed = packed?.assumingMemoryBound(to: E.self)
    else { return }
    packRows(Int(m), Int(k), a, Int(rs), Int(cs), packed)
  }

  @inline(__always)
  static func packB(
    _ k: Int64, _ n: Int64, _ b: Address?, _ rs: Int64, _ cs: Int64, _ packed: MutableAddress?
  ) {
    guard let b = b?.assumingMemoryBound(to: E.self), let packed = packed?.assumingMemoryBound(to: E.self)
    else { return }
    packColumns(Int(n), Int(k), b, Int(cs), Int(rs), packed)
  }

  @inline(never)
  private static func packRows(
    _ m: Int, _ k: Int, _ a: UnsafePointer<E>, _ rs: Int, _ cs: Int, _ packed: UnsafeMutablePointer<E>
  ) {
    panels(mr, m, k, a, rs, cs, packed)
  }

  @inline(never)
  static func packColumns(
    _ n: Int, _ k: Int, _ b: UnsafePointer<E>, _ cs: Int, _ rs: Int, _ packed: UnsafeMutablePointer<E>
  ) {
    panels(nr, n, k, b, cs, rs, packed)
  }

  /// Panels of `size` lines (rows of A or columns of B, `across` apart, elements `along` apart), zero-padded.
  @inline(__always)
  private static func panels(
    _ size: Int, _ lines: Int, _ k: Int, _ source: UnsafePointer<E>, _ across: Int, _ along: Int,
    _ packed: UnsafeMutablePointer<E>
  ) {
    var first = 0
    while first < lines {
      let from = source + first &* across, to = packed + first &* k
      let count = min(size, lines &- first)
      if across == 1 && count == size {
        for l in 0..<k { (to + l &* size).update(from: from + l &* along, count: size) }
      } else if across == 1 && size % width == 0 {
        for l in 0..<k {
          var line = 0
          while line < size {
            Pack(from + l &* along + line, max(0, min(width, count &- line))).store(to + l &* size + line)
            line &+= width
          }
        }
      } else {
        var line = 0
        if along == 1 {
          while line &+ 4 <= count {
            transpose(k, from + line &* across, across, to + line, size)
            line &+= 4
          }
        }
        while line < count {
          for l in 0..<k { to[l &* size &+ line] = from[line &* across &+ l &* along] }
          line &+= 1
        }
        while line < size {
          for l in 0..<k { to[l &* size &+ line] = 0 }
          line &+= 1
        }
      }
      first &+= size
    }
  }

  /// Four lines of k elements side by side become k groups of four, `size` apart.
  @inline(__always)
  private static func transpose(
    _ k: Int, _ from: UnsafePointer<E>, _ across: Int, _ to: UnsafeMutablePointer<E>, _ size: Int
  ) {
    func load(_ line: Int, _ l: Int) -> SIMD4<E> {
      UnsafeRawPointer(from + line &* across + l).loadUnaligned(as: SIMD4<E>.self)
    }
    func store(_ l: Int, _ v: SIMD4<E>) {
      UnsafeMutableRawPointer(to + l &* size).storeBytes(of: v, as: SIMD4<E>.self)
    }
    var l = 0
    while l &+ 4 <= k {
      let a = load(0, l), b = load(1, l), c = load(2, l), d = load(3, l)
      for t in 0..<4 { store(l &+ t, SIMD4(a[t], b[t], c[t], d[t])) }
      l &+= 4
    }
    while l < k {
      for line in 0..<4 { to[l &* size &+ line] = from[line &* across &+ l] }
      l &+= 1
    }
  }
}
