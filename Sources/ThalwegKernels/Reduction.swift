// Reductions along rows (elements side by side are combined) and along columns (packs of columns go down the
// rows together), with a scalar loop for data that is strided both ways.

/// A reduction that combines elements of one type into one of that type.
protocol Fold: BinaryOperation where Input == Output {
  /// What a reduction whose first element is `first` starts from.
  static func start(_ first: Input) -> Input
  /// The result of no elements, if there is one.
  static var empty: Input? { get }
  /// As `apply`, where neither operand is NaN; one instruction.
  static func plain(_ a: Pack<Input>, _ b: Pack<Input>) -> Pack<Input>
}

extension Fold {
  @inline(__always)
  static func plain(_ a: Pack<Input>, _ b: Pack<Input>) -> Pack<Input> { apply(a, b) }
}

extension Minimum: Fold {
  @inline(__always)
  static func plain(_ a: Pack<E>, _ b: Pack<E>) -> Pack<E> { Pack.select(a < b, a, b) }
  @inline(__always)
  static func start(_ first: E) -> E { first }
  @inline(__always)
  static var empty: E? { nil }
}

extension Maximum: Fold {
  @inline(__always)
  static func plain(_ a: Pack<E>, _ b: Pack<E>) -> Pack<E> { Pack.select(a > b, a, b) }
  @inline(__always)
  static func start(_ first: E) -> E { first }
  @inline(__always)
  static var empty: E? { nil }
}

extension Add: Fold {
  @inline(__always)
  static func start(_ first: E) -> E { .zero }
  @inline(__always)
  static var empty: E? { .zero }
}

extension Fold {
  /// All of r > 0 elements side by side combined, in every lane; anything where one of them is NaN.
  @inline(__always)
  static func plainRow(_ r: Int, _ a: UnsafePointer<Input>) -> Pack<Input> { fold(r, a) { plain($0, $1) } }

  /// All of r > 0 elements side by side combined, in every lane.
  @inline(__always)
  static func row(_ r: Int, _ a: UnsafePointer<Input>) -> Pack<Input> {
    // A sum tells whether there may be a NaN for less than looking at every element.
    let neutral = Pack(start(a[0]))
    var x0 = neutral, x1 = x0, x2 = x0, x3 = x0
    var s0 = Pack<Input>(.zero), s1 = s0, s2 = s0, s3 = s0
    var j = 0
    while j &+ 4 &* width <= r {
      prefetchAhead(a + j)
      let (y0, y1) = (Pack(a + j), Pack(a + j + width))
      let (y2, y3) = (Pack(a + j + 2 &* width), Pack(a + j + 3 &* width))
      (x0, x1, x2, x3) = (plain(x0, y0), plain(x1, y1), plain(x2, y2), plain(x3, y3))
      (s0, s1, s2, s3) = (s0 + y0, s1 + y1, s2 + y2, s3 + y3)
      j &+= 4 &* width
    }
    while j < r {
      let y = Pack(a + j, min(width, r &- j), fill: neutral)
      (x0, s0) = (plain(x0, y), s0 + y)
      j &+= width
    }
    if ((s0 + s1) + (s2 + s3)).isNaN.any { return carefulRow(r, a) }
    return plain(plain(x0, x1), plain(x2, x3)).folded { plain($0, $1) }
  }

  @inline(never)
  private static func carefulRow(_ r: Int, _ a: UnsafePointer<Input>) -> Pack<Input> {
    fold(r, a) { apply($0, $1) }
  }

  /// - Parameter combine: gets what there is so far and elements.
  @inline(__always)
  private static func fold(
    _ r: Int, _ a: UnsafePointer<Input>, _ combine: (Pack<Input>, Pack<Input>) -> Pack<Input>
  ) -> Pack<Input> {
    let neutral = Pack(start(a[0]))
    var x0 = neutral, x1 = x0, x2 = x0, x3 = x0
    var j = 0
    while j &+ 4 &* width <= r {
      x0 = combine(x0, Pack(a + j))
      x1 = combine(x1, Pack(a + j + width))
      x2 = combine(x2, Pack(a + j + 2 &* width))
      x3 = combine(x3, Pack(a + j + 3 &* width))
      j &+= 4 &* width
    }
    while j < r {
      x0 = combine(x0, Pack(a + j, min(width, r &- j), fill: neutral))
      j &+= width
    }
    return combine(combine(x0, x1), combine(x2, x3)).folded(combine)
  }

  @inline(__always)
  static func reduce(
    _ n: Int64, _ r: Int64, _ out: MutableAddress?, _ so: Int64, _ a: Address?, _ sn: Int64, _ sr: Int64,
    _ accumulate: Int32
  ) {
    guard let out = out?.assumingMemoryBound(to: Input.self), n > 0 else { return }
    let n = Int(n), r = Int(r), so = Int(so), sn = Int(sn), sr = Int(sr)
    guard r > 0, let a = a?.assumingMemoryBound(to: Input.self) else {
      if let empty, accumulate == 0 { for i in 0..<n { out[i &* so] = empty } }
      return
    }
    if sr == 1 || n == 1 || sn != 1 {
      rows(n, r, out, so, a, sn, sr, accumulate != 0)
    } else {
      columns(n, r, out, so, a, sr, accumulate != 0)
    }
  }

  @inline(never)
  private static func rows(
    _ n: Int, _ r: Int, _ out: UnsafeMutablePointer<Input>, _ so: Int, _ a: UnsafePointer<Input>, _ sn: Int,
    _ sr: Int, _ accumulate: Bool
  ) {
    for i in 0..<n {
      let first = a + i &* sn
      var result: Pack<Input>
      if sr == 1 {
        result = row(r, first)
      } else {
        result = Pack(start(first[0]))
        for j in 0..<r { result = apply(result, Pack(first[j &* sr])) }
      }
      if accumulate { result = apply(Pack(out[i &* so]), result) }
      out[i &* so] = result[0]
    }
  }

  /// Rows that are combined at a time.
  @inline(__always)
  private static var group: Int { 8 }

  /// A group of rows at a time, each of which is read from its beginning to its end, as memory likes it.
  @inline(never)
  private static func columns(
    _ n: Int, _ r: Int, _ out: UnsafeMutablePointer<Input>, _ so: Int, _ a: UnsafePointer<Input>, _ sr: Int,
    _ accumulate: Bool
  ) {
    var j = 0
    while j < r {
      let rows = min(group, r &- j), isFirst = j == 0 && !accumulate
      let top = a + j &* sr
      var i = 0
      while i < n {
        let count = min(width, n &- i)
        var result = Pack(top + i, count)
        for k in 1..<rows { result = apply(result, Pack(top + i + k &* sr, count)) }
        if so == 1 {
          if !isFirst { result = apply(Pack(UnsafePointer(out + i), count), result) }
          result.store(out + i, count)
        } else {
          for lane in 0..<count {
            let p = out + (i &+ lane) &* so
            p.pointee = isFirst ? result[lane] : apply(Pack(p.pointee), Pack(result[lane]))[0]
          }
        }
        i &+= width
      }
      j &+= group
    }
  }
}
