// Normalisation of one row, which may lie in several pieces: layer, group, instance, batch and RMS normalisation.

import CKernels

enum Normalization<E: Real> {
  typealias In = UnsafePointer<E>
  typealias Out = UnsafeMutablePointer<E>

  /// Sum over all elements of f(offset in the row, count).
  @inline(__always)
  private static func sum(_ row: tk_norm, _ f: (Int, Int) -> Pack<E>) -> Double {
    var total = 0.0
    for part in 0..<Int(row.parts) {
      let start = part &* Int(row.stride)
      total += RowOperations<E>.sum(Int(row.length)) { j, count in f(start &+ j, count) }
    }
    return total
  }

  /// Sums over all elements of both parts of f(offset in the row, part, offset in the part, count).
  @inline(__always)
  private static func sums(
    _ row: tk_norm, _ f: (Int, Int, Int, Int) -> (Pack<E>, Pack<E>)
  ) -> (Double, Double) {
    var totals = (0.0, 0.0)
    for part in 0..<Int(row.parts) {
      let start = part &* Int(row.stride)
      let (a, b) = RowOperations<E>.narrowSums(Int(row.length)) { j, count in f(start &+ j, part, j, count) }
      totals = (totals.0 + a, totals.1 + b)
    }
    return totals
  }

  /// Weights or biases of a pack of elements.
  @inline(__always)
  private static func scale(_ row: tk_norm, _ p: In, _ part: Int, _ j: Int, _ count: Int) -> Pack<E> {
    let first = p + part &* Int(row.weight_part)
    return row.weight_element == 0 ? Pack(first[0]) : Pack(first + j, count)
  }

  /// The gradient by z: g times the weights, if there are any.
  @inline(__always)
  private static func slope(
    _ row: tk_norm, _ g: In, _ weight: In?, _ at: Int, _ part: Int, _ j: Int, _ count: Int
  ) -> Pack<E> {
    let gradient = Pack(g + at, count)
    return if let weight { gradient * scale(row, weight, part, j, count) } else { gradient }
  }

  /// z, 0 in lanes beyond count.
  @inline(__always)
  private static func standard(
    _ x: In, _ at: Int, _ count: Int, _ centre: Pack<E>, _ factor: Pack<E>
  ) -> Pack<E> {
    (Pack(x + at, count, fill: centre) - centre) * factor
  }

  /// 1 / the standard deviation.
  @inline(__always)
  private static func reciprocal(_ row: tk_norm, _ variance: Double) -> Pack<E> {
    Pack(E(1 / (variance + row.epsilon).squareRoot()))
  }

  /// y = (x - mean) / sqrt(variance + epsilon) * weight + bias
  @inline(__always)
  static func forward(
    _ row: UnsafePointer<tk_norm>?, _ x: Address?, _ weight: Address?, _ bias: Address?, _ y: MutableAddress?,
    _ mean: MutableAddress?, _ variance: MutableAddress?
  ) {
    guard let row = row?.pointee, let x = x?.assumingMemoryBound(to: E.self),
      let y = y?.assumingMemoryBound(to: E.self), let mean = mean?.assumingMemoryBound(to: E.self),
      let variance = variance?.assumingMemoryBound(to: E.self)
    else { return }
    let count = Double(row.parts &* row.length)
    var average = 0.0
    if row.centred != 0 { average = sum(row) { at, n in Pack(x + at, n) } / count }
    mean.pointee = E(average)
    let centre = Pack(mean.pointee)
    let total = sum(row) { at, n in
      let d = Pack(x + at, n, fill: centre) - centre
      return d * d
    }
    let spread = total / count
    variance.pointee = E(spread)
    let factor = reciprocal(row, spread)
    let weight = weight?.assumingMemoryBound(to: E.self), bias = bias?.assumingMemoryBound(to: E.self)
    write(row, y) { at, part, j, n in
      var result = (Pack(x + at, n) - centre) * factor
      if let weight { result = result * scale(row, weight, part, j, n) }
      if let bias { result = result + scale(row, bias, part, j, n) }
      return result
    }
  }

