import CKernels

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
      if across == 1 {
        copy(size, count, k, from, along, to)
      } else if along == 1 {
        turn(size, count, k, from, across, to)
      } else {
        for l in 0..<k {
          for line in 0..<size {
            to[l &* size &+ line] = line < count ? from[line &* across &+ l &* along] : 0
          }
        }
      }
      first &+= size
    }
  }

  /// A panel whose lines lie side by side. They are far apart for the processor to guess what is read next.
  @inline(__always)
  private static func copy(
    _ size: Int, _ count: Int, _ k: Int, _ from: UnsafePointer<E>, _ along: Int,
    _ to: UnsafeMutablePointer<E>
  ) {
    for l in 0..<k {
      let source = from + l &* along, target = to + l &* size
      var line = 0
      while line < size {
        tk_prefetch(source + (line &+ 16 &* along))
        let part = Pack(source + line, max(0, min(width, count &- line)))
        // What is written beyond the row is written again with the next one.
        part.store(target + line, l &+ 1 < k ? width : min(width, size &- line))
        line &+= width
      }
    }
  }

  /// A panel of lines along which the elements lie side by side.
  @inline(__always)
  private static func turn(
    _ size: Int, _ count: Int, _ k: Int, _ from: UnsafePointer<E>, _ across: Int,
    _ to: UnsafeMutablePointer<E>
  ) {
    let lines = E.turnedLines, groups = (size &+ lines &- 1) / lines
    // What is written beyond a row is written again afterwards, so the end of the panel is kept from it.
    let whole = size % lines == 0 ? k : k &- 1
    var l = 0
    while l &+ E.turned <= whole {
      var group = groups &- 1
      while group >= 0 {
        let line = group &* lines, rest = count &- line
        let source = from + line &* across + l, target = to + l &* size + line
        if rest >= lines {
          E.turn(source, across, lines, target, size)
        } else {
          E.turn(source, across, rest, target, size)
        }
        group &-= 1
      }
      l &+= E.turned
    }
    while l < k {
      for line in 0..<size { to[l &* size &+ line] = line < count ? from[line &* across &+ l] : 0 }
      l &+= 1
    }
  }
}
