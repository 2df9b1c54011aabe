import Glibc
import Testing
import ThalwegCore

import ThalwegNN

/// Batches of two tensors, in a new order each epoch.
private final class ArrayLoader: DataLoader {
  private let input: Tensor
  private let target: Tensor
  private let batchSize: Int
  private let random: Generator
  private var order: [Int64] = []
  private var position = 0

  init(_ input: Tensor, _ target: Tensor, batchSize: Int, seed: UInt64 = 1) {
    self.input = input
    self.target = target
    self.batchSize = batchSize
    random = Generator(seed: seed)
    super.init()
  }

  override var sampleCount: Int { input.shape[0] }
  override var batchCount: Int { (sampleCount + batchSize - 1) / batchSize }

  override func begin(_ epoch: Int) throws(ThalwegError) {
    let permutation = try Tensor.randperm(sampleCount, generator: random)
    order = try permutation.toArray().map { Int64($0) }
    position = 0
  }

  override func nextBatch() throws(ThalwegError) -> [Tensor]? {
    guard position < order.count else { return nil }
    let chosen = Array(order[position..<min(position + batchSize, order.count)])
    position += batchSize
    let index = try Tensor(chosen, [chosen.count])
    return [try input.indexSelect(0, index), try target.indexSelect(0, index)]
  }
}

@Suite struct FitTests {
  /// Points in the plane; the class is the quadrant.
  private func quadrants(_ count: Int, seed: UInt64) throws -> (Tensor, Tensor) {
    let points = try Tensor.randn([count, 2], generator: Generator(seed: seed))
    let values = try points.toArray()
    let classes = (0..<count).map { i in
      Int64(values[2 * i] > 0 ? 1 : 0) + (values[2 * i + 1] > 0 ? 2 : 0)
    }
    return (points, try Tensor(classes, [count]).to(.uint8))
  }

  private func loader(_ count: Int, seed: UInt64, batch: Int = 16) throws -> DataLoader {
    let (points, classes) = try quadrants(count, seed: seed)
    return ArrayLoader(points, classes, batchSize: batch, seed: seed)
  }

  private func net(seed: UInt64 = 5) throws -> Module {
    let random = Generator(seed: seed)
    return try Sequential(
      ThalwegNN.Linear(2, 24, generator: random), ThalwegNN.ReLU(),
      ThalwegNN.Linear(24, 4, generator: random))
  }

  private func bits(_ module: Module) throws -> [[Double]] {
    try module.parameters().map { try $0.toArray() }
  }

  @Test func learns() throws {
    let module = try net()
    module.train(false)
    let adam = try Adam(module.parameters(), learningRate: 0.02)
    var events: [FitProgress] = []
    var options = FitOptions(epochs: 12, validation: try loader(100, seed: 2))
    options.progress = {
      events.append($0); return true
    }
    let history = try fit(
      module, loss: .crossEntropy, optimizer: adam, loader: loader(200, seed: 1), options: options)
    #expect(history.count == 12)
    let last = try #require(history.last)
    #expect(last.accuracy > 0.95 && last.validationAccuracy > 0.9)
    #expect(last.loss < history[0].loss && last.validationLoss < history[0].validationLoss)
    #expect(!module.isTraining)
    #expect(events.filter { $0.event == .batchEnd }.count == 12 * 13)
    #expect(events.filter { $0.event == .validationBatchEnd }.count == 12 * 7)
    #expect(events.filter { $0.event == .epochEnd }.map(\.epoch) == Array(1...12))
    #expect(events.last?.secondsLeft == 0 && events.last?.batches == 13)
    let (loss, accuracy) = try evaluate(module, loader: loader(100, seed: 2), loss: .crossEntropy)
    #expect(abs(loss - last.validationLoss) < 1e-6 && accuracy == last.validationAccuracy)
  }

  @Test func isTheLoopWrittenByHand() throws {
    let (points, classes) = try quadrants(64, seed: 3)
    let (one, two) = (try net(), try net())
    try fit(
      one, loss: .crossEntropy, optimizer: SGD(one.parameters(), learningRate: 0.1),
      loader: ArrayLoader(points, classes, batchSize: 10), options: FitOptions(epochs: 2))
    let sgd = try SGD(two.parameters(), learningRate: 0.1)
    let loader = ArrayLoader(points, classes, batchSize: 10)
    for _ in 0..<2 {
      try loader.startEpoch()
      while let batch = try loader.next() {
        sgd.zeroGrad()
        try two(batch[0]).crossEntropy(batch[1].to(.int64)).backward()
        try sgd.step()
      }
    }
    #expect(try bits(one) == bits(two))
  }

