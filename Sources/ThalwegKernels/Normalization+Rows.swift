import CKernels

// Rows side by side, with a weight an element or none: layer and RMS normalisation. Short rows go four at a time, so
// that the ends of their sums, long chains of instructions, overlap, and weights are read once for all of them. One row
// of what is left over is summed in the same order: its result does not depend on its place.

extension Normalization {
  /// Elements of a row up to which four of them are in reach of the nearest caches.
  @inline(__always) private static var short: Int { 8192 }
  /// Additions that a lane makes before its sum goes to a float64 total.
  @inline(__always) private static var run: Int { 16 }

  /// What is the same for all rows. Weights and biases that there are not are packs in memory that are read again and
  /// again: their steps are 0.
  private struct Matrix {
    let n: Int
    let weight, bias: In
    let weightStep, biasStep: Int
    let centred: Bool
    let epsilon: Double

    @inline(__always)
    func weights(_ j: Int, _ count: Int) -> Pack<E> { Pack(weight + j &* weightStep, count) }
    @inline(__always)
    func biases(_ j: Int, _ count: Int) -> Pack<E> { Pack(bias + j &* biasStep, count) }

    /// 1 / the standard deviation.
    @inline(__always)
    func reciprocal(_ variance: Double) -> Double { 1 / (variance + epsilon).squareRoot() }
  }

