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
