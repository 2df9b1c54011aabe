import CKernels
import Testing

@Suite struct ReductionTests {
  /// Runs a reduction of an n x r array that lies along r, along n, or spread out, and compares.
  private func check<A: BitwiseCopyable & Equatable, B: BitwiseCopyable & Equatable>(
    _ loop: tk_reduce_loop?, _ label: String, _ values: (Int, UInt64) -> [A], _ fill: A, _ old: B,
    _ reference: ([A]) -> B, combine: ((B, B) -> B)? = nil, _ matches: (B, B) -> Bool = agree
  ) {
    guard let loop else {
      Issue.record("\(label): no kernel")
      return
    }
    for (n, r) in [(1, 1), (1, 100), (3, 17), (17, 3), (5, 16), (33, 40), (1, 500), (40, 1), (2, 131)] {
      for (sn, sr, so) in [(r, 1, 1), (1, n, 1), (2 * r, 2, 1), (1, n + 3, 2), (r, 1, -1)] {
        let x = values(n * r, UInt64(n + r))
        var memory = [A](repeating: fill, count: (n + 1) * sn + (r + 1) * sr)
        for i in 0..<n { for j in 0..<r { memory[i * sn + j * sr] = x[i * r + j] } }
        for accumulate in combine == nil ? [0] : [0, 1] {
          var out = Strided([B](repeating: old, count: n), step: so, fill: old)
          out.withAddress {
            loop(Int64(n), Int64(r), $0, Int64(so), memory, Int64(sn), Int64(sr), Int32(accumulate))
          }
          #expect(out.marginsIntact, "\(label) \(n) x \(r): wrote beyond")
          for i in 0..<n {
            var expected = reference(Array(x[i * r..<(i + 1) * r]))
            if let combine, accumulate == 1 { expected = combine(old, expected) }
            if !matches(out[i], expected) {
              Issue.record(
                "\(label) \(n) x \(r), steps \(sn), \(sr), \(so), row \(i): \(out[i]), not \(expected)")
              return
            }
          }
        }
      }
    }
  }

  private func greatest<E: Comparable>(_ x: [E]) -> Int {
    x.firstIndex { $0 != $0 } ?? x.firstIndex(of: x.max()!)!
  }
  private func least<E: Comparable>(_ x: [E]) -> Int {
    x.firstIndex { $0 != $0 } ?? x.firstIndex(of: x.min()!)!
  }

  private func extrema<E: Comparable & BitwiseCopyable>(
    _ build: Build, _ fill: E, _ pick: (tk_reduce) -> tk_reduce_loop?, _ values: (Int, UInt64) -> [E]
  ) {
    let k = build.kernels
    func higher(_ a: E, _ b: E) -> E { [a, b][greatest([a, b])] }
    func lower(_ a: E, _ b: E) -> E { [a, b][least([a, b])] }
    check(pick(k.amax), "amax", values, fill, fill, { $0[greatest($0)] }, combine: higher)
    check(pick(k.amin), "amin", values, fill, fill, { $0[least($0)] }, combine: lower)
    check(pick(k.argmax), "argmax", values, fill, Int64(-7), { Int64(greatest($0)) })
    check(pick(k.argmin), "argmin", values, fill, Int64(-7), { Int64(least($0)) })
  }

  @Test(arguments: Build.all) func extrema(_ build: Build) {
    extrema(build, Float(1), \.f32) { floats(Float.self, $0, $1) }
    extrema(build, Double(1), \.f64) { floats(Double.self, $0, $1) }
    extrema(build, Float(1), \.f32) { integers(Int32.self, $0, $1).map { Float($0 & 7) } }
    extrema(build, Int64(1), \.i64) { integers(Int64.self, $0, $1) }
    extrema(build, Int32(1), \.i32) { integers(Int32.self, $0, $1) }
    extrema(build, UInt8(1), \.u8) { integers(UInt8.self, $0, $1) }
    extrema(build, UInt8(1), \.boolean) { integers(UInt8.self, $0, $1).map { $0 & 1 } }
  }

  @Test(arguments: Build.all) func sums(_ build: Build) {
    let k = build.kernels
    func uniform(_ n: Int, _ seed: UInt64) -> [Double] {
      var g = SplitMix(state: seed)
      return (0..<n).map { _ in Double.random(in: 0...1, using: &g) }
    }
    let single = { (n: Int, seed: UInt64) in uniform(n, seed).map { Float($0) } }
    check(
      k.sum.f32, "sum", single, 5, Float(2), { x in Float(x.reduce(0.0) { $0 + Double($1) }) },
      combine: { $0 + $1 }, { abs($0 - $1) <= 1e-6 * abs($1) })
    check(
      k.sum.f64, "sum", uniform, 5, 2.0, { $0.reduce(0, +) }, combine: { $0 + $1 },
      { abs($0 - $1) <= 1e-14 * abs($1) })
    check(
      k.sum.i64, "sum", { integers(Int64.self, $0, $1) }, 5, Int64(2), { $0.reduce(0, &+) },
      combine: { $0 &+ $1 })
    check(
      k.sum.i32, "sum", { integers(Int32.self, $0, $1) }, 5, Int32(2), { $0.reduce(0, &+) },
      combine: { $0 &+ $1 })
  }

  @Test(arguments: Build.all) func longSum(_ build: Build) {
    let n = 10_000_000
    var g = SplitMix(state: 4)
    let x = (0..<n).map { _ in Float.random(in: 0...1, using: &g) }
    let exact = x.reduce(0.0) { $0 + Double($1) }
    var sum: Float = 0
    build.kernels.sum.f32(1, Int64(n), &sum, 1, x, 0, 1, 0)
    #expect(abs(Double(sum) - exact) <= 1e-6 * exact)
    var columns = [Float](repeating: 0, count: 10)  // the same numbers as 10 columns
    build.kernels.sum.f32(10, Int64(n / 10), &columns, 1, x, 1, 10, 0)
    #expect(abs(columns.reduce(0.0) { $0 + Double($1) } - exact) <= 1e-6 * exact)
    let ones = [Float](repeating: 1, count: n)
    build.kernels.sum.f32(1, Int64(n), &sum, 1, ones, 0, 1, 0)
    #expect(sum == Float(n))
  }

  @Test(arguments: Build.all) func nothing(_ build: Build) {
    let k = build.kernels
    var out: [Float] = [3, 4]
    k.sum.f32(2, 0, &out, 1, [Float(0)], 1, 1, 1)
    k.amax.f32(2, 0, &out, 1, [Float(0)], 1, 1, 0)
    #expect(out == [3, 4])
    k.sum.f32(2, 0, &out, 1, [Float(0)], 1, 1, 0)
    #expect(out == [0, 0])
  }
}
