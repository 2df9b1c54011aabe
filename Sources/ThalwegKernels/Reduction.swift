// Reductions along rows (elements side by side are combined) and along columns (packs of columns go down the
// rows together), with a scalar loop for data that is strided both ways.

/// A reduction that combines elements of one type into one of that type.
protocol Fold: BinaryOperation where Input == Output {
  /// What a reduction whose first element is `first` starts from.
  static func start(_ first: Input) -> Input
  /// The result of no elements, if there is one.
  static var empty: Input? { get }
}

extension Minimum: Fold {
  @inline(__always)
  static func start(_ first: E) -> E { first }
  @inline(__always)
  static var empty: E? { nil }
}

extension Maximum: Fold {
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
  /// All of r > 0 elements side by side combined, in every lane.
  @inline(__always)
  static func row(_ r: Int, _ a: UnsafePointer<Input>) -> Pack<Input> {
    let neutral = Pack(start(a[0]))
    var x = neutral, y = neutral
    var j = 0
    while j &+ 2 &* width <= r {
      x = apply(x, Pack(a + j))
      y = apply(y, Pack(a + j + width))
      j &+= 2 &* width
    }
    while j < r {
      x = apply(x, Pack(a + j, min(width, r &- j), fill: neutral))
      j &+= width
    }
    return apply(x, y).folded(apply)
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

  @inline(never)
  private static func columns(
    _ n: Int, _ r: Int, _ out: UnsafeMutablePointer<Input>, _ so: Int, _ a: UnsafePointer<Input>, _ sr: Int,
    _ accumulate: Bool
  ) {
    forEachPack(n) { i, count in
      let top = a + i
      var result = Pack(top, count)
      for j in 1..<r { result = apply(result, Pack(top + j &* sr, count)) }
      if accumulate {
        var old = result
        for lane in 0..<count { old.lanes[lane] = out[(i &+ lane) &* so] }
        result = apply(old, result)
      }
      if so == 1 {
        result.store(out + i, count)
      } else {
        for lane in 0..<count { out[(i &+ lane) &* so] = result[lane] }
      }
    }
  }
}
