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

  private static func sigmoid(_ x: Double) -> Double {
    x < 0 ? Glibc.exp(x) / (1 + Glibc.exp(x)) : 1 / (1 + Glibc.exp(-x))
  }

  /// A vectorised function of float32 and where its argument is treated in another way.
  private struct Case {
    let name: String
    let kernel: KeyPath<tk_table, tk_unary>
    let exact: (Double) -> Double
    let breaks: [Float]
  }

  private static let halfLogarithm = Float(Glibc.log(2.0) / 2)
  private static var cases: [Case] {
    [
      Case(
        name: "exp", kernel: \.exp, exact: Glibc.exp,
        breaks: [halfLogarithm, -87.34, -103.97, 88.72, -104, 89]),
      Case(name: "expm1", kernel: \.expm1, exact: Glibc.expm1, breaks: [0x1p-54, halfLogarithm, -40, 88.72]),
      Case(name: "log", kernel: \.log, exact: Glibc.log, breaks: [1, 0.70710678, 1.4142135, 0x1p-126]),
      Case(
        name: "log1p", kernel: \.log1p, exact: Glibc.log1p,
        breaks: [0x1p-54, -1, -0.2928932, 0.41421354, 0x1p24, 0x1.6a09e6p127]),
      Case(name: "tanh", kernel: \.tanh, exact: Glibc.tanh, breaks: [0.55, 9.01, 10]),
      Case(
        name: "sigmoid", kernel: \.sigmoid, exact: sigmoid, breaks: [-87.34, -103.97, 16.64, -halfLogarithm]),
      Case(name: "erf", kernel: \.erf, exact: Glibc.erf, breaks: [0.927734375, 3.92]),
      Case(name: "sin", kernel: \.sin, exact: Glibc.sin, breaks: [.pi, .pi / 4, 355, 0x1p15, 0x1p19]),
      Case(name: "cos", kernel: \.cos, exact: Glibc.cos, breaks: [.pi / 2, .pi / 4, 355, 0x1p15, 0x1p19]),
      Case(name: "sqrt", kernel: \.sqrt, exact: Glibc.sqrt, breaks: [0x1p-126]),
      Case(name: "rsqrt", kernel: \.rsqrt, exact: { 1 / $0.squareRoot() }, breaks: [0x1p-126]),
    ]
  }

  /// Every 1021st float32 of all there are, and all next to 0, to the infinities and to a function's break points, of both
  /// signs: at most 2 ulp from the value in double precision. Infinities, NaN and the sign of 0 are exact.
  @Test func vectorised32() {
    let everywhere = stride(from: UInt32(0), to: UInt32.max - 1021, by: 1021).map { Float(bitPattern: $0) }
    for function in Self.cases {
      var values = everywhere
      for middle in function.breaks + [0, 1, .greatestFiniteMagnitude] {
        let bits = Int64(middle.magnitude.bitPattern)
        for near in max(0, bits - 4000)...min(bits + 4000, 0x7F80_0001) {
          let x = Float(bitPattern: UInt32(near))
          values += [x, -x]
        }
      }
      let exact = values.map { function.exact(Double($0)) }
      for build in Build.all {
        var out = [Float](repeating: 0, count: values.count)
        build.kernels[keyPath: function.kernel].f32(Int64(values.count), &out, 1, values, 1)
        var worst = (ulps: 0.0, at: Float(0))
        for i in values.indices {
          let (y, rounded) = (out[i], Float(exact[i]))
          if y == rounded || (y.isNaN && rounded.isNaN) {
            if y == 0 && y.sign != rounded.sign { worst = (.infinity, values[i]) }
            continue
          }
          let isFinite = y.isFinite && rounded.isFinite
          let error = isFinite ? abs(Double(y) - exact[i]) / Double(rounded.ulp) : .infinity
          if error > worst.ulps { worst = (error, values[i]) }
        }
        #expect(worst.ulps <= 2, "\(function.name), \(build.name): \(worst.ulps) ulp at \(worst.at)")
      }
    }
  }

  @Test(arguments: Build.all) func float64(_ build: Build) {
    let k = build.kernels
    for (name, loop, exact) in [
      ("exp", k.exp.f64, Glibc.exp), ("log", k.log.f64, Glibc.log), ("tanh", k.tanh.f64, Glibc.tanh),
      ("sigmoid", k.sigmoid.f64, Self.sigmoid), ("sqrt", k.sqrt.f64, Glibc.sqrt),
    ] as [(String, tk_unary_loop?, (Double) -> Double)] {
      let (error, x) = worst(loop, Self.doubles, exact)
      #expect(error <= 4, "\(name): \(error) ulp at \(x)")
    }
  }

  private func softplus(_ x: Double) -> Double { max(x, 0) + Glibc.log1p(Glibc.exp(-abs(x))) }
  private func normal(_ x: Double) -> Double { 0.5 * Glibc.erfc(-x / 2.0.squareRoot()) }

  @Test(arguments: Build.all) func library32(_ build: Build) {
    let k = build.kernels, values = Self.everyFloat + floats(Float.self, 200, 4)
    let near = (0..<300_000).map { Float($0 - 150_000) / 10_000 }
    for (name, loop, exact) in [
      ("tan", k.tan.f32, Glibc.tan), ("log2", k.log2.f32, Glibc.log2), ("atanh", k.atanh.f32, Glibc.atanh),
    ] as [(String, tk_unary_loop?, (Double) -> Double)] {
      let (error, x) = worst(loop, values + near, exact)
      #expect(error <= 2, "\(name): \(error) ulp at \(x)")
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
      ("silu", \.silu, 0, 0, { $0 * Self.sigmoid($0) }),
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
