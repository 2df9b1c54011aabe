import Testing
@testable import ThalwegCore

/// A recurrent call: which tensors there are, and what of the result counts.
private struct Form: Sendable {
  var kind: RecurrentCell
  var hasBias = true, hasState = false, isReversed = false
  var lengths: [Int64]?
  var hasPeephole = false
  var projection: Int?
  /// Of the output, the last h and the last c.
  var uses: [Bool] = [true, true, true]

  var name: String {
    var text = "\(kind)"
    if !hasBias { text += ", no bias" }
    if hasState { text += ", initial state" }
    if isReversed { text += ", reversed" }
    if let lengths { text += ", lengths \(lengths)" }
    if hasPeephole { text += ", peepholes" }
    if projection != nil { text += ", projection" }
    if uses != [true, true, true] { text += ", uses \(uses)" }
    return text
  }

  private static let (steps, batch, size, units) = (3, 2, 2, 3)
  private var rows: Int { kind.gateCount * Self.units }
  private var state: Int { projection ?? Self.units }

  func inputs() throws -> [Tensor] {
    var all = [
      try spread([Self.steps, Self.batch, Self.size], -1, 1), try spread([rows, Self.size], -1, 1, salt: 1),
      try spread([rows, state], -1, 1, salt: 2),
    ]
    if hasBias { all += [try spread([rows], -0.5, 0.5, salt: 3), try spread([rows], -0.5, 0.5, salt: 4)] }
    if hasPeephole { all.append(try spread([3, Self.units], -1, 1, salt: 5)) }
    if let projection { all.append(try spread([projection, Self.units], -1, 1, salt: 6)) }
    if hasState {
      all.append(try spread([Self.batch, state], -1, 1, salt: 7))
      if kind == .lstm { all.append(try spread([Self.batch, Self.units], -1, 1, salt: 8)) }
    }
    return all
  }

  func result(_ all: [Tensor]) throws(ThalwegError) -> Recurrent.Result {
    var rest = all[3...]
    var weights = RecurrentWeights(input: all[1], hidden: all[2])
    if hasBias { (weights.inputBias, weights.hiddenBias) = (rest.popFirst(), rest.popFirst()) }
    if hasPeephole { weights.peephole = rest.popFirst() }
    if projection != nil { weights.projection = rest.popFirst() }
    let hidden = rest.popFirst(), cell = rest.popFirst()
    var ends: Tensor?
    if let lengths { ends = try Tensor(lengths, [lengths.count]) }
    return try Recurrent.apply(
      kind, all[0], weights, hidden: hidden, cell: cell, lengths: ends, isReversed: isReversed)
  }

  /// All that counts, in one row.
  func value(_ all: [Tensor]) throws(ThalwegError) -> Tensor {
    let result = try result(all)
    var parts: [Tensor] = []
    for (part, counts) in zip([result.output, result.hidden, result.cell], uses) where counts {
      if let part { parts.append(try part.reshape([-1])) }
    }
    return try Tensor.cat(parts)
  }

  static let all: [Form] =
    RecurrentCell.allCases.flatMap { kind in
      [
        Form(kind: kind), Form(kind: kind, hasBias: false, hasState: true, isReversed: true),
        Form(kind: kind, hasState: true, lengths: [2, 3]),
        Form(kind: kind, isReversed: true, lengths: [3, 1]),
        Form(kind: kind, uses: [false, true, false]),
      ]
    } + [
      Form(kind: .lstm, uses: [false, false, true]), Form(kind: .lstm, hasState: true, hasPeephole: true),
      Form(kind: .lstm, hasState: true, projection: 2),
      Form(kind: .lstm, lengths: [1, 3], hasPeephole: true, projection: 2),
    ]
}

extension OperationCase {
  private init(_ form: Form) {
    self.init(form.name, try form.inputs()) { x throws(ThalwegError) in try form.value(x) }
  }

  static let recurrent: [OperationCase] = Form.all.map { OperationCase($0) } + steps

