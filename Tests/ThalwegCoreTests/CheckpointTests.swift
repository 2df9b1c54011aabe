import Testing
@testable import ThalwegCore

@Suite struct CheckpointTests {
  @Test func sameRandomNumbers() throws {
    let generator = Generator(seed: 4)
    let x = try leaf((0..<64).map { Double($0) / 10 }, [64])
    func noisy(_ x: Tensor) throws(ThalwegError) -> Tensor {
      try x.dropout(0.5, generator: generator).exp() * x.dropout(0.3, generator: generator)
    }
    let expected = try grad([noisy(x).sum()], [x])[0]?.toArray()
    let after = generator.state
    generator.manualSeed(4)
    let y = try checkpoint([x]) { x throws(ThalwegError) in [try noisy(x[0])] }[0]
    generator.manualSeed(99)  // what happens between does not matter, and is not disturbed
    let between = generator.state
    #expect(try grad([y.sum()], [x])[0]?.toArray() == expected)
    #expect(generator.state == between && after != between)
    let other = try checkpoint([x], preservesRandom: false) { x throws(ThalwegError) in [try noisy(x[0])] }[0]
    _ = try grad([other.sum()], [x])
    #expect(generator.state != between)
  }

  @Test func runsOnceMoreAndKeepsNothing() throws {
    var runs = 0
    let (x, w) = (try leaf([1, 2], [2]), try leaf([3, 4], [2]))
    let y = try checkpoint([x * 1]) { x throws(ThalwegError) in
      runs += 1
      return [try (x[0] * w).tanh().exp()]
    }[0]
    #expect(runs == 1)
    let expected = try grad([(x * w).tanh().exp().sum()], [x, w]).map { try $0?.toArray() }
    #expect(try grad([y.sum()], [x, w], retainGraph: true).map { try $0?.toArray() } == expected)
    #expect(runs == 2)
    #expect(try grad([y.sum()], [w]).map { try $0?.toArray() } == [expected[1]])
    #expect(runs == 3)
  }

  @Test func wrongFunctions() throws {
    let x = try leaf([1, 2], [2])
    var first = true
    let y = try checkpoint([x]) { x throws(ThalwegError) in
      defer { first = false }
      return [first ? try x[0].exp().tanh() : try x[0] * 2]
    }[0]
    #expect(failure { try y.sum().backward() }?.message.contains("checkpoint") == true)
    let plain = try Tensor([1.0, 2], [2])
    let z = try checkpoint([plain]) { p throws(ThalwegError) in [try p[0] * x] }[0]
    try plain.fill(0)
    #expect(failure { try z.sum().backward() }?.message.contains("in place") == true)
  }

  @Test func runningStatisticsChangeOnce() throws {
    let x = try leaf([1, 2, 3, 5], [4, 1])
    let (mean, variance) = (try Tensor([0.0], [1]), try Tensor([1.0], [1]))
    let y = try checkpoint([x]) { x throws(ThalwegError) in
      [try x[0].batchNorm(mean, variance, training: true, momentum: 0.5)]
    }[0]
    let after = try mean.toArray()
    try (y * y * y).sum().backward()
    #expect(try mean.toArray() == after && after != [0])
  }
}
