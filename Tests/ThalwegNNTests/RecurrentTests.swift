import Testing
import ThalwegCore
import ThalwegNN

/// The cells' values are checked in Python, against PyTorch's; here is what Swift adds.
@Suite struct RecurrentTests {
  private func input(_ steps: Int, _ batch: Int, _ size: Int) throws -> Tensor {
    try Tensor.randn([steps, batch, size], generator: Generator(seed: 3))
  }

  private func layers(_ settings: RecurrentOptions) throws -> [RecurrentLayer] {
    let generator = Generator(seed: 1)
    return [
      try RNN(3, 4, settings, generator: generator), try LSTM(3, 4, settings, generator: generator),
      try GRU(3, 4, settings, generator: generator),
    ]
  }

  @Test func shapesAndNames() throws {
    for layer in try layers(RecurrentOptions(layers: 2, bidirectional: true)) {
      let result = try layer(input(5, 2, 3), state: nil, wantsGates: true)
      #expect(result.output.shape == [5, 2, 8])
      #expect(result.state.hidden.shape == [4, 2, 4])
      #expect((result.state.cell != nil) == (layer is LSTM))
      #expect((result.cells != nil) == (layer is LSTM))
      #expect(result.gates?.shape.dropLast() == [4, 5, 2])
      #expect(layer.parameter("weight_ih_l1_reverse")?.shape[1] == 8)
      #expect(layer.parameters().count == 16)
      #expect(try layer(input(5, 2, 3)).toArray() == result.output.toArray())
    }
  }

  @Test func lastState() throws {
    let settings = RecurrentOptions(batchFirst: true, bidirectional: true, returnsSequences: false)
    for layer in try layers(settings) {
      let x = try input(2, 5, 3)
      let state = try layer(x, state: nil).state
      let last = try Tensor.cat([state.hidden.select(0, 0), state.hidden.select(0, 1)], dim: 1)
      #expect(try layer(x).toArray() == last.toArray())
    }
  }

  @Test func lengthsOfMasks() throws {
    let mask = try Tensor([1, 1, 0, 1, 1, 1] as [Float], [2, 3])
    #expect(try SequenceLengths.from(mask: mask).toArray() == [2, 3])
    let gap = try Tensor([1, 0, 1] as [Float], [1, 3])
    #expect(failure { _ = try SequenceLengths.from(mask: gap) }?.message.contains("gap") == true)
    #expect(failure { _ = try SequenceLengths.from(mask: mask.select(0, 0)) }?.code == .shape)
  }

  @Test func piecesOfASequence() throws {
    for layer in try layers(RecurrentOptions(layers: 2)) {
      let x = try input(6, 2, 3)
      let whole = try layer(x).toArray()
      layer.setStateful(true)
      let parts = try [x.slice(0, 0, 2), x.slice(0, 2, 6)].map { try layer($0) }
      #expect(distance(try parts.flatMap { try $0.toArray() }, whole) < 1e-6)
      layer.resetState()
      #expect(distance(try layer(x).toArray(), whole) < 1e-6)
      #expect(failure { _ = try layer(input(6, 1, 3)) }?.message.contains("batch of 2") == true)
      layer.setStateful(false)
      #expect(distance(try layer(x).toArray(), whole) < 1e-6)
    }
  }

  @Test func describesItself() throws {
    let settings = RecurrentOptions(layers: 2, bias: false, dropout: 0.25, projection: 2, masksZeros: true)
    let layer = try LSTM(3, 4, settings)
    let made = try #require(try LayerTypes.make("LSTM", layer.options) as? LSTM)
    #expect(made.settings == settings)
    #expect(made.parameters().isEmpty)
    let cell = try GRUCell(3, 4, RecurrentOptions(resetAfter: false))
    let other = try #require(try LayerTypes.make("GRUCell", cell.options) as? GRUCell)
    #expect(other.settings == cell.settings)
  }

