import CKernels
import Testing

/// Normalisation of rows with a weight an element, and of rows of parts with a weight each, against the formula in double
/// precision.
@Suite struct RowNormTests {
  @Test(arguments: Build.all) func rowsOfFloat32(_ build: Build) {
    rows(build.kernels.f32.norms, Float.self, 2e-6)
  }
  @Test(arguments: Build.all) func rowsOfFloat64(_ build: Build) {
    rows(build.kernels.f64.norms, Double.self, 1e-13)
  }
  @Test(arguments: Build.all) func partsOfFloat32(_ build: Build) {
    parts(build.kernels.f32.norms, Float.self, 2e-6)
  }
  @Test(arguments: Build.all) func partsOfFloat64(_ build: Build) {
    parts(build.kernels.f64.norms, Double.self, 1e-13)
  }

  /// What the formula gives for one row, h being g times the weights.
  private struct Expected {
    let mean, variance, factor: Double
    let z, dx: [Double]

    init(_ x: [Double], _ h: [Double], centred: Bool) {
      let count = Double(x.count), average = centred ? x.reduce(0, +) / count : 0
      let spread = x.reduce(0) { $0 + ($1 - average) * ($1 - average) } / count
      let factor = 1 / (spread + 1e-5).squareRoot()
      let z = x.map { ($0 - average) * factor }
      let slope = centred ? h.reduce(0, +) / count : 0
      let tilt = zip(h, z).reduce(0) { $0 + $1.0 * $1.1 } / count
      (mean, variance, self.factor, self.z) = (average, spread, factor, z)
      dx = zip(h, z).map { ($0 - slope - $1 * tilt) * factor }
    }
  }

  private func close<E: TestFloat>(_ a: E, _ b: Double, _ tolerance: Double, _ what: String) {
    #expect(abs(Double(a) - b) <= tolerance * (1 + abs(b)) * 8, "\(what): \(a), not \(b)")
  }

  private func rows<E: TestFloat>(_ k: tk_norms, _: E.Type, _ tolerance: Double) {
    var random = SplitMix(state: 8)
    for (count, length) in [(1, 9), (3, 64), (4, 7), (5, 16), (6, 129), (9, 272), (5, 1024), (2, 8200)] {
      for (isAffine, centred) in [(true, true), (false, true), (true, false)] {
        let what = "\(count) rows of \(length)", size = count * length
        let x = (0..<size).map { _ in E.random(in: 1...3, using: &random) }
        let g = (0..<size).map { _ in E.random(in: -1...1, using: &random) }
        let w = (0..<length).map { _ in isAffine ? E.random(in: 0.5...2, using: &random) : 1 }
        let b = (0..<length).map { _ in isAffine ? E.random(in: -1...1, using: &random) : 0 }
        var row = tk_norm(
          parts: 1, length: Int64(length), stride: Int64(length), centred: centred ? 1 : 0,
          streamed: length == 64 ? 1 : 0, epsilon: 1e-5)
        var y = [E](repeating: 7, count: size), dx = y
        var mean = [E](repeating: 7, count: count), variance = mean
        var dweight = [E](repeating: 7, count: length), dbias = dweight
        k.rows_forward(
          &row, Int64(count), x, isAffine ? w : nil, isAffine ? b : nil, &y, &mean, &variance)
        k.rows_backward(
          &row, Int64(count), x, g, isAffine ? w : nil, mean, variance, &dx, &dweight, &dbias)

        var products = [Double](repeating: 0, count: length), sums = products
        for i in 0..<count {
          let part = (i * length)..<((i + 1) * length)
          let h = zip(g[part], w).map { Double($0) * Double($1) }
          let expected = Expected(x[part].map { Double($0) }, h, centred: centred)
          close(mean[i], expected.mean, tolerance, "mean, \(what)")
          close(variance[i], expected.variance, tolerance, "variance, \(what)")
          for j in 0..<length {
            let at = i * length + j
            close(y[at], expected.z[j] * Double(w[j]) + Double(b[j]), tolerance, "y, \(what)")
            close(dx[at], expected.dx[j], tolerance * 4, "dx, \(what)")
            products[j] += Double(g[at]) * expected.z[j]
            sums[j] += Double(g[at])
          }
        }
        for j in 0..<length {
          close(dweight[j], products[j], tolerance * 4, "dweight, \(what)")
          close(dbias[j], sums[j], tolerance, "dbias, \(what)")
        }

        // A row alone has the same bits as among others, with and without the parameters' gradients.
        let last = Array(x[((count - 1) * length)...]), slopes = Array(g[((count - 1) * length)...])
        let (itsMean, itsVariance) = ([mean[count - 1]], [variance[count - 1]])
        var alone = [E](repeating: 7, count: length), centre: [E] = [7], spread = centre
        k.rows_forward(
          &row, 1, Array(x[..<length]), isAffine ? w : nil, isAffine ? b : nil, &alone, &centre, &spread)
        #expect(alone == Array(y[..<length]), "the first of \(what)")
        k.rows_backward(
          &row, 1, last, slopes, isAffine ? w : nil, itsMean, itsVariance, &alone, nil, nil)
        #expect(alone == Array(dx[((count - 1) * length)...]), "the last of \(what)")
      }
    }
  }

  private func parts<E: TestFloat>(_ k: tk_norms, _: E.Type, _ tolerance: Double) {
    var random = SplitMix(state: 9)
    for (count, length) in [(1, 9), (3, 5), (4, 64), (2, 49), (5, 131), (33, 16), (2, 9000)] {
      for isAffine in [true, false] {
        let what = "\(count) parts of \(length)", size = count * length
        let x = (0..<size).map { _ in E.random(in: 1...3, using: &random) }
        let g = (0..<size).map { _ in E.random(in: -1...1, using: &random) }
        let w = (0..<count).map { _ in isAffine ? E.random(in: 0.5...2, using: &random) : 1 }
        let b = (0..<count).map { _ in isAffine ? E.random(in: -1...1, using: &random) : 0 }
        var row = tk_norm(
          parts: Int64(count), length: Int64(length), stride: Int64(length), centred: 1,
          streamed: length == 64 ? 1 : 0, epsilon: 1e-5)
        var y = [E](repeating: 7, count: size), dx = y
        var mean: [E] = [7], variance = mean, dweight = [E](repeating: 7, count: count), dbias = dweight
        k.parts_forward(&row, x, isAffine ? w : nil, isAffine ? b : nil, &y, &mean, &variance)
        k.parts_backward(&row, x, g, isAffine ? w : nil, mean, variance, &dx, &dweight, &dbias)

        let h = (0..<size).map { Double(g[$0]) * Double(w[$0 / length]) }
        let expected = Expected(x.map { Double($0) }, h, centred: true)
        close(mean[0], expected.mean, tolerance, "mean, \(what)")
        close(variance[0], expected.variance, tolerance, "variance, \(what)")
        for at in 0..<size {
          let p = at / length
          close(y[at], expected.z[at] * Double(w[p]) + Double(b[p]), tolerance, "y, \(what)")
          close(dx[at], expected.dx[at], tolerance * 4, "dx, \(what)")
        }
        for p in 0..<count {
          let part = (p * length)..<((p + 1) * length)
          close(
            dweight[p], part.reduce(0) { $0 + Double(g[$1]) * expected.z[$1] }, tolerance * 4,
            "dweight, \(what)")
          close(dbias[p], part.reduce(0) { $0 + Double(g[$1]) }, tolerance * 4, "dbias, \(what)")
        }
      }
    }
  }
}
