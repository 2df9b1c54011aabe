import CKernels
import Glibc
import Testing

@Suite struct GemmTests {
  /// A matrix product and all that goes with it, with random operands.
  private struct Problem<E: TestFloat> {
    let m, n, k: Int
    var a: [E], b: [E], c: [E], rowBias: [E], columnBias: [E]

    init(_ m: Int, _ n: Int, _ k: Int) {
      (self.m, self.n, self.k) = (m, n, k)
      var g = SplitMix(state: UInt64(m * 31 + n * 17 + k))
      func random(_ count: Int) -> [E] { (0..<count).map { _ in E.random(in: -1...1, using: &g) } }
      a = random(m * k)
      b = random(k * n)
      c = random(m * n)
      rowBias = random(m)
      columnBias = random(n)
    }

    func expected(_ epilogue: tk_epilogue) -> [E] {
      var result = c
      for i in 0..<m {
        for j in 0..<n {
          var x = epilogue.accumulate != 0 ? Double(c[i * n + j]) : 0
          for l in 0..<k { x += Double(a[i * k + l]) * Double(b[l * n + j]) }
          if epilogue.bias_kind == TK_BIAS_ROW { x += Double(rowBias[i]) }
          if epilogue.bias_kind == TK_BIAS_COLUMN { x += Double(columnBias[j]) }
          switch Int(epilogue.activation) {
          case TK_ACTIVATION_RELU: x = max(x, 0)
          case TK_ACTIVATION_TANH: x = Glibc.tanh(x)
          case TK_ACTIVATION_SIGMOID: x = 1 / (1 + Glibc.exp(-x))
          default: break
          }
          result[i * n + j] = E(x)
        }
      }
      return result
    }
  }

  private static var epilogues: [tk_epilogue] {
    [
      tk_epilogue(bias: nil, bias_kind: 0, activation: 0, accumulate: 0),
      tk_epilogue(bias: nil, bias_kind: 0, activation: 0, accumulate: 1),
      tk_epilogue(
        bias: nil, bias_kind: Int32(TK_BIAS_ROW), activation: Int32(TK_ACTIVATION_RELU), accumulate: 0),
      tk_epilogue(
        bias: nil, bias_kind: Int32(TK_BIAS_COLUMN), activation: Int32(TK_ACTIVATION_TANH), accumulate: 1),
      tk_epilogue(bias: nil, bias_kind: 0, activation: Int32(TK_ACTIVATION_SIGMOID), accumulate: 0),
    ]
  }

  private static let shapes = [
    (1, 1, 1), (1, 40, 7), (40, 1, 9), (3, 5, 0), (2, 3, 4), (12, 32, 16), (13, 33, 17), (6, 16, 5),
    (7, 70, 65),
    (25, 31, 128), (64, 10, 30), (100, 65, 70), (4, 100, 3), (30, 64, 64), (1, 10, 513), (8, 8, 8),
    (11, 96, 130),
  ]

  /// Sizes around every edge of the tiles and of the squares in which a transposed matrix is packed.
  private static let randomShapes: [(Int, Int, Int)] = {
    var g = SplitMix(state: 11)
    return (0..<60).map { _ in
      (
        Int.random(in: 1...70, using: &g), Int.random(in: 1...70, using: &g),
        Int.random(in: 1...70, using: &g)
      )
    }
  }()