  @Test func otherLosses() throws {
    let x = try Tensor.randn([40, 2], generator: Generator(seed: 1))
    let y = try x.sum([1], keepDim: true).to(.float64)
    for loss in [
      Loss.meanSquaredError, .custom { (o, t) throws(ThalwegError) in try o.mseLoss(t.to(.float32)) },
    ] {
      let line = try ThalwegNN.Linear(2, 1, generator: Generator(seed: 1))
      let history = try fit(
        line, loss: loss, optimizer: SGD(line.parameters(), learningRate: 0.1),
        loader: ArrayLoader(x, y, batchSize: 8), options: FitOptions(epochs: 20))
      #expect(history[19].loss < 1e-3 && history[19].accuracy.isNaN && history[19].validationLoss.isNaN)
    }
  }

  @Test func stops() throws {
    let module = try net()
    let sgd = try SGD(module.parameters(), learningRate: 0.1)
    var options = FitOptions(epochs: 5)
    options.progress = { !($0.epoch == 3 && $0.batch == 2) }
    var history = try fit(
      module, loss: .crossEntropy, optimizer: sgd, loader: loader(64, seed: 1), options: options)
    #expect(history.count == 2)
    options.progress = {
      if $0.epoch == 2 { sgd.cancelFit() }; return true
    }
    history = try fit(
      module, loss: .crossEntropy, optimizer: sgd, loader: loader(64, seed: 1), options: options)
    #expect(history.count == 1)
    options.progress = nil  // an earlier cancellation holds for that fit alone
    history = try fit(
      module, loss: .crossEntropy, optimizer: sgd, loader: loader(64, seed: 1), options: options)
    #expect(history.count == 5)
  }

  /// A layer that takes its time.
  private final class Slow: Module {
    override func forward(_ input: Tensor) throws(ThalwegError) -> Tensor {
      usleep(30_000)
      return input
    }
  }

  @Test func isHeardInTheMiddleOfABatch() throws {
    let module = try Sequential(Slow(), Slow(), Slow(), Slow(), net())
    let before = try bits(module)
    var calls = 0
    var options = FitOptions(epochs: 1)
    options.progress = {
      calls += 1; return $0.event == .running && calls < 2
    }
    let history = try fit(
      module, loss: .crossEntropy, optimizer: SGD(module.parameters(), learningRate: 0.1),
      loader: loader(16, seed: 1), options: options)
    #expect(history.isEmpty && calls == 2)
    #expect(try bits(module) == before && module.parameters().allSatisfy { $0.grad == nil })
  }

  @Test func refuses() throws {
    let module = try net()
    let sgd = try SGD(module.parameters(), learningRate: 0.1)
    func message(_ loader: DataLoader, _ options: FitOptions = FitOptions()) -> String {
      failure { try fit(module, loss: .crossEntropy, optimizer: sgd, loader: loader, options: options) }?
        .message
        ?? ""
    }
    let good = try loader(16, seed: 1)
    #expect(message(good, FitOptions(epochs: 0)).contains("epochs is 0"))
    #expect(message(good, FitOptions(validation: good)).contains("open another one"))
    #expect(message(DataLoader()).contains("no samples"))
    let before = try bits(module)
    let bad = try ArrayLoader(.full([4, 2], .nan), .zeros([4], dtype: .int64), batchSize: 4)
    #expect(message(bad).contains("the loss of batch 1 of epoch 1 is nan"))
    #expect(try bits(module) == before && module.isTraining)
    var options = FitOptions()
    options.stopsOnNonFiniteLoss = false
    #expect(message(bad, options) == "")
  }

  @Test func sameBitsWhateverTheThreads() throws {
    let threads = Threads.count
    defer { Threads.count = threads }
    var results: [[[Double]]] = []
    for count in [1, 2, 4, 1, 2, 4] {
      Threads.count = count
      let random = Generator(seed: 1)
      let module = try Sequential(
        Conv2d(1, 8, kernel: [3], padding: .same, generator: random), ThalwegNN.ReLU(), MaxPool2d([2]),
        ThalwegNN.Flatten(), ThalwegNN.Linear(128, 10, generator: random))
      let x = try Tensor.randn([200, 1, 8, 8], generator: random)
      let y = try Tensor((0..<200).map { Int64($0 % 10) }, [200])
      try fit(
        module, loss: .crossEntropy, optimizer: Adam(module.parameters(), learningRate: 0.01),
        loader: ArrayLoader(x, y, batchSize: 64), options: FitOptions(epochs: 2))
      results.append(try bits(module))
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }
}
