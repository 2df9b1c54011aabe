import CKernels
import Testing

/// Sliding products against the sums that they stand for.
@Suite struct CorrelationTests {
  private static let offsets: [[Int64]] = [
    [], [3], [0, 1, 2, 20, 21, 22, 40, 41, 42], [5, 0, 9, 9, 31],
    (0..<25).map { Int64($0 / 5 * 19 + $0 % 5) },
  ]

  @Test(arguments: Build.all) func float32(_ build: Build) {
    for offsets in Self.offsets { check(build.kernels.f32.correlation, offsets, Float(1e-4)) }
  }

  @Test(arguments: Build.all) func float64(_ build: Build) {
    for offsets in Self.offsets { check(build.kernels.f64.correlation, offsets, 1e-12) }
  }

  private func check<E: BinaryFloatingPoint & BitwiseCopyable>(
    _ kernel: tk_correlation, _ offsets: [Int64], _ tolerance: E
  ) {
    for n in [0, 1, 7, 16, 40, 64, 133, 300] {
      let x = (0..<(n + 200)).map { E(($0 * 37 + 11) % 29) / 8 - 1.75 }
      let g = (0..<(n + 64)).map { $0 < n ? E(($0 * 23 + 5) % 31) / 8 - 2 : 0 }
      let factors = offsets.indices.map { E(($0 * 7) % 5) - 1.5 }
      let bias: E = 0.5
      var out = Array(repeating: E(99), count: n + 1)
      kernel.run(Int64(n), &out, x, Int64(offsets.count), offsets, factors, [bias])
      #expect(out[n] == 99, "n \(n): wrote beyond")
      for t in 0..<n {
        let exact = offsets.indices.reduce(bias) { $0 + factors[$1] * x[t + Int(offsets[$1])] }
        #expect(abs(out[t] - exact) <= tolerance, "n \(n), \(offsets.count) factors, at \(t)")
      }
      var sums = Array(repeating: E(2), count: offsets.count)
      kernel.sums(Int64(n), g, x, Int64(offsets.count), offsets, &sums)
      for (k, offset) in offsets.enumerated() {
        let exact = (0..<n).reduce(2) { $0 + g[$1] * x[$1 + Int(offset)] }
        #expect(abs(sums[k] - exact) <= tolerance * E(n + 1), "n \(n), sum \(k)")
      }
    }
  }
}
