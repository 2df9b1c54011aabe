import CKernels

// Normalisation of the columns of a matrix: batch normalisation where every channel has one place. Sums go down the
// rows in packs of columns, a few rows at a time, before they go to float64 totals.

extension Normalization {
  typealias Totals = UnsafeMutablePointer<Double>

  /// Rows that are summed in the elements' own precision.
  @inline(__always) private static var group: Int { 16 }
  /// The same of what comes from memory: fewer, as more, and those that are fetched ahead, would drive each other out of
  /// the few sets of the nearest cache that rows of equal length share.
  @inline(__always) private static var smallGroup: Int { 4 }

  /// Has a pack of the next group fetched: the group's packs in the order of memory, if rows have no gaps between them.
  @inline(__always)
  private static func fetch(
    _ matrix: tk_norm_columns, _ x: In, _ at: Int, _ i: Int, _ k: Int, _ group: Int
  ) {
    let step = Int(matrix.step)
    tk_prefetch(
      x + at + group &* step + (matrix.columns == matrix.step ? (group &- 1) &* i &+ k &* width : k &* step))
  }

  /// Calls `body(offset, columns before it, count, rows)` for a pack of each group of rows, all columns of one group after
  /// the other.
  @inline(__always)
  private static func forEachGroup(
    _ group: Int, _ matrix: tk_norm_columns, _ body: (Int, Int, Int, Int) -> Void
  ) {
    let columns = Int(matrix.columns), rows = Int(matrix.rows), step = Int(matrix.step)
    for row in stride(from: 0, to: rows, by: group) {
      if row &+ group <= rows {
        forEachPack(columns) { i, n in body(row &* step &+ i, i, n, group) }
      } else {
        forEachPack(columns) { i, n in body(row &* step &+ i, i, n, rows &- row) }
      }
    }
  }

  /// The sums over k < rows of both parts of f(k).
  @inline(__always)
  private static func pairs(_ rows: Int, _ f: (Int) -> (Pack<E>, Pack<E>)) -> (Pack<E>, Pack<E>) {
    var (s0, s1, t0, t1) = (Pack<E>(0), Pack<E>(0), Pack<E>(0), Pack<E>(0))
    var k = 0
    while k &+ 2 <= rows {
      let (a, b) = (f(k), f(k &+ 1))
      (s0, s1, t0, t1) = (s0 + a.0, s1 + b.0, t0 + a.1, t1 + b.1)
      k &+= 2
    }
    if k < rows {
      let a = f(k)
      (s0, t0) = (s0 + a.0, t0 + a.1)
    }
    return (s0 + s1, t0 + t1)
  }

  /// Adds to totals; sets them in the first group of rows.
  @inline(__always)
  private static func add(_ x: Pack<Double>, _ totals: Totals, _ isFirst: Bool) {
    (isFirst ? x : Pack(UnsafePointer(totals)) + x).store(totals)
  }

  /// Calls `body(offset, column, count)` for every pack, row by row, and writes what it returns.
  @inline(__always)
  private static func write(_ matrix: tk_norm_columns, _ to: Out, _ value: (Int, Int, Int) -> Pack<E>) {
    let columns = Int(matrix.columns)
    let streamed = matrix.streamed != 0 && Streamed.suitsRows(to, columns, Int(matrix.step))
    for row in 0..<Int(matrix.rows) {
      let start = row &* Int(matrix.step)
      if streamed {
        for i in stride(from: 0, to: columns, by: width) {
          Streamed.put(value(start &+ i, i, width), to + start + i)
        }
      } else {
        forEachPack(columns) { i, n in value(start &+ i, i, n).store(to + start + i, n) }
      }
    }
    if streamed { tk_stream_end() }
  }

  @inline(__always)
  static func columnMoments(_ strip: UnsafePointer<tk_norm_columns>?, _ x: Address?, _ totals: Totals?) {
    guard let strip = strip?.pointee, let x = x?.assumingMemoryBound(to: E.self), let totals else { return }
    // Fetching ahead is worth it only where rows come from memory.
    if strip.streamed != 0 {
      moments(strip, x, totals, 2 &* smallGroup, fetching: true)
    } else {
      moments(strip, x, totals, group, fetching: false)
    }
  }

  @inline(__always)
  private static func moments(
    _ strip: tk_norm_columns, _ x: In, _ totals: Totals, _ group: Int, fetching: Bool
  ) {
    let step = Int(strip.step), across = Int(strip.totals)
    forEachGroup(group, strip) { at, i, n, rows in
      let a = x + at
      let (sum, _) = pairs(rows) { k in
        if fetching { fetch(strip, x, at, i, k, group) }
        return (Pack(a + k &* step, n), Pack(0))
      }
      let centre = sum * Pack(1 / E(rows))
      let (d0, _) = pairs(rows) { k in
        let d = Pack(a + k &* step, n) - centre
        return (d * d, Pack(0))
      }
      let isFirst = at == i
      let pivot = Pack(x + i, n).wide
      let apart = sum.wide - pivot * Pack(Double(rows))
      add(apart, totals + i, isFirst)
      add(apart * apart * Pack(1 / Double(rows)) + d0.wide, totals + (across &+ i), isFirst)
      if isFirst { pivot.store(totals + (2 &* across &+ i)) }
    }
  }

