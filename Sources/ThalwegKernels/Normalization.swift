// Normalisation of one row of several parts, each with a weight and bias: group and instance normalisation.

import CKernels

enum Normalization<E: Real> {
  typealias In = UnsafePointer<E>
  typealias Out = UnsafeMutablePointer<E>

  /// How far ahead elements are fetched: of short rows the whole next one while this one's results are written, as that
  /// takes longer than reading; of long ones what comes next while they are summed.
  @inline(__always)
  private static func ahead(_ n: Int) -> (inSums: Int, inResults: Int) { n > 16 * 1024 ? (2048, 0) : (0, n) }

  /// y = (x - mean) / sqrt(variance + epsilon) * weight + bias
  @inline(__always)
  static func partsForward(
    _ row: UnsafePointer<tk_norm>?, _ x: Address?, _ weight: Address?, _ bias: Address?, _ y: MutableAddress?,
    _ mean: MutableAddress?, _ variance: MutableAddress?
  ) {
    guard let row = row?.pointee, let x = x?.assumingMemoryBound(to: E.self),
      let y = y?.assumingMemoryBound(to: E.self), let mean = mean?.assumingMemoryBound(to: E.self),
      let variance = variance?.assumingMemoryBound(to: E.self)
    else { return }
    // Parts have no gaps between them.
    let n = Int(row.parts &* row.length), ahead = ahead(n)
    let sum = RowOperations<E>.sum(n) { j, count in
      tk_prefetch(x + j + ahead.inSums)
      return Pack(x + j, count)
    }
    mean.pointee = E(sum / Double(n))
    let centre = Pack(mean.pointee)
    let squares = RowOperations<E>.sum(n) { j, count in
      let d = Pack(x + j, count, fill: centre) - centre
      return d * d
    }
    let spread = squares / Double(n)
    variance.pointee = E(spread)
    let reciprocal = E(1 / (spread + row.epsilon).squareRoot())
    let weight = weight?.assumingMemoryBound(to: E.self), bias = bias?.assumingMemoryBound(to: E.self)
    writeParts(row, y) { part in
      let factor = Pack(reciprocal * (weight?[part] ?? 1)), shift = Pack(bias?[part] ?? 0)
      return { at, n in
        tk_prefetch(x + at + ahead.inResults)
        return (Pack(x + at, n) - centre).times(factor, plus: shift)
      }
    }
  }

  /// Writes what `value(part)(offset in the row, count)` returns for every pack.
  @inline(__always)
  private static func writeParts(_ row: tk_norm, _ to: Out, _ value: (Int) -> (Int, Int) -> Pack<E>) {
    let length = Int(row.length)
    let streamed = row.streamed != 0 && Streamed.suitsRows(to, length, length)
    for part in 0..<Int(row.parts) {
      let start = part &* length, value = value(part)
      if streamed {
        for j in stride(from: start, to: start &+ length, by: width) { Streamed.put(value(j, width), to + j) }
      } else {
        forEachPack(length) { j, n in value(start &+ j, n).store(to + start + j, n) }
      }
    }
  }

  /// With z = (x - mean) r, r = 1 / sqrt(variance + epsilon), and h = g weight:
  /// dx = r (h - mean(h) - z mean(h z)); of each part dweight = sum of g z, dbias of g.
  @inline(__always)
  static func partsBackward(
    _ row: UnsafePointer<tk_norm>?, _ x: Address?, _ g: Address?, _ weight: Address?, _ mean: Address?,
    _ variance: Address?, _ dx: MutableAddress?, _ dweight: MutableAddress?, _ dbias: MutableAddress?
  ) {
    guard let row = row?.pointee, let x = x?.assumingMemoryBound(to: E.self),
      let g = g?.assumingMemoryBound(to: E.self), let mean = mean?.assumingMemoryBound(to: E.self),
      let variance = variance?.assumingMemoryBound(to: E.self),
      let dweight = dweight?.assumingMemoryBound(to: E.self),
      let dbias = dbias?.assumingMemoryBound(to: E.self)
    else { return }
    let weight = weight?.assumingMemoryBound(to: E.self)
    let length = Int(row.length), count = Double(row.parts &* row.length), centre = Pack(mean.pointee)
    let reciprocal = 1 / (Double(variance.pointee) + row.epsilon).squareRoot()
    let ahead = ahead(Int(row.parts) &* length)
    var (slopes, tilts) = (0.0, 0.0)
    for part in 0..<Int(row.parts) {
      let a = x + part &* length, b = g + part &* length
      let (sum, product) = RowOperations<E>.sums(length) { j, n in
        tk_prefetch(a + j + ahead.inSums)
        tk_prefetch_far(b + j + (ahead.inSums + ahead.inResults))
        let gradient = Pack(b + j, n)
        return (gradient, gradient * (Pack(a + j, n, fill: centre) - centre))
      }
      (dweight[part], dbias[part]) = (E(product * reciprocal), E(sum))
      let scale = Double(weight?[part] ?? 1)
      (slopes, tilts) = (slopes + scale * sum, tilts + scale * product)
    }
    guard let dx = dx?.assumingMemoryBound(to: E.self) else { return }
    let factor = Pack(E(reciprocal)), shift = Pack(E(slopes / count))
    let tilt = Pack(E(tilts * reciprocal * reciprocal / count))
    writeParts(row, dx) { part in
      let scale = Pack(weight?[part] ?? 1)
      return { at, n in
        tk_prefetch_far(x + at + ahead.inResults)
        let d = Pack(x + at, n) - centre
        return ((Pack(g + at, n) * scale - shift) - d * tilt) * factor
      }
    }
  }
}
