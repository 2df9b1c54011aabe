import Testing
@testable import ThalwegCore

@Suite struct TensorTests {
  @Test func shapesAreChecked() throws {
    #expect(failure { _ = try Tensor.zeros([2, -1]) }?.code == .shape)
    #expect(failure { _ = try Tensor.zeros([1, 1, 1, 1, 1, 1, 1, 1, 1]) }?.code == .shape)
    #expect(failure { _ = try Tensor.zeros([Int.max, 2]) }?.code == .outOfMemory)
    #expect(failure { _ = try Tensor.zeros([Int.max, 2, 0]) }?.code == .outOfMemory)
    #expect(failure { _ = try Tensor([1.0, 2], [3]) }?.code == .invalidArgument)
    #expect(try Tensor.zeros([2, 0, 3]).numel == 0)
  }

  @Test func promotionIsPyTorchs() throws {
    func type(_ a: DType, _ aShape: Dims, _ b: DType, _ bShape: Dims) throws -> DType {
      try (Tensor.ones(aShape, dtype: a) + Tensor.ones(bShape, dtype: b)).dtype
    }
    #expect(try type(.uint8, [1], .int32, [1]) == .int32)
    #expect(try type(.int32, [1], .int64, [1]) == .int64)
    #expect(try type(.int64, [1], .float32, [1]) == .float32)
    #expect(try type(.float32, [1], .float64, [1]) == .float64)
    #expect(try type(.bool, [1], .uint8, [1]) == .uint8)
    // A scalar raises the category, never the width.
    #expect(try type(.float32, [1], .float64, []) == .float32)
    #expect(try type(.int32, [1], .float64, []) == .float64)
    #expect(try type(.uint8, [1], .int64, []) == .uint8)
    #expect(try (Tensor.ones([1], dtype: .int32) + 2).dtype == .int32)
    #expect(try (Tensor.ones([1], dtype: .int32) + 2.5).toArray() == [3.5])
    #expect(try (Tensor.ones([1], dtype: .int64) / 2).dtype == .float32)
  }

  @Test func broadcastingIsNumPys() throws {
    let a = try Tensor([1.0, 2, 3], [3, 1])
    let b = try Tensor([10.0, 20], [2])
    #expect(try (a + b).toArray() == [11, 21, 12, 22, 13, 23])
    let error = failure { _ = try Tensor.zeros([2, 3]) + Tensor.zeros([2]) }
    #expect(error?.code == .shape)
    #expect(error?.message.contains("[2, 3]") == true && error?.message.contains("[2]") == true)
    #expect(try (Tensor.zeros([0, 3]) + Tensor.zeros([3])).shape == [0, 3])
  }

