import CKernels

// Matrix product after Goto and van de Geijn (2008), "Anatomy of high-performance matrix multiplication". The
// micro-kernel makes a tile of mr x nr of C in registers, while it reads one row of a strip of B (nr columns)
// and mr elements of A at a time. `strips`, which products of matrices use, reads A where it lies, and B strip
// by strip, as it lies or packed. `block` reads both from panels in the order in which they lie there: for
// convolutions, which have to make panels anyway. It goes over the panels of B; while one of them (kc x nr)
// stays in the first-level cache, all panels of A pass by it.

enum Gemm<E: Real> {
  // The tallest tile that fits the registers. A panel that is at most half as wide as others has tiles of half
  // the width.
  #if THALWEG_V4
    typealias Full<S: Strip> = Thrice<Twice<Twice<Row<S>>>>  // 24 of 32 registers
    typealias Medium<S: Strip> = Twice<Twice<Twice<Row<S>>>>
  #else
    typealias Full<S: Strip> = Thrice<Twice<Row<S>>>  // 12 of 16 registers
    typealias Medium<S: Strip> = Twice<Twice<Row<S>>>
  #endif

  @inline(__always) static var mr: Int { Full<E.Wide>.count }
  @inline(__always) static var nr: Int { E.Wide.width }

  // A block of A takes a quarter of a second-level cache of 1 MiB, a panel of B two thirds of a first-level
  // cache of 48 KiB.
  @inline(__always) static var mc: Int { 20 &* mr }
  @inline(__always) static var kc: Int { 256 }
  @inline(__always) static var nc: Int { 64 &* nr }

  /// The rows of A: where they lie, or in panels of mr rows whose missing rows are 0.
  struct Left {
    let start: UnsafePointer<E>
    /// From a row to the next, from a column to the next.
    let rowStep, step: Int
    /// From a panel to the next.
    let panelStep: Int
    let isPadded: Bool
  }

  /// The columns of B in strips of nr, the last of which may be read in full, or half where it has no more columns.
  struct Right {
    let start: UnsafePointer<E>
    /// From a row of a strip to the next, from a strip to the next.
    let step, stripStep: Int
  }

  @inline(__always)
  static func block(
    _ m: Int64, _ n: Int64, _ k: Int64, _ a: Address?, _ b: Address?, _ c: MutableAddress?, _ ldc: Int64,
    _ epilogue: UnsafePointer<tk_epilogue>?
  ) {
    guard m > 0, n > 0, let a = a?.assumingMemoryBound(to: E.self),
      let b = b?.assumingMemoryBound(to: E.self), let c = c?.assumingMemoryBound(to: E.self)
    else { return }
    let left = Left(start: a, rowStep: 1, step: mr, panelStep: Int(k) &* mr, isPadded: true)
    let right = Right(start: b, step: nr, stripStep: Int(k) &* nr)
    product(Int(m), Int(n), Int(k), left, right, c, Int(ldc), Epilogue<E>(epilogue))
  }

  @inline(__always)
  static func strips(
    _ m: Int64, _ n: Int64, _ k: Int64, _ a: Address?, _ ars: Int64, _ acs: Int64, _ b: Address?,
    _ brs: Int64, _ bss: Int64, _ c: MutableAddress?, _ ldc: Int64, _ epilogue: UnsafePointer<tk_epilogue>?
  ) {
    guard m > 0, n > 0, let a = a?.assumingMemoryBound(to: E.self),
      let b = b?.assumingMemoryBound(to: E.self), let c = c?.assumingMemoryBound(to: E.self)
    else { return }
    let left = Left(
      start: a, rowStep: Int(ars), step: Int(acs), panelStep: Int(ars) &* mr, isPadded: false)
    let right = Right(start: b, step: Int(brs), stripStep: Int(bss))
    product(Int(m), Int(n), Int(k), left, right, c, Int(ldc), Epilogue<E>(epilogue))
  }

  /// Strip by strip of B, all rows of A.
  @inline(never)
  static func product(
    _ m: Int, _ n: Int, _ k: Int, _ a: Left, _ b: Right, _ c: UnsafeMutablePointer<E>, _ ldc: Int,
    _ epilogue: Epilogue<E>
  ) {
    var j = 0
    var strip = b.start
    while j < n {
      let columns = min(nr, n &- j)
      if columns > E.Narrow.width {
        tiles(E.Wide.self, m, columns, k, a, strip, b.step, c + j, ldc, j, epilogue)
      } else {
        tiles(E.Narrow.self, m, columns, k, a, strip, b.step, c + j, ldc, j, epilogue)
      }
      j &+= nr
      strip += b.stripStep
    }
  }

  /// All rows of one strip of C, which begins with column j. The last tile is as short as will do; if A is not
  /// padded it may begin above its first row to end with the last one.
  @inline(__always)
  private static func tiles<S: Strip>(
    _: S.Type, _ m: Int, _ columns: Int, _ k: Int, _ a: Left, _ b: UnsafePointer<E>, _ bStep: Int,
    _ c: UnsafeMutablePointer<E>, _ ldc: Int, _ j: Int, _ epilogue: Epilogue<E>
  ) where S.E == E {
    var i = 0
    var panel = a.start

    /// The next `rows` rows, at most as many as a tile has.
    @inline(__always)
    func next<T: Tile>(_: T.Type, _ rows: Int) where T.S == S {
      let above = a.isPadded ? 0 : T.count &- rows
      let corner = c + (i &- above) &* ldc
      let first = Fours(panel - above &* a.rowStep, T.count > 4 ? a.rowStep : 0)
      let part = TilePart(
        first: above, end: above &+ rows, columns: columns, ldc: ldc, accumulate: epilogue.accumulate)
      let bias = columns == S.width ? epilogue.simpleBias.map { $0 + j } : nil
      tile(
        T.self, k, first.first, first.second, first.third, a.rowStep, a.step, b, bStep, corner, part, bias,
        epilogue.isRectified)
      if bias == nil && !epilogue.isPlain { epilogue.finish(rows, columns, c + i &* ldc, ldc, i, j) }
      i &+= rows
      panel += rows &* a.rowStep
    }

    while i &+ mr <= m {
      let start = panel
      next(Full<S>.self, mr)
      panel = start + a.panelStep
    }
    while i < m {
      let rest = m &- i, reach = a.isPadded ? mr : m
      if rest > Medium<S>.count && reach >= mr {
        next(Full<S>.self, rest)
      } else if rest > 4 && reach >= Medium<S>.count {
        next(Medium<S>.self, min(rest, Medium<S>.count))
      } else if rest > 2 && reach >= 4 {
        next(Twice<Twice<Row<S>>>.self, min(rest, 4))
      } else if rest > 1 {
        next(Twice<Row<S>>.self, 2)
      } else {
        next(Row<S>.self, 1)
      }
    }
  }

  @inline(never)
  private static func tile<T: Tile>(
    _: T.Type, _ k: Int, _ a: UnsafePointer<E>, _ a4: UnsafePointer<E>, _ a8: UnsafePointer<E>,
    _ rowStep: Int,
    _ step: Int, _ b: UnsafePointer<E>, _ bStep: Int, _ c: UnsafeMutablePointer<E>, _ part: TilePart,
    _ bias: UnsafePointer<E>?, _ isRectified: Bool
  ) where T.S.E == E {
    if rowStep == 1 {
      T.make(k, Fours(a, a4, a8), 1, step, b, bStep, c, part, bias, isRectified)
    } else {
      T.make(k, Fours(a, a4, a8), rowStep, step, b, bStep, c, part, bias, isRectified)
    }
  }
}
