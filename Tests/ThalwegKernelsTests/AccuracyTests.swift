import CKernels
import Glibc
import Testing

/// Elementary functions against libm in the next greater precision (float64's own for float64).
@Suite struct AccuracyTests {
  /// Float32 values over the whole range of exponents and signs.
  private static let everyFloat: [Float] = stride(from: UInt32(0), to: UInt32.max - 4099, by: 4099).map {
    Float(bitPattern: $0)
  }

  private static let doubles: [Double] = {
    var g = SplitMix(state: 1)
    let anyBits = (0..<100_000).map { _ in Double(bitPattern: g.next()) }
    let usual = (0..<200_000).map { _ in Double.random(in: -40...40, using: &g) }
    let wide = (0..<100_000).map { _ in Double.random(in: -750...750, using: &g) }
    return anyBits + usual + wide + floats(Double.self, 200, 2)
  }()

  private func worst<E: TestFloat>(
    _ loop: tk_unary_loop?, _ values: [E], _ exact: (Double) -> Double
  ) -> (ulps: Double, at: E) {
    var out = [E](repeating: 0, count: values.count)
    loop?(Int64(values.count), &out, 1, values, 1)
    var worst = (ulps: -1.0, at: E(0))
    for (x, y) in zip(values, out) {
      // Against the unrounded value, where that is known.
      let value = exact(Double(x)), rounded = E(value)
      let known = y.isFinite && rounded.isFinite
      let error =
        known ? abs(Double(y) - value) / max(Double(rounded.ulp), .leastNonzeroMagnitude) : ulps(y, rounded)
      if error > worst.ulps { worst = (error, x) }
    }
    return worst
  }

  private func sigmoid(_ x: Double) -> Double {
    x < 0 ? Glibc.exp(x) / (1 + Glibc.exp(x)) : 1 / (1 + Glibc.exp(-x))
  }

  @Test(arguments: Build.all) func float32(_ build: Build) {
    let k = build.kernels, values = Self.everyFloat + floats(Float.self, 200, 3)
    let near = (0..<300_000).map { Float($0 - 150_000) / 10_000 }
    for (name, loop, exact) in [
      ("exp", k.exp.f32, Glibc.exp), ("log", k.log.f32, Glibc.log), ("tanh", k.tanh.f32, Glibc.tanh),
      ("sigmoid", k.sigmoid.f32, sigmoid), ("sqrt", k.sqrt.f32, Glibc.sqrt),
    ] as [(String, tk_unary_loop?, (Double) -> Double)] {
      let (error, x) = worst(loop, values + near, exact)
      #expect(error <= 2.25, "\(name): \(error) ulp at \(x)")
    }
  }

  @Test(arguments: Build.all) func float64(_ build: Build) {
    let k = build.kernels
    for (name, loop, exact) in [
      ("exp", k.exp.f64, Glibc.exp), ("log", k.log.f64, Glibc.log), ("tanh", k.tanh.f64, Glibc.tanh),
      ("sigmoid", k.sigmoid.f64, sigmoid), ("sqrt", k.sqrt.f64, Glibc.sqrt),
    ] as [(String, tk_unary_loop?, (Double) -> Double)] {
      let (error, x) = worst(loop, Self.doubles, exact)
      #expect(error <= 4, "\(name): \(error) ulp at \(x)")
    }
  }

  private func softplus(_ x: Double) -> Double { max(x, 0) + Glibc.log1p(Glibc.exp(-abs(x))) }
  private func normal(_ x: Double) -> Double { 0.5 * Glibc.erfc(-x / 2.0.squareRoot()) }

  @Test(arguments: Build.all) func elementary32(_ build: Build) {
    let k = build.kernels, values = Self.everyFloat + floats(Float.self, 200, 4)
    let near = (0..<300_000).map { Float($0 - 150_000) / 10_000 }
    for (name, loop, exact) in [
      ("expm1", k.expm1.f32, Glibc.expm1), ("log1p", k.log1p.f32, Glibc.log1p), ("sin", k.sin.f32, Glibc.sin),
      ("cos", k.cos.f32, Glibc.cos), ("erf", k.erf.f32, Glibc.erf),
      ("rsqrt", k.rsqrt.f32, { 1 / $0.squareRoot() }),
      ("tan", k.tan.f32, Glibc.tan), ("log2", k.log2.f32, Glibc.log2), ("atanh", k.atanh.f32, Glibc.atanh),
    ] as [(String, tk_unary_loop?, (Double) -> Double)] {
      let (error, x) = worst(loop, values + near, exact)
      #expect(error <= 2.25, "\(name): \(error) ulp at \(x)")
    }
  }

  @Test(arguments: Build.all) func elementary64(_ build: Build) {
    let k = build.kernels
    // Arguments next to multiples of pi / 2, where sine and cosine cancel.
    let multiples = (1..<200_000).map { Double($0) * .pi / 2 }
    for (name, loop, exact) in [
      ("expm1", k.expm1.f64, Glibc.expm1), ("log1p", k.log1p.f64, Glibc.log1p), ("sin", k.sin.f64, Glibc.sin),
      ("cos", k.cos.f64, Glibc.cos), ("erf", k.erf.f64, Glibc.erf), ("exp2", k.exp2.f64, Glibc.exp2),
    ] as [(String, tk_unary_loop?, (Double) -> Double)] {
      let (error, x) = worst(loop, Self.doubles + multiples, exact)
      #expect(error <= 2.5, "\(name): \(error) ulp at \(x)")
    }
  }

