import CKernels
import Glibc
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
          beta1: 0.9, beta2: 0.999, decay: decoupled ? 0 : decay, shrink: decoupled ? 1 - 0.01 * decay : 1,
          root: 1 / correction2.squareRoot(), epsilon: 1e-8, moment_rate: 0.01 / correction1,
          gradient_rate: 0.003, maximize: maximize ? 1 : 0)
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
          p0[i] -= (0.01 / correction1 * m0[i] + 0.003 * d) / ((size / correction2).squareRoot() + 1e-8)
        }
      }
      #expect(close(p, p0, tolerance), "adam, flags \(flags)")
    }
  }

  /// The others, three steps each, with all that their scalars allow.
  private func others<E: TestFloat>(_ k: tk_optimisers, _: E.Type, _ tolerance: Double) {
    for flags in 0..<8 {
      let sign = flags & 1 != 0 ? -1.0 : 1, decay = flags & 2 != 0 ? 0.1 : 0, isWhole = flags & 4 != 0
      let n = 37, start = random(E.self, n, 1)
      var (p, q, r, s, t) = (start, start, start, start, start)
      let zeros = [E](repeating: 0, count: n)
      var (m, u, sum, square, delta, mean, velocity, v, lion) = (
        zeros, zeros, zeros, zeros, zeros, zeros, zeros, zeros, zeros
      )
      var (p0, q0, r0, s0, t0) = (
        p.map(Double.init), p.map(Double.init), p.map(Double.init), p.map(Double.init), p.map(Double.init)
      )
      let none = [Double](repeating: 0, count: n)
      var (m0, u0, sum0, square0, delta0, mean0, velocity0, v0, lion0) = (
        none, none, none, none, none, none, none, none, none
      )
      let maximize: Int32 = sign < 0 ? 1 : 0
      for step in 0..<3 {
        let g = random(E.self, n, UInt64(step) + 2)
        var adamax = tk_adamax_scalars(
          rate: 0.1, decay: decay, beta1: 0.9, beta2: 0.99, epsilon: 1e-3, maximize: maximize)
        k.adamax(Int64(n), &p, g, &m, &u, &adamax)
        var adagrad = tk_adagrad_scalars(rate: 0.1, decay: decay, epsilon: 1e-3, maximize: maximize)
        k.adagrad(Int64(n), &q, g, &sum, &adagrad)
        var adadelta = tk_adadelta_scalars(
          rate: 0.5, decay: decay, rho: 0.9, epsilon: 1e-3, maximize: maximize)
        k.adadelta(Int64(n), &r, g, &square, &delta, &adadelta)
        var rmsprop = tk_rmsprop_scalars(
          rate: 0.1, decay: decay, alpha: 0.9, momentum: 0.6, epsilon: 1e-2, maximize: maximize)
        if isWhole {
          k.rmsprop(Int64(n), &s, g, &v, &mean, &velocity, &rmsprop)
        } else {
          k.rmsprop(Int64(n), &s, g, &v, nil, nil, &rmsprop)
        }
        var scalars = tk_lion_scalars(
          rate: 0.1, shrink: 1 - 0.1 * decay, beta1: 0.9, beta2: 0.99, maximize: maximize)
        k.lion(Int64(n), &t, g, &lion, &scalars)
        for i in 0..<n {
          let d = sign * Double(g[i])
          var e = d + decay * p0[i]
          m0[i] = 0.9 * m0[i] + 0.1 * e
          u0[i] = max(0.99 * u0[i], abs(e) + 1e-3)
          p0[i] -= 0.1 * m0[i] / u0[i]
          e = d + decay * q0[i]
          sum0[i] += e * e
          q0[i] -= 0.1 * e / (sum0[i].squareRoot() + 1e-3)
          e = d + decay * r0[i]
          square0[i] = 0.9 * square0[i] + 0.1 * e * e
          let move = ((delta0[i] + 1e-3) / (square0[i] + 1e-3)).squareRoot() * e
          delta0[i] = 0.9 * delta0[i] + 0.1 * move * move
          r0[i] -= 0.5 * move
          e = d + decay * s0[i]
          v0[i] = 0.9 * v0[i] + 0.1 * e * e
          mean0[i] = isWhole ? 0.9 * mean0[i] + 0.1 * e : 0
          let step = e / ((v0[i] - mean0[i] * mean0[i]).squareRoot() + 1e-2)
          velocity0[i] = isWhole ? 0.6 * velocity0[i] + step : step
          s0[i] -= 0.1 * velocity0[i]
          let direction = 0.9 * lion0[i] + 0.1 * d
          t0[i] = t0[i] * (1 - 0.1 * decay) - (direction > 0 ? 0.1 : direction < 0 ? -0.1 : 0)
          lion0[i] = 0.99 * lion0[i] + 0.01 * d
        }
      }
      #expect(close(p, p0, tolerance), "adamax, flags \(flags)")
      #expect(close(q, q0, tolerance), "adagrad, flags \(flags)")
      #expect(close(r, r0, tolerance), "adadelta, flags \(flags)")
      #expect(close(s, s0, tolerance), "rmsprop, flags \(flags)")
      #expect(close(t, t0, tolerance), "lion, flags \(flags)")
    }
  }

  private func tools<E: TestFloat>(_ k: tk_optimisers, _: E.Type, _ tolerance: Double) {
    for n in [0, 1, 15, 37, 200] {
      var x = random(E.self, n, 5)
      let p = random(E.self, n, 6)
      let before = x.map(Double.init)
      for order in [0.5, 1, 2, 3] {
        let expected = before.reduce(0) { $0 + pow(abs($1), order) }
        #expect(abs(k.norm(Int64(n), x, order) - expected) <= tolerance * (1 + expected), "norm \(order)")
      }
      #expect(k.norm(Int64(n), x, .infinity) == before.reduce(0) { max($0, abs($1)) })
      k.scale(Int64(n), &x, 0.5)
      #expect(x.map(Double.init) == before.map { $0 * 0.5 })
      k.clip(Int64(n), &x, 0.25)
      #expect(x.map(Double.init) == before.map { max(-0.25, min(0.25, $0 * 0.5)) })
      let middle = x
      k.average(Int64(n), &x, p, 0.25)
      #expect(close(x, zip(middle, p).map { Double($0) + 0.25 * (Double($1) - Double($0)) }, tolerance))
    }
    for bad in [E.infinity, -E.infinity, E.nan] {
      var x = random(E.self, 40, 7)
      x[33] = bad
      #expect(k.norm(40, x, 2).isNaN == bad.isNaN && !k.norm(40, x, 2).isFinite)
      #expect(k.norm(40, x, .infinity).isNaN == bad.isNaN && !k.norm(40, x, .infinity).isFinite)
      k.clip(40, &x, 0.5)
      #expect(bad.isNaN ? x[33].isNaN : abs(x[33]) == 0.5)
    }
  }

  @Test(arguments: Build.all) func otherRules(_ build: Build) {
    others(build.kernels.f32.optimisers, Float.self, 2e-5)
    others(build.kernels.f64.optimisers, Double.self, 1e-13)
  }

  @Test(arguments: Build.all) func normsAndClipping(_ build: Build) {
    tools(build.kernels.f32.optimisers, Float.self, 1e-6)
    tools(build.kernels.f64.optimisers, Double.self, 1e-14)
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
