import CKernels
import Testing

@Suite struct OptimiserTests {
  private func close<E: TestFloat>(_ a: [E], _ b: [Double], _ tolerance: Double)
    -> Bool
  {
    zip(a, b).allSatisfy { abs(Double($0) - $1) <= tolerance * (1 + abs($1)) }
  }

  private func random<E: TestFloat>(_: E.Type, _ n: Int, _ seed: UInt64) -> [E] {
    var g = SplitMix(state: seed)
    return (0..<n).map { _ in E.random(in: -1...1, using: &g) }
  }

  private func sgd<E: TestFloat>(
    _ k: tk_optimisers, _: E.Type, _ tolerance: Double
  ) {
    for flags in 0..<16 {
      let momentum = flags & 1 != 0 ? 0.9 : 0, nesterov = flags & 2 != 0 && momentum > 0
      let maximize = flags & 4 != 0, decay = flags & 8 != 0 ? 0.01 : 0, dampening = nesterov ? 0 : 0.2
      let n = 37
      var p = random(E.self, n, 1), v = [E](repeating: .nan, count: n)
      var p0 = p.map(Double.init), v0 = [Double](repeating: 0, count: n)
      for step in 0..<3 {
        let g = random(E.self, n, UInt64(step) + 2)
        var s = tk_sgd_scalars(
          learning_rate: 0.1, momentum: momentum, dampening: dampening, weight_decay: decay,
          nesterov: nesterov ? 1 : 0, maximize: maximize ? 1 : 0, first_step: step == 0 ? 1 : 0)
        if momentum > 0 { k.sgd(Int64(n), &p, g, &v, &s) } else { k.sgd(Int64(n), &p, g, nil, &s) }
        for i in 0..<n {
          var d = (maximize ? -Double(g[i]) : Double(g[i])) + decay * p0[i]
          if momentum > 0 {
            v0[i] = step == 0 ? d : momentum * v0[i] + (1 - dampening) * d
            d = nesterov ? d + momentum * v0[i] : v0[i]
          }
          p0[i] -= 0.1 * d
        }
      }
      #expect(close(p, p0, tolerance), "sgd, flags \(flags)")
    }
  }

  private func adam<E: TestFloat>(
    _ k: tk_optimisers, _: E.Type, _ tolerance: Double
  ) {
    for flags in 0..<16 {
      let decoupled = flags & 1 != 0, amsgrad = flags & 2 != 0, maximize = flags & 4 != 0
      let decay = flags & 8 != 0 ? 0.1 : 0
      let n = 37
      var p = random(E.self, n, 1), m = [E](repeating: 0, count: n), v = m, greatest = m
      var p0 = p.map(Double.init), m0 = [Double](repeating: 0, count: n), v0 = m0, greatest0 = m0
      for step in 1...3 {
        let g = random(E.self, n, UInt64(step) + 2).map { $0 / E(step) }
        let correction1 = 1 - (1...step).reduce(1.0) { x, _ in x * 0.9 }
        let correction2 = 1 - (1...step).reduce(1.0) { x, _ in x * 0.999 }
        var s = tk_adam_scalars(
          learning_rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: decay,
          bias_correction1: correction1, bias_correction2: correction2, decoupled: decoupled ? 1 : 0,
          amsgrad: amsgrad ? 1 : 0, maximize: maximize ? 1 : 0)
        if amsgrad {
          k.adam(Int64(n), &p, g, &m, &v, &greatest, &s)
        } else {
          k.adam(Int64(n), &p, g, &m, &v, nil, &s)
        }
        for i in 0..<n {
          var d = maximize ? -Double(g[i]) : Double(g[i])
          if decoupled { p0[i] *= 1 - 0.01 * decay } else { d += decay * p0[i] }
          m0[i] = 0.9 * m0[i] + 0.1 * d
          v0[i] = 0.999 * v0[i] + 0.001 * d * d
          greatest0[i] = max(greatest0[i], v0[i])
          let size = amsgrad ? greatest0[i] : v0[i]
          p0[i] -= 0.01 / correction1 * m0[i] / ((size / correction2).squareRoot() + 1e-8)
        }
      }
      #expect(close(p, p0, tolerance), "adam, flags \(flags)")
    }
  }

  @Test(arguments: Build.all) func stochasticGradientDescent(_ build: Build) {
    sgd(build.kernels.f32.optimisers, Float.self, 1e-6)
    sgd(build.kernels.f64.optimisers, Double.self, 1e-14)
  }

  @Test(arguments: Build.all) func adam(_ build: Build) {
    adam(build.kernels.f32.optimisers, Float.self, 3e-6)
    adam(build.kernels.f64.optimisers, Double.self, 1e-13)
  }
}
