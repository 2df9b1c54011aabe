import CKernels

// Products that are too small or too thin for packing to pay. Which way is taken depends on shape and strides
// alone.

extension Gemm {
  /// Rows of B's strip that are packed at a time where B can't be read as it lies.
  @inline(__always) private static var depth: Int { 32 }
  private typealias StripBuffer = InlineArray<8, SIMD64<Double>>  // 32 strips of at most 128 bytes

  @inline(__always)
  static func small(
    _ m: Int64, _ n: Int64, _ k: Int64, _ a: Address?, _ ars: Int64, _ acs: Int64, _ b: Address?,
    _ brs: Int64, _ bcs: Int64, _ c: MutableAddress?, _ ldc: Int64, _ epilogue: UnsafePointer<tk_epilogue>?
  ) {
    guard m > 0, n > 0, let a = a?.assumingMemoryBound(to: E.self),
      let b = b?.assumingMemoryBound(to: E.self), let c = c?.assumingMemoryBound(to: E.self)
    else { return }
    let x = Strided(start: a, rows: Int(ars), columns: Int(acs))
    let y = Strided(start: b, rows: Int(brs), columns: Int(bcs))
    if n == 1 && ldc == 1 && m > 1 {  // a matrix times a vector is the vector times the transposed matrix
      thin(1, Int(m), Int(k), y.transposed, x.transposed, c, 1, Epilogue<E>(epilogue).transposed)
    } else {
      thin(Int(m), Int(n), Int(k), x, y, c, Int(ldc), Epilogue<E>(epilogue))
    }
  }

  /// A matrix where it lies.
  struct Strided {
    let start: UnsafePointer<E>
    let rows, columns: Int

    @inline(__always)
    var transposed: Strided { Strided(start: start, rows: columns, columns: rows) }
    @inline(__always)
    func at(_ i: Int, _ j: Int) -> UnsafePointer<E> { start + i &* rows + j &* columns }
  }

  @inline(never)
  private static func thin(
    _ m: Int, _ n: Int, _ k: Int, _ a: Strided, _ b: Strided, _ c: UnsafeMutablePointer<E>, _ ldc: Int,
    _ epilogue: Epilogue<E>
  ) {
    if m <= 4 && a.columns == 1 && b.rows == 1 && b.columns != 1 {
      dots(m, n, k, a, b, c, ldc, epilogue.accumulate)
    } else if m == 1 && b.columns == 1 {
      sumOfRows(n, k, a, b, c, epilogue.accumulate)
    } else {
      general(m, n, k, a, b, c, ldc, epilogue)
    }
    if !epilogue.isPlain { epilogue.finish(m, n, c, ldc, 0, 0) }
  }

  /// Both operands lie along k: every element of C is the product of two rows. Four columns at a time.
  @inline(__always)
  private static func dots(
    _ m: Int, _ n: Int, _ k: Int, _ a: Strided, _ b: Strided, _ c: UnsafeMutablePointer<E>, _ ldc: Int,
    _ accumulate: Bool
  ) {
    @inline(__always)
    func finish(_ i: Int, _ j: Int, _ sum: Pack<E>) {
      let p = c + i &* ldc + j
      let value = sum.folded { $0 + $1 }[0]
      p.pointee = accumulate ? p.pointee + value : value
    }
    var j = 0
    while j < n {
      let four = j &+ 4 <= n
      for i in 0..<m {
        let x = a.at(i, 0), y0 = b.at(0, j)
        var s0 = Pack<E>(0), s1 = s0, s2 = s0, s3 = s0
        if four {
          let y1 = b.at(0, j &+ 1), y2 = b.at(0, j &+ 2), y3 = b.at(0, j &+ 3)
          forEachPack(k) { l, count in
            let v = Pack(x + l, count)
            s0 = v.times(Pack(y0 + l, count), plus: s0)
            s1 = v.times(Pack(y1 + l, count), plus: s1)
            s2 = v.times(Pack(y2 + l, count), plus: s2)
            s3 = v.times(Pack(y3 + l, count), plus: s3)
          }
          finish(i, j &+ 1, s1)
          finish(i, j &+ 2, s2)
          finish(i, j &+ 3, s3)
        } else {
          forEachPack(k) { l, count in s0 = Pack(x + l, count).times(Pack(y0 + l, count), plus: s0) }
        }
        finish(i, j, s0)
      }
      j &+= four ? 4 : 1
    }
  }