  private static let steps: [OperationCase] = [
    OperationCase(
      "lstm, one step", [try spread([2, 2]), try spread([12, 2], salt: 1), try spread([12, 3], salt: 2)]
    ) { x throws(ThalwegError) in
      let step = try Recurrent.step(.lstm, x[0], RecurrentWeights(input: x[1], hidden: x[2]))
      return try step.hidden + (step.cell ?? step.hidden)
    },
    OperationCase(
      "gru, one step", [try spread([2, 2]), try spread([9, 2], salt: 1), try spread([9, 3], salt: 2)]
    ) { x throws(ThalwegError) in
      try Recurrent.step(.gru, x[0], RecurrentWeights(input: x[1], hidden: x[2])).hidden
    },
    OperationCase("unbind", [try spread([3, 2, 2])]) { x throws(ThalwegError) in
      let parts = try x[0].unbind(1)
      return try parts[0] * parts[0] + parts[1]
    },
    OperationCase("unbind, a part unused", [try spread([3, 2])]) { x throws(ThalwegError) in
      let parts = try x[0].unbind()
      return try parts[0] * parts[2]
    },
  ]
}

@Suite struct RecurrentTests {
  /// Sizes around those of blocks, chunks and strips.
  @Test(
    arguments: RecurrentCell.allCases,
    [[1, 1, 1, 1], [3, 2, 3, 5], [5, 4, 7, 33], [4, 70, 5, 20], [9, 32, 16, 64]])
  func fusedIsComposed(_ kind: RecurrentCell, _ sizes: [Int]) throws {
    let (steps, batch, units) = (sizes[0], sizes[1], sizes[3])
    for (isReversed, hasLengths) in [(false, false), (true, false), (false, true), (true, true)] {
      let lengths = try Tensor((0..<batch).map { Int64(($0 * 7 + 2) % steps + 1) }, [batch])
      let projection = (units + 1) / 2
      let forms =
        kind == .lstm ? [(false, units), (true, units), (false, projection), (true, projection)] : []
      for (peeps, handed) in forms.isEmpty ? [(false, units)] : forms {
        try compare(
          kind, sizes, handed: handed, peeps: peeps, isReversed: isReversed,
          lengths: hasLengths ? lengths : nil)
      }
    }
  }

