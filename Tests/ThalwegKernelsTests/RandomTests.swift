import CKernels
import Glibc
import Testing

@Suite struct RandomTests {
  /// Philox 4x32-10 as the paper has it, a word at a time.
  private static func philox(_ counter: [UInt32], _ key: [UInt32]) -> [UInt32] {
    var c = counter, k = key
    for _ in 0..<10 {
      let p0 = UInt64(c[0]) * 0xD251_1F53, p1 = UInt64(c[2]) * 0xCD9E_8D57
      c = [
        UInt32(truncatingIfNeeded: p1 >> 32) ^ c[1] ^ k[0], UInt32(truncatingIfNeeded: p1),
        UInt32(truncatingIfNeeded: p0 >> 32) ^ c[3] ^ k[1], UInt32(truncatingIfNeeded: p0),
      ]
      k = [k[0] &+ 0x9E37_79B9, k[1] &+ 0xBB67_AE85]
    }
    return c
  }

  /// Vectors published with Random123 (kat_vectors).
  @Test func publishedVectors() {
    let ones = UInt32.max
    #expect(Self.philox([0, 0, 0, 0], [0, 0]) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    #expect(
      Self.philox([ones, ones, ones, ones], [ones, ones]) == [
        0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd,
      ])
    #expect(
      Self.philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0])
        == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
  }

  private static func words(_ block: UInt64, _ seed: UInt64) -> [UInt32] {
    func halves(_ x: UInt64) -> [UInt32] {
      [UInt32(truncatingIfNeeded: x), UInt32(truncatingIfNeeded: x >> 32)]
    }
    return philox(halves(block) + [0, 0], halves(seed))
  }

  private static func unit32(_ i: UInt64, _ seed: UInt64) -> Float {
    Float(words(i / 4, seed)[Int(i % 4)] >> 8) * 0x1p-24
  }

  private static func unit64(_ i: UInt64, _ seed: UInt64) -> Double {
    let w = words(i / 2, seed), at = Int(i % 2) * 2
    return Double((UInt64(w[at + 1]) << 32 | UInt64(w[at])) >> 11) * 0x1p-53
  }

  @Test(arguments: Build.all) func uniform(_ build: Build) {
    let k = build.kernels
    for (seed, offset) in [(0, 0), (12345, 7), (0xFFFF_FFFF_1234_5678, 0x3_FFFF_FFF1), (1, 2)]
      as [(UInt64, UInt64)]
    {
      for n in [1, 3, 64, 65, 200] {
        var x = [Float](repeating: 9, count: n + 1), y = [Double](repeating: 9, count: n + 1)
        k.f32.random.uniform(Int64(n), &x, seed, offset, 0, 1)
        k.f64.random.uniform(Int64(n), &y, seed, offset, 0, 1)
        #expect(x == (0..<n).map { Self.unit32(offset + UInt64($0), seed) } + [9])
        #expect(y == (0..<n).map { Self.unit64(offset + UInt64($0), seed) } + [9])
      }
    }
    var x = [Float](repeating: 0, count: 100_000)
    k.f32.random.uniform(100_000, &x, 3, 0, -1, 16_777_215)
    #expect(x.allSatisfy { $0 >= -1 && $0 < 16_777_215 })
  }

  @Test(arguments: Build.all) func normal(_ build: Build) {
    let k = build.kernels, seed: UInt64 = 99
    for (n, offset) in [(1, 0), (64, 2), (131, 0), (200, 1_000_000)] as [(Int, UInt64)] {
      var x = [Float](repeating: 9, count: n + 1), y = [Double](repeating: 9, count: n + 1)
      k.f32.random.normal(Int64(n), &x, seed, offset, 1, 2)
      k.f64.random.normal(Int64(n), &y, seed, offset, 1, 2)
      for i in 0..<n {
        let pair = (offset + UInt64(i)) & ~1, odd = (offset + UInt64(i)) & 1 != 0
        func exact(_ u: Double, _ v: Double) -> Double {
          let angle = 2 * Double.pi * v
          return 1 + 2 * (-2 * Glibc.log(1 - u)).squareRoot() * (odd ? Glibc.sin(angle) : Glibc.cos(angle))
        }
        let a = exact(Double(Self.unit32(pair, seed)), Double(Self.unit32(pair + 1, seed)))
        let b = exact(Self.unit64(pair, seed), Self.unit64(pair + 1, seed))
        #expect(abs(Double(x[i]) - a) <= 2e-6 && abs(y[i] - b) <= 1e-14)
      }
      #expect(x[n] == 9 && y[n] == 9)
    }
  }

  @Test(arguments: Build.all) func moments(_ build: Build) {
    let n = 1_000_000
    var x = [Float](repeating: 0, count: n)
    build.kernels.f32.random.normal(Int64(n), &x, 7, 0, 0, 1)
    let mean = x.reduce(0.0) { $0 + Double($1) } / Double(n)
    let variance = x.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(n)
    let fourth = x.reduce(0.0) { $0 + Double($1) * Double($1) * Double($1) * Double($1) } / Double(n)
    #expect(abs(mean) < 0.005 && abs(variance - 1) < 0.01 && abs(fourth - 3) < 0.05)
  }

  /// A fill may be cut anywhere.
  @Test(arguments: Build.all) func cuts(_ build: Build) {
    let random = build.kernels.f32.random
    var whole = [Float](repeating: 0, count: 500), parts = whole
    random.normal(500, &whole, 5, 40, 0, 1)
    parts.withUnsafeMutableBufferPointer { p in
      random.normal(22, p.baseAddress, 5, 40, 0, 1)
      random.normal(478, p.baseAddress! + 22, 5, 62, 0, 1)
    }
    #expect(whole == parts)
  }
}