  /// Writes what `value(offset in the row, part, offset in the part, count)` returns for every pack.
  @inline(__always)
  static func write(_ row: tk_norm, _ to: Out, _ value: (Int, Int, Int, Int) -> Pack<E>) {
    let length = Int(row.length)
    let streamed = row.streamed != 0 && Streamed.suitsRows(to, length, Int(row.stride))
    for part in 0..<Int(row.parts) {
      let start = part &* Int(row.stride)
      if streamed {
        for j in stride(from: 0, to: length, by: width) {
          Streamed.put(value(start &+ j, part, j, width), to + start + j)
        }
      } else {
        forEachPack(length) { j, n in value(start &+ j, part, j, n).store(to + start + j, n) }
      }
    }
  }

  /// With z = (x - mean) r, r = 1 / sqrt(variance + epsilon), and h = g weight:
  /// dx = r (h - mean(h) - z mean(h z)), without mean(h) where rows are not centred.
  @inline(__always)
  static func backward(
    _ row: UnsafePointer<tk_norm>?, _ x: Address?, _ g: Address?, _ weight: Address?, _ mean: Address?,
    _ variance: Address?, _ dx: MutableAddress?
  ) {
    guard let row = row?.pointee, let x = x?.assumingMemoryBound(to: E.self),
      let g = g?.assumingMemoryBound(to: E.self), let dx = dx?.assumingMemoryBound(to: E.self),
      let mean = mean?.assumingMemoryBound(to: E.self),
      let variance = variance?.assumingMemoryBound(to: E.self)
    else { return }
    let weight = weight?.assumingMemoryBound(to: E.self)
    let count = Double(row.parts &* row.length)
    let centre = Pack(mean.pointee), factor = reciprocal(row, Double(variance.pointee))
    let (slopes, tilts) = sums(row) { at, part, j, n in
      let h = slope(row, g, weight, at, part, j, n)
      return (h, h * standard(x, at, n, centre, factor))
    }
    let shift = Pack(E(row.centred != 0 ? slopes / count : 0)), tilt = Pack(E(tilts / count))
    write(row, dx) { at, part, j, n in
      let centred = slope(row, g, weight, at, part, j, n) - shift
      return (centred - standard(x, at, n, centre, factor) * tilt) * factor
    }
  }

  /// dweight += g z and dbias += g, each summed over the elements that share them.
  @inline(__always)
  static func parameters(
    _ row: UnsafePointer<tk_norm>?, _ x: Address?, _ g: Address?, _ mean: Address?, _ variance: Address?,
    _ dweight: MutableAddress?, _ dbias: MutableAddress?
  ) {
    guard let row = row?.pointee, let x = x?.assumingMemoryBound(to: E.self),
      let g = g?.assumingMemoryBound(to: E.self), let mean = mean?.assumingMemoryBound(to: E.self),
      let variance = variance?.assumingMemoryBound(to: E.self),
      let dweight = dweight?.assumingMemoryBound(to: E.self),
      let dbias = dbias?.assumingMemoryBound(to: E.self)
    else { return }
    let centre = Pack(mean.pointee), factor = reciprocal(row, Double(variance.pointee))
    if row.weight_element != 0 {
      forEachPack(Int(row.length)) { j, n in
        let gradient = Pack(g + j, n)
        let product = gradient * standard(x, j, n, centre, factor)
        (Pack(In(dweight + j), n) + product).store(dweight + j, n)
        (Pack(In(dbias + j), n) + gradient).store(dbias + j, n)
      }
      return
    }
    // The parts either share one weight or have one each.
    var pieces = row
    let count = row.weight_part == 0 ? 1 : Int(row.parts)
    if row.weight_part != 0 { pieces.parts = 1 }
    for part in 0..<count {
      let start = part &* Int(row.stride)
      let (product, total) = sums(pieces) { at, _, _, n in
        let gradient = Pack(g + (start &+ at), n)
        return (gradient * standard(x, start &+ at, n, centre, factor), gradient)
      }
      dweight[part] += E(product)
      dbias[part] += E(total)
    }
  }
}
