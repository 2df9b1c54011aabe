package import ThalwegCore

extension RecurrentLayer {
  /// The whole computation.
  final func run(
    _ input: Tensor, _ given: RecurrentState?, _ lengths: Tensor?, wantsGates: Bool
  ) throws(ThalwegError) -> RecurrentOutput {
    guard input.rank == 2 || input.rank == 3, input.shape[input.rank - 1] == inputSize else {
      let order = settings.batchFirst ? "[batch, time, \(inputSize)]" : "[time, batch, \(inputSize)]"
      throw ThalwegError(
        .shape,
        "\(typeName): the input has shape \(input.shape); it must be \(order), or [time, \(inputSize)] for one sequence"
      )
    }
    let isBatched = input.rank == 3
    var x =
      !isBatched ? try input.unsqueeze(1) : settings.batchFirst ? try input.transpose(0, 1) : input
    let batch = x.shape[1]
    var ends: Tensor?
    if let lengths {
      ends = lengths.dtype == .int32 ? try lengths.to(.int64) : lengths
    } else if settings.masksZeros {
      ends = try SequenceLengths.ofNonzeros(x)
    }
    let start = try begin(with: given, batch: isBatched ? batch : nil)
    let records = gradientNorms.begin(slots.count)

    var (hidden, cells, gates, inner): ([Tensor], [Tensor], [Tensor], [Tensor]) = ([], [], [], [])
    var place = 0
    for layer in 0..<settings.layers {
      var outputs: [Tensor] = []
      for _ in 0..<settings.directions {
        let slot = slots[place]
        let result = try Recurrent.apply(
          cell, x, weights(slot), hidden: start?.hidden.select(0, place), cell: start?.cell?.select(0, place),
          lengths: ends, isReversed: slot.isReversed, wantsGates: wantsGates,
          record: records.isEmpty ? nil : records[place])
        outputs.append(result.output)
        hidden.append(result.hidden)
        if let cell = result.cell { cells.append(cell) }
        if let values = result.gates { gates.append(values.detach()) }
        if let values = result.cells { inner.append(values.detach()) }
        place += 1
      }
      x = outputs.count == 1 ? outputs[0] : try Tensor.cat(outputs, dim: -1)
      if layer + 1 < settings.layers {
        x = try x.dropout(settings.dropout, training: isTraining, generator: generator)
      }
    }
    var state = RecurrentState(try stacked(hidden), cell: cells.isEmpty ? nil : try stacked(cells))
    try keep(state, hidden, cells)
    if !isBatched { state = try state.map { (tensor) throws(ThalwegError) in try tensor.select(1, 0) } }
    return RecurrentOutput(
      output: !isBatched ? try x.select(1, 0) : settings.batchFirst ? try x.transpose(0, 1) : x,
      state: state, gates: gates.isEmpty ? nil : try stacked(gates),
      cells: inner.isEmpty ? nil : try stacked(inner))
  }

  /// Keeps what a call ended with. A second direction has come from where the next call's steps follow, so that it has
  /// nothing to tell it: it begins with zeros there.
  private func keep(_ state: RecurrentState, _ hidden: [Tensor], _ cells: [Tensor]) throws(ThalwegError) {
    guard settings.bidirectional, carried.carrying != .none else { return carried.end(with: state) }
    func forward(_ states: [Tensor]) throws(ThalwegError) -> Tensor? {
      if states.isEmpty { return nil }
      var kept: [Tensor] = []
      for (state, slot) in zip(states, slots) {
        kept.append(slot.isReversed ? try Tensor.zeros(state.shape, dtype: state.dtype) : state)
      }
      return try stacked(kept)
    }
    if let h = try forward(hidden) { carried.end(with: RecurrentState(h, cell: try forward(cells))) }
  }

  /// The state to begin with, [layers directions, B, size], whoever gives it.
  /// - Parameter batch: nil for input without a batch's dimension.
  private func begin(with given: RecurrentState?, batch: Int?) throws(ThalwegError) -> RecurrentState? {
    guard let given else {
      guard let kept = carried.begin(with: nil) else { return nil }
      guard kept.hidden.shape[1] == batch ?? 1 else {
        throw ThalwegError(
          .shape,
          "\(typeName): the kept state is of a batch of \(kept.hidden.shape[1]), the input's is \(batch ?? 1); reset the state first"
        )
      }
      return kept
    }
    let state =
      batch == nil ? try given.map { (tensor) throws(ThalwegError) in try tensor.unsqueeze(1) } : given
    try check(state, batch: batch ?? 1, isBatched: batch != nil)
    return state
  }

