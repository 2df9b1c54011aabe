import Testing
import ThalwegCore

import ThalwegNN

@Suite struct TensorLoaderTests {
  private func loader(_ count: Int, _ options: LoaderOptions) throws -> TensorLoader {
    let numbers = try Tensor.arange(0, Double(count))
    let pairs = try Tensor.arange(0, Double(2 * count), dtype: .float32).reshape([count, 2])
    return try TensorLoader([numbers, pairs], options: options)
  }

  /// The samples of an epoch by their numbers; both tensors must be in step.
  private func samples(_ loader: DataLoader, sizes: [Int]) throws -> [Double] {
    var found: [Double] = []
    var batches: [Int] = []
    while let batch = try loader.next() {
      let numbers = try batch[0].toArray()
      #expect(try batch[1].toArray() == numbers.flatMap { [2 * $0, 2 * $0 + 1] })
      found += numbers
      batches.append(numbers.count)
    }
    #expect(batches == sizes)
    #expect(try loader.next() == nil)
    return found
  }

  @Test func inOrder() throws {
    let loader = try loader(10, LoaderOptions(batchSize: 4))
    #expect(loader.sampleCount == 10 && loader.batchCount == 3 && loader.arrayCount == 2)
    for _ in 0..<2 {
      try loader.startEpoch()
      #expect(try samples(loader, sizes: [4, 4, 2]) == (0..<10).map(Double.init))
    }
  }

  @Test func orderIsTheSeedsAndTheEpochs() throws {
    let loader = try loader(50, LoaderOptions(batchSize: 25, isShuffled: true, seed: 3))
    var orders: [[Double]] = []
    for epoch in [0, 1, 0, 1] {
      try loader.startEpoch(epoch)
      orders.append(try samples(loader, sizes: [25, 25]))
      #expect(orders[orders.count - 1].sorted() == (0..<50).map(Double.init))
    }
    #expect(orders[0] == orders[2] && orders[1] == orders[3] && orders[0] != orders[1])
    let other = try self.loader(50, LoaderOptions(batchSize: 25, isShuffled: true, seed: 4))
    #expect(try samples(other, sizes: [25, 25]) != orders[0])
  }

  @Test func limitAndLastBatch() throws {
    var options = LoaderOptions(batchSize: 4, isShuffled: true)
    options.limit = 7
    options.dropsLast = true
    let loader = try loader(10, options)
    #expect(loader.sampleCount == 7 && loader.batchCount == 1)
    #expect(try samples(loader, sizes: [4]).allSatisfy { $0 < 7 })
    #expect(try self.loader(0, LoaderOptions(isShuffled: true)).next() == nil)
  }

  @Test func batchesAreCopiesWithoutGraph() throws {
    let data = try Tensor.zeros([4, 2])
    try data.setRequiresGrad(true)
    for isShuffled in [false, true] {
      let loader = try TensorLoader([data], options: LoaderOptions(batchSize: 4, isShuffled: isShuffled))
      let batch = try #require(try loader.next())
      #expect(!batch[0].requiresGrad)
      try batch[0].fill(1)
    }
    #expect(try data.toArray() == [Double](repeating: 0, count: 8))
  }

  @Test func refused() throws {
    #expect(throws: ThalwegError.self) { try TensorLoader([]) }
    #expect(throws: ThalwegError.self) { try TensorLoader([Tensor.zeros([2]), Tensor.zeros([3])]) }
    #expect(throws: ThalwegError.self) { try TensorLoader([Tensor.scalar(1)]) }
    #expect(throws: ThalwegError.self) { try self.loader(3, LoaderOptions(batchSize: 0)) }
    let loader = try self.loader(3, LoaderOptions())
    #expect(throws: ThalwegError.self) { try loader.startEpoch(-1) }
  }
}
