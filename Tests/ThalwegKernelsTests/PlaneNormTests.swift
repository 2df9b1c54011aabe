import CKernels
import Testing

/// Normalisation of a row in planes, against the formula in double precision.
@Suite struct PlaneNormTests {
  @Test(arguments: Build.all) func float32(_ build: Build) { run(build.kernels.f32.norms, Float.self, 2e-6) }
  @Test(arguments: Build.all) func float64(_ build: Build) {
    run(build.kernels.f64.norms, Double.self, 1e-13)
  }

  private func run<E: TestFloat>(_ k: tk_norms, _: E.Type, _ tolerance: Double) {
    var random = SplitMix(state: 7)
    for (parts, length) in [(1, 2), (3, 5), (2, 64), (9, 49), (5, 131), (33, 16), (2, 1500)] {
      for isAffine in [true, false] {
        let (stride, size) = (length + 3, parts * (length + 3))
        let x = (0..<size).map { _ in E.random(in: 9...12, using: &random) }
        let g = (0..<size).map { _ in E.random(in: -1...1, using: &random) }
        let (weight, bias): ([E], [E]) = ([1.5], [-0.25])
        var row = tk_norm(
          parts: Int64(parts), length: Int64(length), stride: Int64(stride), centred: 1,
          streamed: length == 64 ? 1 : 0, epsilon: 1e-5)
        var y = [E](repeating: 7, count: size), dx = y
        var mean: [E] = [7], variance = mean, dweight = mean, dbias = mean
        k.planes_forward(&row, x, isAffine ? weight : nil, isAffine ? bias : nil, &y, &mean, &variance)
        k.planes_backward(
          &row, x, g, isAffine ? weight : nil, mean, variance, &dx, &dweight, &dbias)

        let inside = (0..<size).filter { $0 % stride < length }
        let count = Double(inside.count), (w, b) = isAffine ? (1.5, -0.25) : (1, 0)
        let average = inside.reduce(0) { $0 + Double(x[$1]) } / count
        let spread = inside.reduce(0) { $0 + (Double(x[$1]) - average) * (Double(x[$1]) - average) } / count
        let factor = 1 / (spread + 1e-5).squareRoot()
        func z(_ i: Int) -> Double { (Double(x[i]) - average) * factor }
        let slope = inside.reduce(0) { $0 + Double(g[$1]) }
        let tilt = inside.reduce(0) { $0 + Double(g[$1]) * z($1) }
        func close(_ a: E, _ b: Double, _ what: String) {
          #expect(
            abs(Double(a) - b) <= tolerance * (1 + abs(b)) * 4,
            "\(what), \(parts) x \(length): \(a), not \(b)")
        }
        close(mean[0], average, "mean")
        close(variance[0], spread, "variance")
        close(dbias[0], slope, "dbias")
        close(dweight[0], tilt, "dweight")
        for i in 0..<size {
          if i % stride >= length {
            #expect(y[i] == 7 && dx[i] == 7, "wrote between the planes")
            continue
          }
          close(y[i], z(i) * w + b, "y")
          close(dx[i], (Double(g[i]) - slope / count - z(i) * tilt / count) * factor * w, "dx")
        }
        var again = dweight
        k.planes_backward(&row, x, g, nil, mean, variance, nil, &again, &dbias)
        #expect(again == dweight)
      }
    }
  }
}