  private func check(_ state: RecurrentState, batch: Int, isBatched: Bool) throws(ThalwegError) {
    func check(_ tensor: Tensor, _ what: String, _ size: Int) throws(ThalwegError) {
      let wanted: Dims = [slots.count, batch, size]
      if tensor.shape == wanted { return }
      let (found, right) =
        isBatched
        ? (tensor.shape, wanted)
        : (Dims(tensor.shape.enumerated().filter { $0.offset != 1 }.map(\.element)), [slots.count, size])
      throw ThalwegError(
        .shape,
        "\(typeName): the initial \(what) has shape \(found); it must be \(right): layers times directions\(isBatched ? ", batch" : ""), size"
      )
    }
    try check(state.hidden, "h", outputSize)
    guard (state.cell != nil) == (cell == .lstm) else {
      throw ThalwegError(
        .invalidArgument,
        cell == .lstm
          ? "\(typeName): the initial state has no c; give both h and c"
          : "\(typeName): the initial state has a c; only an LSTM has one")
    }
    if let c = state.cell { try check(c, "c", hiddenSize) }
  }

  package final func check(_ state: RecurrentState) throws(ThalwegError) {
    let batch = state.hidden.rank == 3 ? state.hidden.shape[1] : 0
    try check(state, batch: batch, isBatched: true)
  }

  private func weights(_ slot: RecurrentSlot) throws(ThalwegError) -> RecurrentWeights {
    try weights(slot, settings)
  }
}

extension Module {
  /// The parameters of one cell. Biases are those that are there.
  final func weights(
    _ slot: RecurrentSlot, _ settings: RecurrentOptions
  ) throws(ThalwegError) -> RecurrentWeights {
    RecurrentWeights(
      input: try requiredParameter(slot.inputWeight), hidden: try requiredParameter(slot.hiddenWeight),
      inputBias: settings.bias ? parameter(slot.inputBias) : nil,
      hiddenBias: settings.bias ? parameter(slot.hiddenBias) : nil,
      peephole: settings.peephole ? try requiredParameter(slot.peephole) : nil,
      projection: settings.projection > 0 ? try requiredParameter(slot.projection) : nil)
  }

  /// Makes the parameters of one cell, in PyTorch's order, uniform in ±1/√H.
  final func makeParameters(
    _ slot: RecurrentSlot, inputs: Int, hidden: Int, gates: Int, _ settings: RecurrentOptions, _ dtype: DType,
    _ generator: Generator
  ) throws(ThalwegError) {
    let bound = 1 / Double(hidden).squareRoot()
    let (rows, output) = (gates * hidden, settings.projection > 0 ? settings.projection : hidden)
    var shapes: [(name: String, shape: Dims)] = [
      (slot.inputWeight, [rows, inputs]), (slot.hiddenWeight, [rows, output]),
    ]
    if settings.bias {
      shapes.append((slot.inputBias, [rows]))
      shapes.append((slot.hiddenBias, [rows]))
    }
    if settings.projection > 0 { shapes.append((slot.projection, [output, hidden])) }
    if settings.peephole { shapes.append((slot.peephole, [3, hidden])) }
    for (name, shape) in shapes {
      let tensor = try Tensor.empty(shape, dtype: dtype)
      try Init.uniform(tensor, -bound, bound, generator: generator)
      if let value = settings.forgetBias, name == slot.inputBias || name == slot.hiddenBias {
        try tensor.slice(0, hidden, 2 * hidden).fill(name == slot.inputBias ? value : 0)
      }
      try tensor.setRequiresGrad(true)
      try registerParameter(name, tensor)
    }
  }
}

extension RecurrentState {
  func map(
    _ transform: (Tensor) throws(ThalwegError) -> Tensor
  ) throws(ThalwegError) -> RecurrentState {
    var other: Tensor?
    if let cell { other = try transform(cell) }
    return RecurrentState(try transform(hidden), cell: other)
  }
}

/// Like `stack`, without a copy of a single one.
private func stacked(_ tensors: [Tensor]) throws(ThalwegError) -> Tensor {
  tensors.count == 1 ? try tensors[0].unsqueeze(0) : try Tensor.stack(tensors)
}