  private func run<E: TestFloat>(
    _ gemm: tk_gemm, _: E.Type, _ tolerance: Double
  ) {
    for (m, n, k) in Self.shapes + Self.randomShapes {
      let problem = Problem<E>(m, n, k)
      for var epilogue in Self.epilogues {
        let bias = epilogue.bias_kind == TK_BIAS_ROW ? problem.rowBias : problem.columnBias
        let expected = problem.expected(epilogue)
        bias.withUnsafeBufferPointer { bias in
          epilogue.bias = epilogue.bias_kind == TK_BIAS_NONE ? nil : UnsafeRawPointer(bias.baseAddress)
          for layout in 0..<4 {
            let small = small(gemm, problem, layout, epilogue),
              packed = packed(gemm, problem, layout, epilogue),
              strips = strips(gemm, problem, layout, epilogue)
            for (label, result) in [("small", small), ("block", packed), ("strips", strips)] {
              let error = zip(result, expected).map { abs(Double($0) - Double($1)) }.max() ?? 0
              #expect(
                error <= tolerance * Double(k + 1), "\(label) \(m) x \(n) x \(k), layout \(layout): \(error)")
            }
          }
        }
      }
    }
  }

  /// Rows of x, or its columns, side by side, with a gap.
  private func laidOut<E>(_ x: [E], _ rows: Int, _ cols: Int, _ transposed: Bool, _ gap: E) -> (
    [E], Int64, Int64
  ) {
    let rs = transposed ? 1 : cols + 2, cs = transposed ? rows + 1 : 1
    var memory = [E](repeating: gap, count: (rows + 2) * (cols + 2))
    for i in 0..<rows { for j in 0..<cols { memory[i * rs + j * cs] = x[i * cols + j] } }
    return (memory, Int64(rs), Int64(cs))
  }

  private func small<E: TestFloat>(
    _ gemm: tk_gemm, _ p: Problem<E>, _ layout: Int, _ epilogue: tk_epilogue
  ) -> [E] {
    let (a, ars, acs) = laidOut(p.a, p.m, p.k, layout & 1 != 0, .nan)
    let (b, brs, bcs) = laidOut(p.b, p.k, p.n, layout & 2 != 0, .nan)
    let ldc = p.n == 1 ? 1 : p.n + 3
    var c = [E](repeating: 77, count: p.m * ldc + 3)
    for i in 0..<p.m { for j in 0..<p.n { c[i * ldc + j] = p.c[i * p.n + j] } }
    withUnsafePointer(to: epilogue) {
      gemm.small(Int64(p.m), Int64(p.n), Int64(p.k), a, ars, acs, b, brs, bcs, &c, Int64(ldc), $0)
    }
    if ldc > p.n {
      for i in 0..<p.m { for j in p.n..<ldc { #expect(c[i * ldc + j] == 77, "small: wrote beyond") } }
    }
    return (0..<p.m * p.n).map { c[$0 / p.n * ldc + $0 % p.n] }
  }

  private func packed<E: TestFloat>(
    _ gemm: tk_gemm, _ p: Problem<E>, _ layout: Int, _ epilogue: tk_epilogue
  ) -> [E] {
    let (a, ars, acs) = laidOut(p.a, p.m, p.k, layout & 1 != 0, .nan)
    let (b, brs, bcs) = laidOut(p.b, p.k, p.n, layout & 2 != 0, .nan)
    let mr = Int(gemm.mr), nr = Int(gemm.nr), ldc = p.n + 3
    let panelsA = (p.m + mr - 1) / mr * mr * p.k, panelsB = (p.n + nr - 1) / nr * nr * p.k
    let packedA = UnsafeMutableRawPointer.allocate(
      byteCount: panelsA * MemoryLayout<E>.size + 64, alignment: 64)
    let packedB = UnsafeMutableRawPointer.allocate(
      byteCount: panelsB * MemoryLayout<E>.size + 64, alignment: 64)
    defer {
      packedA.deallocate()
      packedB.deallocate()
    }
    var c = [E](repeating: 77, count: p.m * ldc + 3)
    for i in 0..<p.m { for j in 0..<p.n { c[i * ldc + j] = p.c[i * p.n + j] } }
    gemm.pack_a(Int64(p.m), Int64(p.k), a, ars, acs, packedA)
    gemm.pack_b(Int64(p.k), Int64(p.n), b, brs, bcs, packedB)
    withUnsafePointer(to: epilogue) {
      gemm.block(Int64(p.m), Int64(p.n), Int64(p.k), packedA, packedB, &c, Int64(ldc), $0)
    }
    for i in 0..<p.m { for j in p.n..<ldc { #expect(c[i * ldc + j] == 77, "block: wrote beyond") } }
    return (0..<p.m * p.n).map { c[$0 / p.n * ldc + $0 % p.n] }
  }

  /// B packed, A where it lies.
  private func strips<E: TestFloat>(
    _ gemm: tk_gemm, _ p: Problem<E>, _ layout: Int, _ epilogue: tk_epilogue
  ) -> [E] {
    let (a, ars, acs) = laidOut(p.a, p.m, p.k, layout & 1 != 0, .nan)
    let (b, brs, bcs) = laidOut(p.b, p.k, p.n, layout & 2 != 0, .nan)
    let nr = Int(gemm.nr), ldc = p.n + 3
    var packedB = [E](repeating: .nan, count: (p.n + nr - 1) / nr * nr * p.k)
    var c = [E](repeating: 77, count: p.m * ldc + 3)
    for i in 0..<p.m { for j in 0..<p.n { c[i * ldc + j] = p.c[i * p.n + j] } }
    gemm.pack_b(Int64(p.k), Int64(p.n), b, brs, bcs, &packedB)
    withUnsafePointer(to: epilogue) {
      gemm.strips(
        Int64(p.m), Int64(p.n), Int64(p.k), a, ars, acs, packedB, Int64(nr), Int64(p.k * nr), &c, Int64(ldc),
        $0)
    }
    for i in 0..<p.m { for j in p.n..<ldc { #expect(c[i * ldc + j] == 77, "strips: wrote beyond") } }
    return (0..<p.m * p.n).map { c[$0 / p.n * ldc + $0 % p.n] }
  }

  /// Panels hold the lines that exist, then zeros, and nothing is written behind the last one.
  private func packing<E: TestFloat>(_ gemm: tk_gemm, _: E.Type) {
    for (lines, _, k) in Self.randomShapes {
      let p = Problem<E>(lines, 1, k)
      for layout in 0..<2 {
        let (x, rs, cs) = laidOut(p.a, lines, k, layout != 0, .nan)
        for size in [Int(gemm.mr), Int(gemm.nr)] {
          let count = (lines + size - 1) / size * size * k
          var panels = [E](repeating: 77, count: count + size)
          if size == Int(gemm.mr) {
            gemm.pack_a(Int64(lines), Int64(k), x, rs, cs, &panels)
          } else {
            gemm.pack_b(Int64(k), Int64(lines), x, cs, rs, &panels)
          }
          let isRight = (0..<count).allSatisfy { place in
            let line = place / (size * k) * size + place % size, l = place / size % k
            return panels[place] == (line < lines ? p.a[line * k + l] : 0)
          }
          #expect(
            isRight && panels.suffix(size).allSatisfy { $0 == 77 }, "\(lines) of \(k), \(layout), \(size)")
        }
      }
    }
  }

  @Test(arguments: Build.all) func panels(_ build: Build) {
    packing(build.kernels.f32.gemm, Float.self)
    packing(build.kernels.f64.gemm, Double.self)
  }

  @Test(arguments: Build.all) func float32(_ build: Build) { run(build.kernels.f32.gemm, Float.self, 3e-7) }
  @Test(arguments: Build.all) func float64(_ build: Build) { run(build.kernels.f64.gemm, Double.self, 5e-16) }

  @Test(arguments: Build.all) func blockSizes(_ build: Build) {
    for gemm in [build.kernels.f32.gemm, build.kernels.f64.gemm] {
      #expect(gemm.mc % gemm.mr == 0 && gemm.nc % gemm.nr == 0 && gemm.kc > 0)
    }
  }

  /// The bits of an element don't depend on where its block begins or how large it is.
  @Test(arguments: Build.all) func placeInBlock(_ build: Build) {
    let gemm = build.kernels.f32.gemm, m = 2 * Int(gemm.mr) + 1, n = 2 * Int(gemm.nr) + 1
    let problem = Problem<Float>(m, n, 50)
    let whole = packed(gemm, problem, 0, Self.epilogues[3])
    var corner = Problem<Float>(1, 1, 50)
    corner.a = Array(problem.a.suffix(50))
    corner.b = (0..<50).map { problem.b[$0 * n + n - 1] }
    corner.c = [problem.c[m * n - 1]]
    var epilogue = Self.epilogues[1]
    let single = packed(gemm, corner, 0, epilogue)
    epilogue.accumulate = 1
    #expect(packed(gemm, problem, 0, epilogue)[m * n - 1] == single[0])
    #expect(whole.count == m * n)
  }
}