  @inline(__always)
  private static func with(
    _ row: tk_norm, _ weight: Address?, _ bias: Address?, _ body: (Matrix) -> Void
  ) {
    var constants = (Pack<E>(1), Pack<E>(0))
    withUnsafeBytes(of: &constants) { constants in
      let none = constants.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: E.self)
      body(
        Matrix(
          n: Int(row.length), weight: weight?.assumingMemoryBound(to: E.self) ?? none,
          bias: bias?.assumingMemoryBound(to: E.self) ?? none + width, weightStep: weight == nil ? 0 : 1,
          biasStep: bias == nil ? 0 : 1, centred: row.centred != 0, epsilon: row.epsilon))
    }
  }

  /// Whether results are written past the caches.
  @inline(__always)
  private static func isStreamed(_ row: tk_norm, _ to: Out) -> Bool {
    row.streamed != 0 && Streamed.suitsRows(to, Int(row.length), Int(row.length))
  }

  /// Writes a pack; only whole ones are streamed.
  @inline(__always)
  private static func put<To: Destination>(_ value: Pack<E>, _ p: Out, _ count: Int, _: To.Type) {
    if count == width { To.put(value, p) } else { value.store(p, count) }
  }

  /// The sums of f(row, offset, count) over four rows.
  @inline(__always)
  private static func sums(
    _ n: Int, _ f: (Int, Int, Int) -> Pack<E>
  ) -> (Double, Double, Double, Double) {
    let none = Pack<Double>(0)
    var (t0, t1, t2, t3) = (none, none, none, none)
    var j = 0
    while j < n {
      let end = min(n, j &+ run &* width)
      var (s0, s1, s2, s3) = (Pack<E>(0), Pack<E>(0), Pack<E>(0), Pack<E>(0))
      while j &+ width <= end {
        (s0, s1) = (s0 + f(0, j, width), s1 + f(1, j, width))
        (s2, s3) = (s2 + f(2, j, width), s3 + f(3, j, width))
        j &+= width
      }
      if j < end {
        let count = end &- j
        (s0, s1) = (s0 + f(0, j, count), s1 + f(1, j, count))
        (s2, s3) = (s2 + f(2, j, count), s3 + f(3, j, count))
        j = end
      }
      (t0, t1, t2, t3) = (t0 + s0.wide, t1 + s1.wide, t2 + s2.wide, t3 + s3.wide)
    }
    return (total(t0), total(t1), total(t2), total(t3))
  }

  @inline(__always)
  private static func total(_ x: Pack<Double>) -> Double { x.folded { $0 + $1 }[0] }

  /// The sum of f(offset, count) over one row, in the order of `sums`; of a long one in four parts side by side.
  @inline(__always)
  private static func sum(_ n: Int, _ f: (Int, Int) -> Pack<E>) -> Double {
    n > short ? RowOperations<E>.sum(n, f) : RowOperations<E>.narrowSums(n) { (f($0, $1), Pack(0)) }.0
  }

  /// Has packs of the next four rows fetched, in the order of memory: while these ones' results are written, as that takes
  /// longer than reading.
  @inline(__always)
  private static func fetchNext(_ x: In, _ n: Int, _ j: Int) {
    for k in 0..<4 { tk_prefetch(x + 4 &* (n &+ j) + k &* width) }
  }

  @inline(__always)
  static func rowsForward(
    _ row: UnsafePointer<tk_norm>?, _ rows: Int64, _ x: Address?, _ weight: Address?, _ bias: Address?,
    _ y: MutableAddress?, _ mean: MutableAddress?, _ variance: MutableAddress?
  ) {
    guard let row = row?.pointee, let x = x?.assumingMemoryBound(to: E.self),
      let y = y?.assumingMemoryBound(to: E.self), let mean = mean?.assumingMemoryBound(to: E.self),
      let variance = variance?.assumingMemoryBound(to: E.self)
    else { return }
    with(row, weight, bias) { matrix in
      if isStreamed(row, y) {
        forward(matrix, Int(rows), x, y, mean, variance, Streamed.self)
      } else {
        forward(matrix, Int(rows), x, y, mean, variance, Cached.self)
      }
    }
  }

  @inline(never)
  private static func forward<To: Destination>(
    _ matrix: Matrix, _ rows: Int, _ x: In, _ y: Out, _ mean: Out, _ variance: Out, _: To.Type
  ) {
    let n = matrix.n
    var i = 0
    while n <= short && i &+ 4 <= rows {
      fourForward(matrix, x + i &* n, y + i &* n, mean + i, variance + i, To.self)
      i &+= 4
    }
    while i < rows {
      oneForward(matrix, x + i &* n, y + i &* n, mean + i, variance + i, To.self)
      i &+= 1
    }
  }

  @inline(__always)
  private static func fourForward<To: Destination>(
    _ matrix: Matrix, _ x: In, _ y: Out, _ mean: Out, _ variance: Out, _: To.Type
  ) {
    let n = matrix.n, count = Double(n)
    var squares: (Double, Double, Double, Double)
    if matrix.centred {
      let sums = sums(n) { k, j, count in Pack(x + k &* n + j, count) }
      (mean[0], mean[1]) = (E(sums.0 / count), E(sums.1 / count))
      (mean[2], mean[3]) = (E(sums.2 / count), E(sums.3 / count))
      let (c0, c1, c2, c3) = (Pack(mean[0]), Pack(mean[1]), Pack(mean[2]), Pack(mean[3]))
      squares = Self.sums(n) { k, j, count in
        let centre = k == 0 ? c0 : k == 1 ? c1 : k == 2 ? c2 : c3
        let d = Pack(x + k &* n + j, count, fill: centre) - centre
        return d * d
      }
    } else {
      mean.update(repeating: 0, count: 4)
      squares = sums(n) { k, j, count in
        let value = Pack(x + k &* n + j, count)
        return value * value
      }
    }
    let (c0, c1, c2, c3) = (Pack(mean[0]), Pack(mean[1]), Pack(mean[2]), Pack(mean[3]))
    let spreads = (squares.0 / count, squares.1 / count, squares.2 / count, squares.3 / count)
    (variance[0], variance[1], variance[2], variance[3]) = (
      E(spreads.0), E(spreads.1), E(spreads.2), E(spreads.3)
    )
    let factors = (
      Pack(E(matrix.reciprocal(spreads.0))), Pack(E(matrix.reciprocal(spreads.1))),
      Pack(E(matrix.reciprocal(spreads.2))), Pack(E(matrix.reciprocal(spreads.3)))
    )
    forEachPack(n) { j, count in
      fetchNext(x, n, j)
      let w = matrix.weights(j, count), b = matrix.biases(j, count)
      let z0 = (Pack(x + j, count) - c0) * factors.0
      let z1 = (Pack(x + n + j, count) - c1) * factors.1
      let z2 = (Pack(x + 2 &* n + j, count) - c2) * factors.2
      let z3 = (Pack(x + 3 &* n + j, count) - c3) * factors.3
      put(z0.times(w, plus: b), y + j, count, To.self)
      put(z1.times(w, plus: b), y + n + j, count, To.self)
      put(z2.times(w, plus: b), y + 2 &* n + j, count, To.self)
      put(z3.times(w, plus: b), y + 3 &* n + j, count, To.self)
    }
  }

  @inline(__always)
  private static func oneForward<To: Destination>(
    _ matrix: Matrix, _ x: In, _ y: Out, _ mean: Out, _ variance: Out, _: To.Type
  ) {
    let n = matrix.n
    mean[0] = matrix.centred ? E(sum(n) { j, count in Pack(x + j, count) } / Double(n)) : 0
    let centre = Pack(mean[0])
    let squares = sum(n) { j, count in
      let d = Pack(x + j, count, fill: centre) - centre
      return d * d
    }
    let spread = squares / Double(n)
    variance[0] = E(spread)
    let factor = Pack(E(matrix.reciprocal(spread)))
    forEachPack(n) { j, count in
      let z = (Pack(x + j, count) - centre) * factor
      put(z.times(matrix.weights(j, count), plus: matrix.biases(j, count)), y + j, count, To.self)
    }
  }

  /// With z = (x - mean) r, r = 1 / sqrt(variance + epsilon), and h = g weight:
  /// dx = r (h - mean(h) - z mean(h z)), without mean(h) where rows are not centred; dweight = sum of g z, dbias of g.
  @inline(__always)
  static func rowsBackward(
    _ row: UnsafePointer<tk_norm>?, _ rows: Int64, _ x: Address?, _ g: Address?, _ weight: Address?,
    _ mean: Address?, _ variance: Address?, _ dx: MutableAddress?, _ dweight: MutableAddress?,
    _ dbias: MutableAddress?
  ) {
    guard let row = row?.pointee, let x = x?.assumingMemoryBound(to: E.self),
      let g = g?.assumingMemoryBound(to: E.self), let mean = mean?.assumingMemoryBound(to: E.self),
      let variance = variance?.assumingMemoryBound(to: E.self)
    else { return }
    let n = Int(row.length), rows = Int(rows), dx = dx?.assumingMemoryBound(to: E.self)
    let dweight = dweight?.assumingMemoryBound(to: E.self), dbias = dbias?.assumingMemoryBound(to: E.self)
    with(row, weight, nil) { matrix in
      if let dweight, let dbias {
        dweight.update(repeating: 0, count: n)
        dbias.update(repeating: 0, count: n)
        if let dx, isStreamed(row, dx) {
          backward(matrix, rows, x, g, mean, variance, dx, (dweight, dbias), Streamed.self)
        } else {
          backward(matrix, rows, x, g, mean, variance, dx, (dweight, dbias), Cached.self)
        }
      } else {
        backward(matrix, rows, x, g, mean, variance, dx, nil, Cached.self)
      }
    }
  }

  @inline(__always)
  private static func backward<To: Destination>(
    _ matrix: Matrix, _ rows: Int, _ x: In, _ g: In, _ mean: In, _ variance: In, _ dx: Out?,
    _ parameters: (Out, Out)?, _: To.Type
  ) {
    let n = matrix.n
    var i = 0
    while n <= short && i &+ 4 <= rows {
      let at = i &* n, to = dx.map { $0 + at }
      fourBackward(matrix, x + at, g + at, mean + i, variance + i, to, parameters, To.self)
      i &+= 4
    }
    while i < rows {
      let at = i &* n, to = dx.map { $0 + at }
      oneBackward(matrix, x + at, g + at, mean + i, variance + i, to, parameters, To.self)
      i &+= 1
    }
  }

  /// What dx of a row is made of: dx = ((h - shift) - (x - centre) tilt) factor.
  private typealias Slope = (shift: Pack<E>, tilt: Pack<E>, factor: Pack<E>)

  /// From the sums of h and of h (x - mean).
  @inline(__always)
  private static func slope(
    _ matrix: Matrix, _ sum: Pack<Double>, _ product: Pack<Double>, _ factor: Double
  ) -> Slope {
    let count = Double(matrix.n)
    let shift = matrix.centred ? Pack(E(total(sum) / count)) : Pack(0)
    return (shift, Pack(E(total(product) * factor * factor / count)), Pack(E(factor)))
  }

  @inline(__always)
  private static func gradient(_ h: Pack<E>, _ d: Pack<E>, _ slope: Slope) -> Pack<E> {
    ((h - slope.shift) - d * slope.tilt) * slope.factor
  }

  @inline(never)
  private static func fourBackward<To: Destination>(
    _ matrix: Matrix, _ x: In, _ g: In, _ mean: In, _ variance: In, _ dx: Out?, _ parameters: (Out, Out)?,
    _: To.Type
  ) {
    let n = matrix.n
    let (c0, c1, c2, c3) = (Pack(mean[0]), Pack(mean[1]), Pack(mean[2]), Pack(mean[3]))
    let reciprocals = (
      matrix.reciprocal(Double(variance[0])), matrix.reciprocal(Double(variance[1])),
      matrix.reciprocal(Double(variance[2])), matrix.reciprocal(Double(variance[3]))
    )
    let (r0, r1) = (Pack(E(reciprocals.0)), Pack(E(reciprocals.1)))
    let (r2, r3) = (Pack(E(reciprocals.2)), Pack(E(reciprocals.3)))
    let none = Pack<Double>(0), zero = Pack<E>(0)
    var (s0, s1, s2, s3, p0, p1, p2, p3) = (none, none, none, none, none, none, none, none)
    var (a0, a1, a2, a3, b0, b1, b2, b3) = (zero, zero, zero, zero, zero, zero, zero, zero)
    // Functions, as closures of this length would be called, not inlined.
    @inline(__always)
    func add(_ j: Int, _ count: Int) {
      fetchNext(g, n, j)
      let w = matrix.weights(j, count)
      let (g0, g1) = (Pack(g + j, count), Pack(g + n + j, count))
      let (g2, g3) = (Pack(g + 2 &* n + j, count), Pack(g + 3 &* n + j, count))
      let t0 = g0 * (Pack(x + j, count, fill: c0) - c0)
      let t1 = g1 * (Pack(x + n + j, count, fill: c1) - c1)
      let t2 = g2 * (Pack(x + 2 &* n + j, count, fill: c2) - c2)
      let t3 = g3 * (Pack(x + 3 &* n + j, count, fill: c3) - c3)
      (a0, a1, a2, a3) = (
        g0.times(w, plus: a0), g1.times(w, plus: a1), g2.times(w, plus: a2), g3.times(w, plus: a3)
      )
      (b0, b1, b2, b3) = (
        t0.times(w, plus: b0), t1.times(w, plus: b1), t2.times(w, plus: b2), t3.times(w, plus: b3)
      )
      if let (dweight, dbias) = parameters {
        let (u, v) = (t0.times(r0, plus: t1 * r1), t2.times(r2, plus: t3 * r3))
        (Pack(In(dweight + j), count) + (u + v)).store(dweight + j, count)
        (Pack(In(dbias + j), count) + ((g0 + g1) + (g2 + g3))).store(dbias + j, count)
      }
    }
    var j = 0
    while j < n {
      let end = min(n, j &+ run &* width)
      (a0, a1, a2, a3, b0, b1, b2, b3) = (zero, zero, zero, zero, zero, zero, zero, zero)
      while j &+ width <= end {
        add(j, width)
        j &+= width
      }
      if j < end {
        add(j, end &- j)
        j = end
      }
      (s0, s1, s2, s3) = (s0 + a0.wide, s1 + a1.wide, s2 + a2.wide, s3 + a3.wide)
      (p0, p1, p2, p3) = (p0 + b0.wide, p1 + b1.wide, p2 + b2.wide, p3 + b3.wide)
    }
    guard let dx else { return }
    let (q0, q1) = (slope(matrix, s0, p0, reciprocals.0), slope(matrix, s1, p1, reciprocals.1))
    let (q2, q3) = (slope(matrix, s2, p2, reciprocals.2), slope(matrix, s3, p3, reciprocals.3))
    @inline(__always)
    func write(_ j: Int, _ count: Int) {
      fetchNext(x, n, j)
      let w = matrix.weights(j, count)
      let (d0, d1) = (Pack(x + j, count) - c0, Pack(x + n + j, count) - c1)
      let (d2, d3) = (Pack(x + 2 &* n + j, count) - c2, Pack(x + 3 &* n + j, count) - c3)
      let (y0, y1) = (gradient(Pack(g + j, count) * w, d0, q0), gradient(Pack(g + n + j, count) * w, d1, q1))
      let y2 = gradient(Pack(g + 2 &* n + j, count) * w, d2, q2)
      let y3 = gradient(Pack(g + 3 &* n + j, count) * w, d3, q3)
      put(y0, dx + j, count, To.self)
      put(y1, dx + n + j, count, To.self)
      put(y2, dx + 2 &* n + j, count, To.self)
      put(y3, dx + 3 &* n + j, count, To.self)
    }
    j = 0
    while j &+ width <= n {
      write(j, width)
      j &+= width
    }
    if j < n { write(j, n &- j) }
  }

  @inline(never)
  private static func oneBackward<To: Destination>(
    _ matrix: Matrix, _ x: In, _ g: In, _ mean: In, _ variance: In, _ dx: Out?, _ parameters: (Out, Out)?,
    _: To.Type
  ) {
    let n = matrix.n, centre = Pack(mean[0])
    let reciprocal = matrix.reciprocal(Double(variance[0])), r = Pack(E(reciprocal))
    var (sum, product) = (Pack<Double>(0), Pack<Double>(0))
    for first in stride(from: 0, to: n, by: run &* width) {
      var (a, b) = (Pack<E>(0), Pack<E>(0))
      forEachPack(min(n &- first, run &* width)) { i, count in
        let j = first &+ i, w = matrix.weights(j, count), slope = Pack(g + j, count)
        let t = slope * (Pack(x + j, count, fill: centre) - centre)
        (a, b) = (slope.times(w, plus: a), t.times(w, plus: b))
        if let (dweight, dbias) = parameters {
          t.times(r, plus: Pack(In(dweight + j), count)).store(dweight + j, count)
          (Pack(In(dbias + j), count) + slope).store(dbias + j, count)
        }
      }
      (sum, product) = (sum + a.wide, product + b.wide)
    }
    guard let dx else { return }
    let q = slope(matrix, sum, product, reciprocal)
    forEachPack(n) { j, count in
      let d = Pack(x + j, count) - centre
      put(gradient(Pack(g + j, count) * matrix.weights(j, count), d, q), dx + j, count, To.self)
    }
  }
}
