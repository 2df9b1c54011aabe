import CKernels
import Glibc
import Testing

@Suite struct RowTests {
  private func run<E: TestFloat>(
    _ k: tk_rows, _: E.Type, _ tolerance: Double
  ) {
    var g = SplitMix(state: 5)
    for (rows, cols) in [(1, 1), (3, 10), (5, 16), (2, 33), (4, 1000), (0, 5), (3, 0)] {
      let count = rows * cols
      let x = (0..<count).map { _ in E.random(in: -30...30, using: &g) }
      let dy = (0..<count).map { _ in E.random(in: -1...1, using: &g) }
      let wide = x.map(Double.init), wideDy = dy.map(Double.init)
      var y = [E](repeating: 7, count: count + 1), logY = y, dx = y, logDx = y
      let (r, c) = (Int64(rows), Int64(cols))
      k.softmax(r, c, x, &y)
      k.log_softmax(r, c, x, &logY)
      k.softmax_backward(r, c, y, dy, &dx)
      k.log_softmax_backward(r, c, logY, dy, &logDx)
      let targets = (0..<rows).map { $0 == 1 ? Int64(-100) : Int64($0 % max(cols, 1)) }
      let scale: [E] = (0..<rows).map { E($0) + 1 }
      var loss = [E](repeating: 7, count: rows), normaliser = loss, dLoss = y
      k.cross_entropy(r, c, x, targets, -100, &loss, &normaliser)
      k.cross_entropy_backward(r, c, x, targets, -100, normaliser, scale, 1, &dLoss)
      for i in 0..<rows where cols > 0 {
        let at = i * cols..<(i + 1) * cols
        let top = wide[at].max()!
        let sum = wide[at].reduce(0) { $0 + Glibc.exp($1 - top) }
        let p = wide[at].map { Glibc.exp($0 - top) / sum }
        let dot = zip(p, wideDy[at]).reduce(0) { $0 + $1.0 * $1.1 }, total = wideDy[at].reduce(0, +)
        func close(_ a: E, _ b: Double, _ what: String) {
          #expect(abs(Double(a) - b) <= tolerance * (1 + abs(b)), "\(what) \(rows) x \(cols): \(a), not \(b)")
        }
        let ignored = targets[i] == -100
        close(
          loss[i], ignored ? 0 : Glibc.log(sum) + top - wide[at][i * cols + Int(targets[i])], "cross_entropy")
        close(normaliser[i], Glibc.log(sum) + top, "log_normaliser")
        for j in 0..<cols {
          let s = i * cols + j
          close(y[s], p[j], "softmax")
          close(logY[s], wide[s] - top - Glibc.log(sum), "log_softmax")
          close(dx[s], p[j] * (wideDy[s] - dot), "softmax_backward")
          close(logDx[s], wideDy[s] - p[j] * total, "log_softmax_backward")
          let target = Int(targets[i]) == j ? 1.0 : 0
          close(dLoss[s], ignored ? 0 : (p[j] - target) * Double(scale[i]), "cross_entropy_backward")
        }
      }
      #expect(y[count] == 7 && logY[count] == 7 && dx[count] == 7 && dLoss[count] == 7)
    }
  }

  @Test(arguments: Build.all) func float32(_ build: Build) { run(build.kernels.f32.rows, Float.self, 3e-6) }
  @Test(arguments: Build.all) func float64(_ build: Build) { run(build.kernels.f64.rows, Double.self, 1e-14) }

  @Test(arguments: Build.all) func extremes(_ build: Build) {
    let k = build.kernels.f32.rows
    var y = [Float](repeating: 0, count: 3)
    k.softmax(1, 3, [Float(1e30), 1e30, -1e30], &y)
    #expect(y == [0.5, 0.5, 0])
    k.softmax(1, 3, [-Float.infinity, 0, -Float.infinity], &y)
    #expect(y == [0, 1, 0])
    k.log_softmax(1, 3, [-Float.infinity, 0, -Float.infinity], &y)
    #expect(y == [-Float.infinity, 0, -Float.infinity])
    k.softmax(1, 3, [Float.nan, 0, 1], &y)
    #expect(y.allSatisfy { $0.isNaN })
    k.softmax(1, 3, [Float](repeating: -.infinity, count: 3), &y)
    #expect(y.allSatisfy { $0.isNaN })
  }
}
