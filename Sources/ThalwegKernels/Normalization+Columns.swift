import CKernels

// Normalisation of the columns of a matrix: batch normalisation where every channel has one place. Sums go down the
// rows in packs of columns, a few rows at a time, before they go to float64 totals.

extension Normalization {
  /// Room for two float64 totals and two factors a column.
  private typealias Room = InlineArray<2048, Double>

  /// totals[i], and the same for `others`: the sums over all rows of f(offset of a pack, its column, count).
  @inline(__always)
  private static func columnSums(
    _ matrix: tk_norm_columns, _ totals: UnsafeMutablePointer<Double>,
    _ others: UnsafeMutablePointer<Double>,
    _ f: (Int, Int, Int) -> (Pack<E>, Pack<E>)
  ) {
    let columns = Int(matrix.columns), rows = Int(matrix.rows), step = Int(matrix.step)
    var row = 0
    while row < rows {
      let end = min(rows, row &+ 16), first = row
      forEachPack(columns) { i, count in
        var parts = (Pack<E>(0), Pack<E>(0))
        for k in first..<end {
          let terms = f(k &* step &+ i, i, count)
          parts = (parts.0 + terms.0, parts.1 + terms.1)
        }
        let old = (Pack(UnsafePointer(totals + i)), Pack(UnsafePointer(others + i)))
        (first == 0 ? parts.0.wide : old.0 + parts.0.wide).store(totals + i)
        (first == 0 ? parts.1.wide : old.1 + parts.1.wide).store(others + i)
      }
      row = end
    }
  }

  /// Calls `body(offset, column, count)` for every pack, row by row.
  @inline(__always)
  private static func forEachElement(_ matrix: tk_norm_columns, _ body: (Int, Int, Int) -> Void) {
    let columns = Int(matrix.columns)
    for row in 0..<Int(matrix.rows) {
      let start = row &* Int(matrix.step)
      forEachPack(columns) { i, count in body(start &+ i, i, count) }
    }
  }

  @inline(__always)
  static func columnsForward(
    _ matrix: UnsafePointer<tk_norm_columns>?, _ x: Address?, _ weight: Address?, _ bias: Address?,
    _ y: MutableAddress?, _ mean: MutableAddress?, _ variance: MutableAddress?
  ) {
    guard let matrix = matrix?.pointee, let x = x?.assumingMemoryBound(to: E.self),
      let y = y?.assumingMemoryBound(to: E.self), let mean = mean?.assumingMemoryBound(to: E.self),
      let variance = variance?.assumingMemoryBound(to: E.self)
    else { return }
    let weight = weight?.assumingMemoryBound(to: E.self), bias = bias?.assumingMemoryBound(to: E.self)
    let columns = Int(matrix.columns), count = Double(matrix.rows)
    var room = Room(repeating: 0)
    withUnsafeMutableBytes(of: &room) { room in
      let totals = room.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Double.self)
      let others = totals + Int(TK_NORM_COLUMNS)
      let factors = MutableAddress(others + Int(TK_NORM_COLUMNS)).assumingMemoryBound(to: E.self)
      columnSums(matrix, totals, others) { at, _, n in (Pack(x + at, n), Pack(0)) }
      for i in 0..<columns { mean[i] = E(totals[i] / count) }
      columnSums(matrix, totals, others) { at, i, n in
        let d = Pack(x + at, n) - Pack(In(mean + i), n)
        return (d * d, Pack(0))
      }
      for i in 0..<columns {
        let spread = totals[i] / count
        variance[i] = E(spread)
        factors[i] = E(1 / (spread + matrix.epsilon).squareRoot()) * (weight?[i] ?? 1)
      }
      let shifts = MutableAddress(others).assumingMemoryBound(to: E.self)
      for i in 0..<columns { shifts[i] = bias?[i] ?? 0 }
      forEachElement(matrix) { at, i, n in
        let d = Pack(x + at, n) - Pack(In(mean + i), n)
        d.times(Pack(In(factors + i), n), plus: Pack(In(shifts + i), n)).store(y + at, n)
      }
    }
  }

  @inline(__always)
  static func columnsBackward(
    _ matrix: UnsafePointer<tk_norm_columns>?, _ x: Address?, _ g: Address?, _ weight: Address?,
    _ mean: Address?, _ variance: Address?, _ dx: MutableAddress?, _ dweight: MutableAddress?,
    _ dbias: MutableAddress?
  ) {
    guard let matrix = matrix?.pointee, let x = x?.assumingMemoryBound(to: E.self),
      let g = g?.assumingMemoryBound(to: E.self), let mean = mean?.assumingMemoryBound(to: E.self),
      let variance = variance?.assumingMemoryBound(to: E.self),
      let dweight = dweight?.assumingMemoryBound(to: E.self),
      let dbias = dbias?.assumingMemoryBound(to: E.self)
    else { return }
    let weight = weight?.assumingMemoryBound(to: E.self), dx = dx?.assumingMemoryBound(to: E.self)
    let columns = Int(matrix.columns), count = Double(matrix.rows)
    var room = Room(repeating: 0)
    withUnsafeMutableBytes(of: &room) { room in
      let totals = room.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Double.self)
      let others = totals + Int(TK_NORM_COLUMNS)
      columnSums(matrix, totals, others) { at, i, n in
        let gradient = Pack(g + at, n)
        return (gradient, gradient * (Pack(x + at, n) - Pack(mean + i, n)))
      }
      // In place of the totals, which are not needed any more: dx = ((g - shift) - (x - mean) tilt) scale.
      let shifts = MutableAddress(totals).assumingMemoryBound(to: E.self)
      let tilts = MutableAddress(others).assumingMemoryBound(to: E.self)
      let scales = MutableAddress(others + Int(TK_NORM_COLUMNS)).assumingMemoryBound(to: E.self)
      for i in 0..<columns {
        let factor = 1 / (Double(variance[i]) + matrix.epsilon).squareRoot()
        let (slope, tilt) = (totals[i], others[i] * factor)
        dbias[i] = E(slope)
        dweight[i] = E(tilt)
        shifts[i] = E(slope / count)
        tilts[i] = E(tilt * factor / count)
        scales[i] = E(factor) * (weight?[i] ?? 1)
      }
      guard let dx else { return }
      forEachElement(matrix) { at, i, n in
        let centred = Pack(g + at, n) - Pack(In(shifts + i), n)
        let d = Pack(x + at, n) - Pack(mean + i, n)
        ((centred - d * Pack(In(tilts + i), n)) * Pack(In(scales + i), n)).store(dx + at, n)
      }
    }
  }
}
