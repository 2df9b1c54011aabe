import CKernels

// Normalisation of a row that lies in several planes with one weight: batch normalisation of images. Planes may be short,
// so sums run over them all, a few packs side by side, before they are added up.

extension Normalization {
  /// Additions that a lane makes before its sum goes to a float64 total.
  @inline(__always) private static var run: Int { 16 }

  /// Sums over all elements of both parts of f(offset in the row, count).
  @inline(__always)
  private static func planeSums(
    _ row: tk_norm, _ f: (Int, Int) -> (Pack<E>, Pack<E>)
  ) -> (Double, Double) {
    let length = Int(row.length), zero = Pack<E>(0)
    var totals = (Pack<Double>(0), Pack<Double>(0))
    var (a0, a1, a2, a3, b0, b1, b2, b3) = (zero, zero, zero, zero, zero, zero, zero, zero)
    var additions = 0
    for part in 0..<Int(row.parts) {
      let start = part &* Int(row.stride), end = start &+ length
      var at = start
      while at < end {
        if at &+ 4 &* width <= end {
          let (s, t) = (f(at, width), f(at &+ width, width))
          let (u, v) = (f(at &+ 2 &* width, width), f(at &+ 3 &* width, width))
          (a0, a1, a2, a3) = (a0 + s.0, a1 + t.0, a2 + u.0, a3 + v.0)
          (b0, b1, b2, b3) = (b0 + s.1, b1 + t.1, b2 + u.1, b3 + v.1)
          at &+= 4 &* width
        } else {
          let s = f(at, min(width, end &- at))
          (a0, b0) = (a0 + s.0, b0 + s.1)
          at &+= width
        }
        additions &+= 1
        if additions == run {
          totals.0 = totals.0 + ((a0 + a1) + (a2 + a3)).wide
          totals.1 = totals.1 + ((b0 + b1) + (b2 + b3)).wide
          (a0, a1, a2, a3, b0, b1, b2, b3) = (zero, zero, zero, zero, zero, zero, zero, zero)
          additions = 0
        }
      }
    }
    totals.0 = totals.0 + ((a0 + a1) + (a2 + a3)).wide
    totals.1 = totals.1 + ((b0 + b1) + (b2 + b3)).wide
    return (totals.0.folded { $0 + $1 }[0], totals.1.folded { $0 + $1 }[0])
  }

  /// Elements whose mean is taken before their deviations from it are summed, while they are in the nearest cache.
  @inline(__always) private static var piece: Int { 4096 }

  /// Mean, and mean square of what differs from it, in one pass over memory: those of pieces, put together (Chan, Golub &
  /// LeVeque 1983, "Algorithms for computing the sample variance").
  @inline(__always)
  private static func moments(_ row: tk_norm, _ x: In) -> (mean: Double, variance: Double) {
    let parts = Int(row.parts), length = Int(row.length)
    let partsAPiece = max(1, piece / max(1, length))
    var part = 0, total = 0.0, mean = 0.0, squares = 0.0
    while part < parts {
      let count = min(partsAPiece, parts &- part)
      var first = 0
      while first < length {
        var piece = row
        piece.parts = Int64(count)
        piece.length = Int64(min(length &- first, Normalization.piece))
        let start = x + part &* Int(row.stride) + first
        let next = start + count &* Int(row.stride)
        let n = Double(piece.parts &* piece.length)
        let sum = planeSums(piece) { at, n in
          tk_prefetch(next + at)
          return (Pack(start + at, n), Pack(0))
        }
        let centre = Pack(E(sum.0 / n))
        let deviation = planeSums(piece) { at, n in
          let d = Pack(start + at, n, fill: centre) - centre
          return (d * d, d)
        }
        // The mean of the piece, which its rounded one misses by what deviations sum up to.
        let own = Double(centre[0]) + deviation.1 / n, apart = own - mean
        squares += deviation.0 - deviation.1 * deviation.1 / n + apart * apart * total * n / (total + n)
        total += n
        mean += apart * n / total
        first &+= Normalization.piece
      }
      part &+= count
    }
    return (mean, squares / total)
  }