  @Test func refuses() throws {
    #expect(failure { _ = try LSTM(0, 1) }?.code == .invalidArgument)
    #expect(failure { _ = try LSTM(.max, .max) }?.code == .invalidArgument)
    #expect(failure { _ = try LSTM(1, 1, RecurrentOptions(layers: .max)) }?.code == .invalidArgument)
    #expect(failure { _ = try GRU(1, 2, RecurrentOptions(projection: 1)) }?.code == .invalidArgument)
    #expect(failure { _ = try RNN(1, 1, RecurrentOptions(resetAfter: false)) }?.code == .invalidArgument)
    #expect(failure { _ = try RNN(1, 1, dtype: .int64) }?.code == .dtype)
    #expect(failure { _ = try LSTMCell(1, 1, RecurrentOptions(layers: 2)) }?.code == .invalidArgument)
    let layer = try GRU(3, 4)
    #expect(failure { _ = try layer(input(2, 2, 4)) }?.code == .shape)
    try layer.registerParameter("weight_hh_l0", nil)
    #expect(failure { _ = try layer(input(2, 2, 3)) }?.message.contains("weight_hh_l0") == true)
  }

  // MARK: - Truncated backpropagation through time

  private func windows(_ reach: Int, _ interval: Int?, _ steps: Int) throws -> [[Int]] {
    let rule = try TruncatedBackpropagation(reach: reach, interval: interval)
    var result: [[Int]] = []
    var window = rule.window(after: nil, steps: steps)
    while let now = window {
      result.append([now.start, now.lossStart, now.end])
      window = rule.window(after: now, steps: steps)
    }
    return result
  }

  @Test func windows() throws {
    #expect(try windows(3, nil, 7) == [[0, 0, 3], [3, 3, 6], [6, 6, 7]])
    #expect(try windows(4, 2, 7) == [[0, 0, 2], [0, 2, 4], [2, 4, 6], [3, 6, 7]])
    #expect(try windows(.max, nil, 7) == [[0, 0, 7]])
    #expect(try windows(.max, 3, 7) == [[0, 0, 3], [0, 3, 6], [0, 6, 7]])
    #expect(try windows(3, nil, 0) == [])
    #expect(failure { _ = try TruncatedBackpropagation(reach: 0) }?.code == .invalidArgument)
    #expect(failure { _ = try TruncatedBackpropagation(reach: 2, interval: 3) }?.code == .invalidArgument)
    #expect(failure { _ = try TruncatedBackpropagation(reach: 2, interval: 0) }?.code == .invalidArgument)
  }

  @Test(arguments: [(7, nil), (100, 2), (7, 3), (.max, 1)] as [(Int, Int?)])
  func exactWhereItReachesFarEnough(reach: Int, interval: Int?) throws {
    let net = try Sequential(LSTM(3, 4, RecurrentOptions(layers: 2)), ThalwegNN.Linear(4, 3))
    let (x, target) = (try input(7, 2, 3), try Tensor.zeros([7, 2, 3]))
    let loss = try net(x).mseLoss(target)
    try loss.backward()
    let expected = try net.parameters().flatMap { try $0.grad?.toArray() ?? [] }
    net.zeroGrad()
    let found = try TruncatedBackpropagation(reach: reach, interval: interval)(
      net, x, target, loss: .meanSquaredError)
    #expect(abs(try loss.item() - found) < 1e-6)
    #expect(distance(try net.parameters().flatMap { try $0.grad?.toArray() ?? [] }, expected) < 1e-6)
  }

  @Test func endsWhenItIsAskedTo() throws {
    let net = try Sequential(GRU(3, 4), ThalwegNN.Linear(4, 3))
    var windows = 0
    try TruncatedBackpropagation(reach: 2)(
      net, input(7, 2, 3), Tensor.zeros([7, 2, 3]), loss: .meanSquaredError
    ) { _ in
      windows += 1
      return windows < 2
    }
    #expect(windows == 2)
  }

  // MARK: - Gradients in time

  @Test func gradientNorms() throws {
    let layer = try LSTM(3, 4, RecurrentOptions(layers: 2))
    #expect(failure { _ = try layer.latestGradientNorms() }?.code == .autograd)
    layer.keepsGradientNorms = true
    let y = try layer(input(5, 2, 3))
    #expect(failure { _ = try layer.latestGradientNorms() }?.code == .autograd)
    try y.select(0, 2).sum().backward()
    let norms = try layer.latestGradientNorms()
    #expect(norms.hidden.shape == [2, 5])
    let hidden = try norms.hidden.toArray()
    #expect(abs(hidden[7] - 8.0.squareRoot()) < 1e-6)
    #expect(hidden[8...] == [0, 0])
    #expect(hidden[5...6].allSatisfy { $0 > 0 })
    #expect(norms.cell?.shape == [2, 5])
  }
}