  @Test func integersWrapAndSaturate() throws {
    let top = try Tensor([Int64.max], [1])
    #expect(try (top + 1).reshape([]).itemInt64() == .min)
    #expect(
      try Tensor([1e30, -1e30, .nan, 2.9, -2.9], [5]).to(.int32).toArray() == [
        2147483647, -2147483648, 0, 2, -2,
      ])
    #expect(try Tensor([300.0, -5, 1e30], [3]).to(.uint8).toArray() == [44, 251, 255])
    #expect(try Tensor([Int64(1) << 32 + 7, -1], [2]).to(.int32).toArray() == [7, -1])
    #expect(try Tensor([Int64(258), -1], [2]).to(.uint8).toArray() == [2, 255])
    #expect(try Tensor([0.0, -0.0, 0.5, .nan], [4]).to(.bool).toArray() == [0, 0, 1, 1])
  }

  @Test func viewsShareMemory() throws {
    let x = try Tensor((0..<24).map(Double.init), [2, 3, 4])
    let y = try x.permute([2, 0, 1])
    #expect(y.shape == [4, 2, 3])
    #expect(try y.select(0, 1).toArray() == [1, 5, 9, 13, 17, 21])
    #expect(try x.slice(2, 1, 4, step: 2).toArray() == [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23])
    #expect(try x.reshape([6, 4]).data == x.data)
    #expect(try y.reshape([4, 6]).data == y.data)  // the last two dimensions lie behind each other
    #expect(try x.permute([1, 0, 2]).reshape([3, 8]).data != x.data)
    #expect(try x.slice(-1, -2, 100).shape == [2, 3, 2])
    #expect(try x.flatten(1).shape == [2, 12])
    #expect(try x.unsqueeze(-1).squeeze().shape == [2, 3, 4])
    #expect(failure { _ = try x.reshape([5, -1]) }?.code == .shape)
    #expect(failure { _ = try x.select(0, 2) }?.code == .invalidArgument)
    #expect(failure { _ = try x.permute([0, 0, 1]) }?.code == .invalidArgument)
    try x.select(0, 0).fill(-1)
    #expect(try x.sum([1, 2]).toArray() == [-12, 210])
  }

  @Test func copiesBetweenOverlappingViews() throws {
    let x = try Tensor([0.0, 1, 2, 3], [4])
    try x.slice(0, 1, 4).copy(from: x.slice(0, 0, 3))
    #expect(try x.toArray() == [0, 0, 1, 2])
  }

  @Test func reductions() throws {
    let x = try Tensor([3.0, -1, 4, 1, -5, 9], [2, 3])
    #expect(try x.sum().item() == 11)
    #expect(try x.sum([0]).toArray() == [4, -6, 13])
    #expect(try x.mean([1], keepDim: true).shape == [2, 1])
    #expect(try x.amax([0]).toArray() == [3, -1, 9])
    #expect(try x.argmax(1).toArray() == [2, 2])
    #expect(try x.argmin().itemInt64() == 4)
    #expect(try x.transpose(0, 1).argmax().itemInt64() == 5)
    #expect(try Tensor.zeros([0]).sum().item() == 0)
    #expect(try Tensor.zeros([0]).mean().item().isNaN)
    #expect(failure { _ = try Tensor.zeros([0]).amax() }?.code == .shape)
    #expect(try Tensor.zeros([0, 3]).amax([1]).shape == [0])
    #expect(try Tensor([1.0, .nan, 3], [3]).amax().item().isNaN)
    #expect(try Tensor.ones([3], dtype: .uint8).sum().dtype == .int64)
    #expect(try Tensor.ones([1000, 1000]).sum().item() == 1_000_000)
  }

  @Test func everyLayoutSumsTheSame() throws {
    let x = try Tensor.rand([37, 41, 29], dtype: .float64, generator: Generator(seed: 1))
    let values = try x.toArray()
    for dims in [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]] {
      var expected: [Int: Double] = [:]
      for (i, value) in values.enumerated() {
        let place = [i / (41 * 29), i / 29 % 41, i % 29]
        var key = 0
        for d in 0..<3 where !dims.contains(d) { key = key * 64 + place[d] }
        expected[key, default: 0] += value
      }
      let sums = expected.sorted { $0.key < $1.key }.map(\.value)
      let found = try x.sum(Dims(dims)).toArray()
      let strided = try x.permute([2, 1, 0]).contiguous().permute([2, 1, 0]).sum(Dims(dims)).toArray()
      for i in sums.indices {
        #expect(abs(found[i] - sums[i]) < 1e-9 * sums[i])
        #expect(abs(strided[i] - sums[i]) < 1e-9 * sums[i])
      }
    }
  }

  @Test func matrixProducts() throws {
    for (m, n, k) in [
      (1, 1, 1), (1, 7, 5), (5, 1, 7), (3, 4, 0), (17, 33, 65), (100, 101, 99), (64, 300, 700),
    ] {
      let a = try Tensor.randn([m, k], dtype: .float64, generator: Generator(seed: 3))
      let b = try Tensor.randn([k, n], dtype: .float64, generator: Generator(seed: 4))
      let expected = try product(a.toArray(), b.toArray(), m, n, k)
      let bT = try b.transpose(0, 1).contiguous().transpose(0, 1)
      let aT = try a.transpose(0, 1).contiguous().transpose(0, 1)
      for (x, y) in [(a, b), (aT, b), (a, bT), (aT, bT)] {
        let found = try x.matmul(y).toArray()
        for i in expected.indices { #expect(abs(found[i] - expected[i]) <= 1e-11 * (1 + abs(expected[i]))) }
        let single = try x.to(.float32).matmul(y.to(.float32)).toArray()
        for i in expected.indices { #expect(abs(single[i] - expected[i]) <= 2e-4 * (1 + abs(expected[i]))) }
      }
    }
    #expect(
      failure { _ = try Tensor.zeros([2, 3]).matmul(Tensor.zeros([4, 5])) }?.message.contains("inner") == true
    )
    #expect(
      failure { _ = try Tensor.zeros([2, 3]).matmul(Tensor.zeros([3, 5], dtype: .float64)) }?.code == .dtype)
  }

  private func product(_ a: [Double], _ b: [Double], _ m: Int, _ n: Int, _ k: Int) -> [Double] {
    var c = [Double](repeating: 0, count: m * n)
    for i in 0..<m { for l in 0..<k { for j in 0..<n { c[i * n + j] += a[i * k + l] * b[l * n + j] } } }
    return c
  }

  @Test func resultsDoNotDependOnThreads() throws {
    let before = Threads.count
    defer { Threads.count = before }
    func compute() throws -> [Double] {
      let x = try Tensor.randn([150, 210], generator: Generator(seed: 5))
      let w = try Tensor.randn([190, 210], generator: Generator(seed: 6))
      try w.setRequiresGrad(true)
      let loss = try x.linear(w).tanh().softmax(1).log().sum()
      try loss.backward()
      return try [loss.detach().item()] + (w.grad?.toArray() ?? [])
    }
    Threads.count = 1
    let one = try compute()
    for count in [2, 3, 4] {
      Threads.count = count
      #expect(try compute() == one)
    }
  }

  @Test func permutationsAreComplete() throws {
    let order = try Tensor.randperm(1000, generator: Generator(seed: 2)).toArray()
    #expect(order.sorted() == (0..<1000).map(Double.init))
    #expect(order != order.sorted())
    #expect(try Tensor.randperm(0).numel == 0)
  }
}