  /// Writes what `value(offset in the row, count)` returns for every pack, beginning with the last plane: what was read
  /// last is in a near cache still.
  @inline(__always)
  private static func write(_ row: tk_norm, _ to: Out, _ value: (Int, Int) -> Pack<E>) {
    let length = Int(row.length)
    let streamed = row.streamed != 0 && Streamed.suitsRows(to, length, Int(row.stride))
    for part in (0..<Int(row.parts)).reversed() {
      let start = part &* Int(row.stride)
      if streamed {
        for j in stride(from: start, to: start &+ length, by: width) { Streamed.put(value(j, width), to + j) }
      } else {
        forEachPack(length) { j, n in value(start &+ j, n).store(to + start + j, n) }
      }
    }
  }

  @inline(__always)
  static func planesForward(
    _ row: UnsafePointer<tk_norm>?, _ x: Address?, _ weight: Address?, _ bias: Address?, _ y: MutableAddress?,
    _ mean: MutableAddress?, _ variance: MutableAddress?
  ) {
    guard let row = row?.pointee, let x = x?.assumingMemoryBound(to: E.self),
      let y = y?.assumingMemoryBound(to: E.self), let mean = mean?.assumingMemoryBound(to: E.self),
      let variance = variance?.assumingMemoryBound(to: E.self)
    else { return }
    let (average, spread) = moments(row, x)
    (mean.pointee, variance.pointee) = (E(average), E(spread))
    let centre = Pack(mean.pointee)
    let scale: E = weight?.assumingMemoryBound(to: E.self).pointee ?? 1
    let offset: E = bias?.assumingMemoryBound(to: E.self).pointee ?? 0
    let (factor, shift) = (Pack(E(1 / (spread + row.epsilon).squareRoot()) * scale), Pack(offset))
    let step = Int(row.stride)
    write(row, y) { at, n in
      tk_prefetch(x + at - step)
      return (Pack(x + at, n) - centre).times(factor, plus: shift)
    }
  }

  @inline(__always)
  static func planesBackward(
    _ row: UnsafePointer<tk_norm>?, _ x: Address?, _ g: Address?, _ weight: Address?, _ mean: Address?,
    _ variance: Address?, _ dx: MutableAddress?, _ dweight: MutableAddress?, _ dbias: MutableAddress?
  ) {
    guard let row = row?.pointee, let x = x?.assumingMemoryBound(to: E.self),
      let g = g?.assumingMemoryBound(to: E.self), let mean = mean?.assumingMemoryBound(to: E.self),
      let variance = variance?.assumingMemoryBound(to: E.self),
      let dweight = dweight?.assumingMemoryBound(to: E.self),
      let dbias = dbias?.assumingMemoryBound(to: E.self)
    else { return }
    let count = Double(row.parts &* row.length), centre = Pack(mean.pointee)
    let step = Int(row.stride)
    let (slope, rise) = planeSums(row) { at, n in
      tk_prefetch(x + at + step)
      tk_prefetch(g + at + step)
      let gradient = Pack(g + at, n)
      return (gradient, gradient * (Pack(x + at, n) - centre))
    }
    let factor = 1 / (Double(variance.pointee) + row.epsilon).squareRoot()
    dbias.pointee = E(slope)
    dweight.pointee = E(rise * factor)
    guard let dx = dx?.assumingMemoryBound(to: E.self) else { return }
    // dx = ((g - shift) - (x - mean) tilt) scale
    let (shift, tilt) = (Pack(E(slope / count)), Pack(E(rise * factor * factor / count)))
    let unit: E = weight?.assumingMemoryBound(to: E.self).pointee ?? 1
    let scale = Pack(E(factor) * unit)
    write(row, dx) { at, n in
      tk_prefetch(x + at - step)
      tk_prefetch(g + at - step)
      let d = Pack(x + at, n) - centre
      return ((Pack(g + at, n) - shift) - d * tilt) * scale
    }
  }
}