  /// One row of A: C's row is the sum of B's rows, weighted. Four rows of B at a time are read as streams.
  @inline(__always)
  private static func sumOfRows(
    _ n: Int, _ k: Int, _ a: Strided, _ b: Strided, _ c: UnsafeMutablePointer<E>, _ accumulate: Bool
  ) {
    if !accumulate { c.update(repeating: 0, count: n) }
    var l = 0
    while l &+ 4 <= k {
      let x0 = Pack(a.at(0, l)[0]), x1 = Pack(a.at(0, l &+ 1)[0])
      let x2 = Pack(a.at(0, l &+ 2)[0]), x3 = Pack(a.at(0, l &+ 3)[0])
      let y0 = b.at(l, 0), y1 = b.at(l &+ 1, 0), y2 = b.at(l &+ 2, 0), y3 = b.at(l &+ 3, 0)
      forEachPack(n) { j, count in
        var sum = Pack(UnsafePointer(c + j), count)
        sum = x0.times(Pack(y0 + j, count), plus: sum)
        sum = x1.times(Pack(y1 + j, count), plus: sum)
        sum = x2.times(Pack(y2 + j, count), plus: sum)
        x3.times(Pack(y3 + j, count), plus: sum).store(c + j, count)
      }
      l &+= 4
    }
    while l < k {
      let x = Pack(a.at(0, l)[0]), y = b.at(l, 0)
      forEachPack(n) { j, count in
        x.times(Pack(y + j, count), plus: Pack(UnsafePointer(c + j), count)).store(c + j, count)
      }
      l &+= 1
    }
  }

  /// The general case, with tiles as in the packed product. B's strips are read as they lie if its columns lie side
  /// by side, else, and where they are not full, through a small buffer.
  @inline(__always)
  private static func general(
    _ m: Int, _ n: Int, _ k: Int, _ a: Strided, _ b: Strided, _ c: UnsafeMutablePointer<E>, _ ldc: Int,
    _ epilogue: Epilogue<E>
  ) {
    let full = b.columns == 1 ? n / nr &* nr : 0
    if full > 0 {
      let right = Right(start: b.start, step: b.rows, stripStep: nr)
      product(m, full, k, left(a), right, c, ldc, epilogue.partial(accumulate: epilogue.accumulate))
    }
    if full < n { buffered(m, full, n, k, a, b, c, ldc, epilogue.accumulate) }
  }

  @inline(__always)
  private static func left(_ a: Strided) -> Left {
    Left(start: a.start, rowStep: a.rows, step: a.columns, panelStep: a.rows &* mr, isPadded: false)
  }

  /// Columns `first` to `end`.
  @inline(never)
  private static func buffered(
    _ m: Int, _ first: Int, _ end: Int, _ k: Int, _ a: Strided, _ b: Strided, _ c: UnsafeMutablePointer<E>,
    _ ldc: Int, _ accumulate: Bool
  ) {
    var buffer = StripBuffer(repeating: .zero)
    withUnsafeMutableBytes(of: &buffer) { buffer in
      let strip = buffer.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: E.self)
      var j = first
      while j < end {
        let columns = min(nr, end &- j)
        var l = 0
        repeat {
          let step = min(depth, k &- l)
          packColumns(columns, step, b.at(l, j), b.columns, b.rows, strip)
          let part = Strided(start: a.at(0, l), rows: a.rows, columns: a.columns)
          product(
            m, columns, step, left(part), Right(start: UnsafePointer(strip), step: nr, stripStep: 0), c + j,
            ldc,
            Epilogue(nil).with(accumulate: accumulate || l > 0))
          l &+= depth
        } while l < k
        j &+= nr
      }
    }
  }
}