  private func compare(
    _ kind: RecurrentCell, _ sizes: [Int], handed: Int, peeps: Bool, isReversed: Bool, lengths: Tensor?
  ) throws {
    let (steps, batch, inputs, units) = (sizes[0], sizes[1], sizes[2], sizes[3])
    let rows = kind.gateCount * units
    var leaves = [
      try spread([steps, batch, inputs], -1, 1), try spread([rows, inputs], -0.3, 0.3, salt: 1),
      try spread([rows, handed], -0.3, 0.3, salt: 2), try spread([rows], salt: 3),
      try spread([rows], salt: 4), try spread([batch, handed], salt: 5),
    ]
    var weights = RecurrentWeights(
      input: leaves[1], hidden: leaves[2], inputBias: leaves[3], hiddenBias: leaves[4])
    if peeps { weights.peephole = try spread([3, units], -1, 1, salt: 6) }
    if handed != units { weights.projection = try spread([handed, units], -0.3, 0.3, salt: 7) }
    leaves += [weights.peephole, weights.projection].compactMap(\.self)
    for leaf in leaves { try leaf.setRequiresGrad(true) }
    var found: [[[Double]]] = []
    for isFused in [true, false] {
      let record = RecurrentRecord()
      let result =
        isFused
        ? try Recurrent.apply(
          kind, leaves[0], weights, hidden: leaves[5], cell: nil, lengths: lengths, isReversed: isReversed,
          wantsGates: true, record: record)
        : try Recurrent.composed(
          kind, leaves[0], weights, hidden: leaves[5], cell: nil, lengths: lengths, isReversed: isReversed,
          wantsGates: true, record: record)
      let loss = try (result.output * result.output).sum() + result.hidden.sum()
      var all = [result.output, result.hidden, result.cell, result.gates, result.cells].compactMap { $0 }
      all += try grad([loss], leaves).compactMap { $0 }
      all += [record.hidden, record.cell].compactMap { $0 }
      found.append(try all.map { try $0.detach().toArray() })
    }
    #expect(found[0].map(\.count) == found[1].map(\.count))
    for (a, b) in zip(found[0], found[1]) {
      let scale = b.map(abs).max() ?? 0
      let worst = zip(a, b).map { abs($0 - $1) }.max() ?? 0
      #expect(
        worst <= 1e-12 * (1 + scale),
        "\(kind) \(sizes), hands on \(handed), peepholes \(peeps), reversed \(isReversed)")
    }
  }

  /// One step of few sequences without recording is the step that is recorded.
  @Test(arguments: RecurrentCell.allCases, [3, 33])
  func stepsAreSteps(_ kind: RecurrentCell, _ units: Int) throws {
    let rows = kind.gateCount * units
    for (peeps, handed) in kind == .lstm
      ? [(false, units), (true, units), (true, units - 1)] : [(false, units)]
    {
      var weights = RecurrentWeights(
        input: try spread([rows, 2], -0.3, 0.3, salt: 1),
        hidden: try spread([rows, handed], -0.3, 0.3, salt: 2),
        inputBias: try spread([rows], salt: 3), hiddenBias: try spread([rows], salt: 4))
      if peeps { weights.peephole = try spread([3, units], -1, 1, salt: 5) }
      if handed != units { weights.projection = try spread([handed, units], -0.3, 0.3, salt: 6) }
      let x = try spread([2, 2]), h = try spread([2, handed], salt: 7), c = try spread([2, units], salt: 8)
      let cell = kind == .lstm ? c : nil
      let fast = try Recurrent.step(kind, x, weights, hidden: h, cell: cell)
      let slow = try Recurrent.composed(kind, x.unsqueeze(0), weights, hidden: h, cell: cell)
      for (a, b) in zip([fast.hidden, fast.cell], [slow.hidden, slow.cell]) {
        let worst = try zip(a?.toArray() ?? [], b?.toArray() ?? []).map { abs($0 - $1) }.max() ?? 0
        #expect((a == nil) == (b == nil) && worst < 1e-12)
      }
    }
  }

  /// The recorded norm is that of the gradient that the state itself gets.
  @Test func recordsTheWholeGradient() throws {
    let x = try spread([4, 2, 2])
    let weights = RecurrentWeights(
      input: try spread([3, 2], salt: 1), hidden: try spread([3, 3], -1, 1, salt: 2))
    try weights.hidden.setRequiresGrad(true)
    let record = RecurrentRecord()
    let result = try Recurrent.apply(.tanh, x, weights, record: record)
    #expect(record.hidden == nil)
    try (result.output.select(0, 3) * result.output.select(0, 3)).sum().backward()
    // The last step again, from a leaf.
    let before = try result.output.select(0, 2).detach()
    try before.setRequiresGrad(true)
    let last = try Recurrent.step(.tanh, x.select(0, 3), weights, hidden: before).hidden
    try (last * last).sum().backward()
    let expected = try #require(before.grad).toArray().map { $0 * $0 }.reduce(0, +).squareRoot()
    let found = try #require(record.hidden).toArray()
    #expect(abs(found[2] - expected) < 1e-12)
    #expect(abs(found[3] - (try last.toArray().map { 4 * $0 * $0 }.reduce(0, +).squareRoot())) < 1e-12)
  }

  @Test func refusesWhatDoesNotFit() throws {
    let weights = RecurrentWeights(input: try spread([8, 2]), hidden: try spread([8, 2]))
    let x = try spread([3, 2, 2])
    #expect(throws: ThalwegError.self) { try Recurrent.apply(.lstm, x.select(0, 0), weights) }
    #expect(throws: ThalwegError.self) { try Recurrent.apply(.gru, x, weights) }
    #expect(throws: ThalwegError.self) { try Recurrent.apply(.lstm, x.to(.float32), weights) }
    #expect(throws: ThalwegError.self) { try Recurrent.apply(.lstm, x, weights, hidden: spread([2, 3])) }
    for lengths in [[0, 1], [1, 4], [Int64.min, .max]] as [[Int64]] {
      #expect(throws: ThalwegError.self) {
        try Recurrent.apply(.lstm, x, weights, lengths: Tensor(lengths, [2]))
      }
    }
  }
}
