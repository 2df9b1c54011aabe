import Testing
import ThalwegCore

@testable import ThalwegNN

@Suite struct SamplerTests {
  private func loader(_ count: Int, batch: Int, shuffled: Bool = false) throws -> TensorLoader {
    try TensorLoader(
      [Tensor.arange(0, Double(count))],
      options: LoaderOptions(batchSize: batch, isShuffled: shuffled, seed: 3))
  }

  private func batches(_ loader: DataLoader, _ number: Int = 0) throws -> [[Double]] {
    var result: [[Double]] = []
    try loader.startEpoch(number)
    while let batch = try loader.next() { result.append(try batch[0].toArray()) }
    return result
  }

  @Test func subset() throws {
    let loader = try loader(10, batch: 2)
    try loader.setSubset(Tensor([7, 1, 7] as [Int64], [3]))
    #expect(loader.sampleCount == 3 && loader.batchCount == 2)
    #expect(try batches(loader) == [[7, 1], [7]])
    try loader.setSubset(nil)
    #expect(try batches(loader).count == 5)
    #expect(throws: ThalwegError.self) { try loader.setSubset(Tensor([10] as [Int64], [1])) }
    #expect(throws: ThalwegError.self) { try loader.setSubset(Tensor([1] as [Double], [1])) }
  }

  @Test func weights() throws {
    let loader = try loader(4, batch: 100)
    try loader.setSampler(.weighted(Tensor([0, 1, 2, 5] as [Double], [4]), draws: 8000))
    let drawn = try batches(loader).flatMap { $0 }
    var counts = [0.0, 0, 0, 0]
    for sample in drawn { counts[Int(sample)] += 1 }
    #expect(counts[0] == 0 && drawn.count == 8000 && loader.batchCount == 80)
    // Chi-square of two degrees of freedom.
    let chi = zip(counts, [0.0, 1000, 2000, 5000]).dropFirst().reduce(0) {
      $0 + ($1.0 - $1.1) * ($1.0 - $1.1) / $1.1
    }
    #expect(chi < 12)
    #expect(try batches(loader, 1).flatMap { $0 } != drawn)
    #expect(throws: ThalwegError.self) { try loader.setSampler(.weighted(Tensor([1] as [Double], [1]))) }
  }

  @Test func buckets() throws {
    let lengths = (0..<40).map { Int64($0 * 7 % 13) }
    let loader = try loader(40, batch: 6, shuffled: true)
    try loader.setSampler(.bucketed(lengths: Tensor(lengths, [40]), pool: 20))
    let first = try batches(loader)
    #expect(first.map(\.count).sorted() == [2, 2, 6, 6, 6, 6, 6, 6] && loader.batchCount == 8)
    #expect(first.flatMap { $0 }.sorted() == (0..<40).map(Double.init))
    try loader.setSampler(.bucketed(lengths: Tensor(lengths, [40]), budget: 30))
    for batch in try batches(loader) {
      let longest = batch.map { lengths[Int($0)] }.max() ?? 0
      #expect(batch.count == 1 || Int64(batch.count) * max(longest, 1) <= 30)
    }
    #expect(try batches(loader, 1) != batches(loader, 2))
  }

  @Test func ownOrder() throws {
    let loader = try loader(9, batch: 2)
    try loader.setSampler(
      .custom { (epoch) throws(ThalwegError) in
        (try Tensor([8, 0, Int64(epoch)], [3]), [1, 2])
      })
    #expect(try batches(loader, 4) == [[8], [0, 4]])
    try loader.resume(at: .init(epoch: 5, samples: 1))
    #expect(try loader.next()?[0].toArray() == [0, 5])
    #expect(throws: ThalwegError.self) { try loader.resume(at: .init(epoch: 5, samples: 2)) }
    #expect(throws: ThalwegError.self) { try loader.startEpoch(9) }
  }

  @Test func sequences() throws {
    let values = try Tensor([1, 2, 3, 4, 5, 6] as [Double], [6])
    let lengths = try Tensor([3, 1, 2] as [Int64], [3])
    var options = SequenceOptions()
    options.padding = -1
    options.givesMask = true
    let loader = try SequenceLoader(
      [SequenceArray(values, lengths: lengths), SequenceArray(rows: Tensor.arange(0, 3))], sequences: options,
      options: LoaderOptions(batchSize: 3))
    let batch = try #require(try loader.next())
    #expect(batch.count == 4 && loader.arrayCount == 4)
    #expect(try batch[0].toArray() == [1, 2, 3, 4, -1, -1, 5, 6, -1])
    #expect(try batch[2].toArray() == [3, 1, 2])
    #expect(try batch[3].toArray() == [1, 1, 1, 1, 0, 0, 1, 1, 0])
    #expect(throws: ThalwegError.self) { try loader.add(.randomFlip()) }
    #expect(throws: ThalwegError.self) {
      try SequenceLoader([SequenceArray(values, lengths: Tensor([3, 1] as [Int64], [2]))])
    }
  }

  @Test func splits() throws {
    let labels = try Tensor((0..<100).map { Int64($0 < 80 ? 0 : 1) }, [100])
    let parts = try Split.random(100, sizes: [60, 25, 15], labels: labels, generator: Generator(seed: 1))
    #expect(try parts.flatMap { try $0.toArray() }.sorted() == (0..<100).map(Double.init))
    for (part, share) in zip(parts, [12.0, 5, 3]) {
      let rare = try part.toArray().filter { $0 >= 80 }.count
      #expect(abs(Double(rare) - share) < 2)
    }
    #expect(try Split.sizes(10, fractions: [0.5, 0.25, 0.25]) == [6, 2, 2])
    for pair in try Split.folds(10, 3) {
      let all = try pair.training.toArray() + pair.validation.toArray()
      #expect(all.sorted() == (0..<10).map(Double.init))
    }
    #expect(throws: ThalwegError.self) { try Split.random(5, sizes: [6]) }
    #expect(throws: ThalwegError.self) { try Split.folds(5, 6) }
    #expect(throws: ThalwegError.self) { try Split.sizes(5, fractions: [.nan]) }
  }
}