  @inline(__always)
  static func columnFactors(
    _ matrix: UnsafePointer<tk_norm_columns>?, _ strips: Int64, _ totals: UnsafePointer<Double>?,
    _ weight: Address?, _ bias: Address?, _ mean: MutableAddress?, _ variance: MutableAddress?,
    _ factors: MutableAddress?
  ) {
    guard let matrix = matrix?.pointee, let totals, let mean = mean?.assumingMemoryBound(to: E.self),
      let variance = variance?.assumingMemoryBound(to: E.self),
      let factors = factors?.assumingMemoryBound(to: E.self)
    else { return }
    let weight = weight?.assumingMemoryBound(to: E.self), bias = bias?.assumingMemoryBound(to: E.self)
    let across = Int(matrix.totals), count = Double(matrix.rows)
    for i in 0..<Int(matrix.columns) {
      var (average, squares, total) = (0.0, 0.0, 0.0)
      for strip in 0..<Int(strips) {
        let p = totals + (3 &* strip &* across &+ i)
        let n = min(Double(matrix.strip), count - total), own = p[0] / n
        let apart = own + p[2 &* across] - average
        total += n
        average += apart * (n / total)
        squares += max(0, p[across] - p[0] * own) + apart * apart * (n / total) * (total - n)
      }
      mean[i] = E(average)
      variance[i] = E(squares / count)
      factors[i] = E(1 / (squares / count + matrix.epsilon).squareRoot()) * (weight?[i] ?? 1)
      factors[across &+ i] = bias?[i] ?? 0
    }
  }

  @inline(__always)
  static func columnValues(
    _ strip: UnsafePointer<tk_norm_columns>?, _ x: Address?, _ mean: Address?, _ factors: Address?,
    _ y: MutableAddress?
  ) {
    guard let strip = strip?.pointee, let x = x?.assumingMemoryBound(to: E.self),
      let mean = mean?.assumingMemoryBound(to: E.self), let y = y?.assumingMemoryBound(to: E.self),
      let factors = factors?.assumingMemoryBound(to: E.self)
    else { return }
    let shifts = factors + Int(strip.totals)
    write(strip, y) { at, i, n in
      (Pack(x + at, n) - Pack(mean + i, n)).times(Pack(factors + i, n), plus: Pack(shifts + i, n))
    }
  }

  @inline(__always)
  static func columnSlopes(
    _ strip: UnsafePointer<tk_norm_columns>?, _ x: Address?, _ g: Address?, _ mean: Address?,
    _ totals: Totals?
  ) {
    guard let strip = strip?.pointee, let x = x?.assumingMemoryBound(to: E.self),
      let g = g?.assumingMemoryBound(to: E.self), let mean = mean?.assumingMemoryBound(to: E.self),
      let totals
    else { return }
    if strip.streamed != 0 {
      slopes(strip, x, g, mean, totals, smallGroup, fetching: true)
    } else {
      slopes(strip, x, g, mean, totals, group, fetching: false)
    }
  }

  @inline(__always)
  private static func slopes(
    _ strip: tk_norm_columns, _ x: In, _ g: In, _ mean: In, _ totals: Totals, _ group: Int, fetching: Bool
  ) {
    let step = Int(strip.step), across = Int(strip.totals)
    forEachGroup(group, strip) { at, i, n, rows in
      let a = x + at, b = g + at, centre = Pack(mean + i, n)
      let (slope, rise) = pairs(rows) { k in
        if fetching {
          fetch(strip, x, at, i, k, group)
          fetch(strip, g, at, i, k, group)
        }
        let gradient = Pack(b + k &* step, n)
        return (gradient, gradient * (Pack(a + k &* step, n) - centre))
      }
      add(slope.wide, totals + i, at == i)
      add(rise.wide, totals + (across &+ i), at == i)
    }
  }

  @inline(__always)
  static func columnTilts(
    _ matrix: UnsafePointer<tk_norm_columns>?, _ strips: Int64, _ totals: UnsafePointer<Double>?,
    _ weight: Address?, _ variance: Address?, _ dweight: MutableAddress?, _ dbias: MutableAddress?,
    _ factors: MutableAddress?
  ) {
    guard let matrix = matrix?.pointee, let totals,
      let variance = variance?.assumingMemoryBound(to: E.self),
      let dweight = dweight?.assumingMemoryBound(to: E.self),
      let dbias = dbias?.assumingMemoryBound(to: E.self),
      let factors = factors?.assumingMemoryBound(to: E.self)
    else { return }
    let weight = weight?.assumingMemoryBound(to: E.self)
    let across = Int(matrix.totals), count = Double(matrix.rows)
    for i in 0..<Int(matrix.columns) {
      var (slope, rise) = (0.0, 0.0)
      for strip in 0..<Int(strips) {
        let p = totals + (2 &* strip &* across &+ i)
        (slope, rise) = (slope + p[0], rise + p[across])
      }
      let factor = 1 / (Double(variance[i]) + matrix.epsilon).squareRoot()
      dbias[i] = E(slope)
      dweight[i] = E(rise * factor)
      factors[i] = E(slope / count)
      factors[across &+ i] = E(rise * factor * factor / count)
      factors[2 &* across &+ i] = E(factor) * (weight?[i] ?? 1)
    }
  }

  @inline(__always)
  static func columnGradients(
    _ strip: UnsafePointer<tk_norm_columns>?, _ x: Address?, _ g: Address?, _ mean: Address?,
    _ factors: Address?, _ dx: MutableAddress?
  ) {
    guard let strip = strip?.pointee, let x = x?.assumingMemoryBound(to: E.self),
      let g = g?.assumingMemoryBound(to: E.self), let mean = mean?.assumingMemoryBound(to: E.self),
      let factors = factors?.assumingMemoryBound(to: E.self), let dx = dx?.assumingMemoryBound(to: E.self)
    else { return }
    let tilts = factors + Int(strip.totals), scales = tilts + Int(strip.totals)
    write(strip, dx) { at, i, n in
      let d = Pack(x + at, n) - Pack(mean + i, n)
      return ((Pack(g + at, n) - Pack(factors + i, n)) - d * Pack(tilts + i, n)) * Pack(scales + i, n)
    }
  }
}