  @Test(arguments: Build.all) func signsOfZero(_ build: Build) {
    let k = build.kernels
    for loop in [k.expm1, k.log1p, k.sin, k.erf, k.tan, k.floor, k.round] {
      var (single, double): (Float, Double) = (1, 1)
      loop.f32(1, &single, 1, [-0.0 as Float], 1)
      loop.f64(1, &double, 1, [-0.0], 1)
      #expect(single == 0 && single.sign == .minus && double == 0 && double.sign == .minus)
    }
  }

  /// Values and derivatives, to an error that is small beside the greatest of both terms.
  @Test(arguments: Build.all) func activations(_ build: Build) {
    let root = (2 / Double.pi).squareRoot()
    let tanhGELU = { (x: Double) in 0.5 * x * (1 + Glibc.tanh(root * (x + 0.044715 * x * x * x))) }
    let cases: [(String, KeyPath<tk_activations, tk_activation>, Double, Double, (Double) -> Double)] = [
      ("leaky_relu", \.leaky_relu, 0.1, 0, { $0 > 0 ? $0 : 0.1 * $0 }),
      ("elu", \.elu, 1.5, 1.1, { 1.1 * ($0 > 0 ? $0 : 1.5 * Glibc.expm1($0)) }),
      ("gelu", \.gelu, 0, 0, { $0 * normal($0) }), ("gelu_tanh", \.gelu_tanh, 0, 0, tanhGELU),
      ("silu", \.silu, 0, 0, { $0 * sigmoid($0) }),
      ("softplus", \.softplus, 2, 20, { $0 > 10 ? $0 : softplus(2 * $0) / 2 }),
      ("clamp", \.clamp, -1, 2, { min(max($0, -1), 2) }),
      ("hardtanh", \.hardtanh, -1, 2, { min(max($0, -1), 2) }),
    ]
    let points = (-4001...4001).map { Double($0) * 0.0037 + 0.0003 }
    for (name, kernel, p, q, exact) in cases {
      let (f32, f64) = (
        build.kernels.f32.activations[keyPath: kernel], build.kernels.f64.activations[keyPath: kernel]
      )
      let n = points.count, singles = points.map(Float.init)
      var (y32, dx32) = ([Float](repeating: 0, count: n), [Float](repeating: 0, count: n))
      var (y64, dx64) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: n))
      f32.value(Int64(n), singles, &y32, p, q)
      f64.value(Int64(n), points, &y64, p, q)
      f32.gradient(Int64(n), [Float](repeating: 2, count: n), singles, &dx32, p, q)
      f64.gradient(Int64(n), [Double](repeating: 2, count: n), points, &dx64, p, q)
      for i in 0..<n {
        let x = points[i], step = 1e-5
        let slope = (exact(x + step) - exact(x - step)) / step
        let isFine =
          abs(y64[i] - exact(x)) <= 1e-14 * (1 + abs(exact(x))) && abs(dx64[i] - slope) <= 1e-8
          && abs(Double(y32[i]) - exact(Double(singles[i]))) <= 5e-7 * (1 + abs(x))
          && abs(Double(dx32[i]) - slope) <= 2e-6
        if !isFine {
          Issue.record("\(name) at \(x): \(y64[i]), \(y32[i]), derivative \(dx64[i]), \(dx32[i])")
          break
        }
      }
    }
  }

  @Test(arguments: Build.all) func power(_ build: Build) {
    let k = build.kernels
    let halves = { (n: Int, seed: UInt64) -> [Float] in
      floats(Float.self, n, seed).map { (x: Float) -> Float in (x * 2).rounded() / 2 }
    }
    let exactPower = { (a: Float, b: Float) -> Float in Float(Glibc.pow(Double(a), Double(b))) }
    check(k.pow.f32, "pow", halves, Float(1), Float(2), exactPower, { ulps($0, $1) <= 1 })
    check(k.pow.f64, "pow", { floats(Double.self, $0, $1) }, 1, 2) { Glibc.pow($0, $1) }
    let special: [Float] = [
      0, -0.0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, 1.5, .infinity, -.infinity, .nan, 1e30, -1e30, 16_777_215,
      .leastNonzeroMagnitude, -8_388_607,
    ]
    for a in special {
      for b in special {
        var out: Float = 0
        k.pow.f32(1, &out, 1, [a], 1, [b], 1)
        let exact = Float(Glibc.pow(Double(a), Double(b)))
        #expect(ulps(out, exact) <= 1 && (out.isNaN || out.sign == exact.sign), "pow(\(a), \(b)) = \(out)")
      }
    }
  }

  @Test(arguments: Build.all) func steps(_ build: Build) {
    let k = build.kernels
    let exactExp = { (x: Float) -> Float in Float(Glibc.exp(Double(x))) }
    check(
      k.exp.f32, "exp", { floats(Float.self, $0, $1) }, Float(1), Float(2), exactExp, { ulps($0, $1) <= 2 })
    check(
      k.tanh.f64, "tanh", { floats(Double.self, $0, $1) }, Double(1), Double(2), { Glibc.tanh($0) },
      { ulps($0, $1) <= 4 })
  }
}
