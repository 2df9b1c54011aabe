import CKernels

// Matrix product after Goto and van de Geijn (2008), "Anatomy of high-performance matrix multiplication", in
// the arrangement of BLIS. The core packs a block of B (kc x nc, for the third-level cache) into panels of nr
// columns and a block of A (mc x kc, for the second-level cache) into panels of mr rows. `block` then goes over
// the panels of B; while one of them (kc x nr) stays in the first-level cache, all panels of A pass by it, and
// the micro-kernel makes a tile of mr x nr. Elements of both panels are read in the order in which they lie.

enum Gemm<E: Real> {
  // The tallest tile that fits the registers, and shorter ones for what is left over at the lower edge.
  #if THALWEG_V4
    typealias Full = Thrice<Twice<Twice<Row<E>>>>  // 24 of 32 registers
    typealias Medium = Twice<Twice<Twice<Row<E>>>>
    typealias Short = Twice<Twice<Row<E>>>
  #else
    typealias Full = Thrice<Twice<Row<E>>>  // 12 of 16 registers
    typealias Medium = Twice<Twice<Row<E>>>
    typealias Short = Twice<Row<E>>
  #endif

  @inline(__always) static var mr: Int { Full.count }
  @inline(__always) static var nr: Int { E.stripWidth }

  // A block of A takes a quarter of a second-level cache of 1 MiB, a panel of B two thirds of a first-level
  // cache of 48 KiB.
  @inline(__always) static var mc: Int { 20 &* mr }
  @inline(__always) static var kc: Int { 256 }
  @inline(__always) static var nc: Int { 64 &* nr }

  /// Storage for one tile, in which tiles are made that reach over the edge of C.
  typealias Scratch = InlineArray<3, SIMD64<Double>>

  @inline(__always)
  static func block(
    _ m: Int64, _ n: Int64, _ k: Int64, _ a: Address?, _ b: Address?, _ c: MutableAddress?, _ ldc: Int64,
    _ epilogue: UnsafePointer<tk_epilogue>?
  ) {
    guard m > 0, n > 0, let a = a?.assumingMemoryBound(to: E.self),
      let b = b?.assumingMemoryBound(to: E.self), let c = c?.assumingMemoryBound(to: E.self)
    else { return }
    panels(Int(m), Int(n), Int(k), a, b, c, Int(ldc), Epilogue<E>(epilogue))
  }

  @inline(never)
  private static func panels(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<E>, _ b: UnsafePointer<E>, _ c: UnsafeMutablePointer<E>,
    _ ldc: Int, _ epilogue: Epilogue<E>
  ) {
    var j = 0
    while j < n {
      let columns = min(nr, n &- j)
      let panelB = b + j &* k
      var i = 0
      while i < m {
        let rows = min(mr, m &- i)
        let panelA = a + i &* k, corner = c + i &* ldc + j
        if rows == mr && columns == nr {
          Full.product(k, panelA, 1, mr, panelB, nr).store(corner, ldc, epilogue.accumulate)
        } else if rows > Medium.count {
          edge(Full.self, rows, columns, k, panelA, 1, mr, panelB, nr, corner, ldc, epilogue.accumulate)
        } else if rows > Short.count {
          edge(Medium.self, rows, columns, k, panelA, 1, mr, panelB, nr, corner, ldc, epilogue.accumulate)
        } else {
          edge(Short.self, rows, columns, k, panelA, 1, mr, panelB, nr, corner, ldc, epilogue.accumulate)
        }
        if !epilogue.isPlain { epilogue.finish(rows, columns, corner, ldc, i, j) }
        i &+= mr
      }
      j &+= nr
    }
  }

  /// A tile of which only `rows` x `columns` exist in C: written as it is if that is all of it, else into
  /// scratch memory and copied from there.
  @inline(__always)
  static func edge<T: Tile>(
    _: T.Type, _ rows: Int, _ columns: Int, _ k: Int, _ a: UnsafePointer<E>, _ rowStep: Int, _ step: Int,
    _ b: UnsafePointer<E>, _ bStep: Int, _ c: UnsafeMutablePointer<E>, _ ldc: Int, _ accumulate: Bool
  ) where T.E == E {
    let tile = T.product(k, a, rowStep, step, b, bStep)
    if rows == T.count && columns == nr { return tile.store(c, ldc, accumulate) }
    var scratch = Scratch(repeating: .zero)
    withUnsafeMutableBytes(of: &scratch) { scratch in
      let whole = scratch.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: E.self)
      tile.store(whole, nr, false)
      for row in 0..<rows {
        let from = UnsafePointer(whole + row &* nr), to = c + row &* ldc
        forEachPack(columns) { j, count in
          let sum = Pack(from + j)
          (accumulate ? Pack(UnsafePointer(to + j), count) + sum : sum).store(to + j, count)
        }
      }
    }
  }
}
