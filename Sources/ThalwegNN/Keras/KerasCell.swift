import ThalwegCore

/// One recurrent cell: SimpleRNN's, LSTM's or GRU's.
///
/// Its tensors are those of this library's layer of one direction, which is a child and computes it where the activations
/// are the usual ones; else it holds the tensors alone.
struct KerasCell {
  enum Kind { case plain, lstm, gru }

  let kind: Kind
  let units: Int
  let activation: KerasActivation
  let gate: KerasActivation
  let hasBias: Bool
  let resetsAfter: Bool
  let dropout: Double
  let recurrentDropout: Double
  /// The child's name, and the group of the file below the layer's that has the tensors.
  let child: String
  let group: String

  init(_ config: KerasConfig, _ kind: Kind, child: String, group: String) throws(ThalwegError) {
    (self.kind, self.child, self.group) = (kind, child, group)
    units = try config.size("units")
    guard units <= RecurrentOptions.largestSize else { throw config.wrong("units", "at most 2^28") }
    activation = try config.activation("activation", "tanh")
    gate = kind == .plain ? activation : try config.activation("recurrent_activation", "sigmoid")
    hasBias = try config.bool("use_bias", true)
    // Before there was a choice, Keras's GRU reset before.
    resetsAfter = kind == .gru ? try config.bool("reset_after", false) : true
    dropout = try config.double("dropout", 0)
    recurrentDropout = try config.double("recurrent_dropout", 0)
    guard dropout >= 0, dropout <= 1 else { throw config.wrong("dropout", "from 0 to 1") }
    guard recurrentDropout >= 0, recurrentDropout <= 1 else {
      throw config.wrong("recurrent_dropout", "from 0 to 1")
    }
  }

  static func kind(_ className: String) -> Kind? {
    switch className {
    case "SimpleRNN", "SimpleRNNCell": .plain
    case "LSTM", "LSTMCell": .lstm
    case "GRU", "GRUCell": .gru
    default: nil
    }
  }

  var gates: Int { kind == .plain ? 1 : kind == .lstm ? 4 : 3 }
  var stateCount: Int { kind == .lstm ? 2 : 1 }
  private var isTwoBiased: Bool { kind == .gru && resetsAfter }

  var weights: [KerasWeight] {
    let form = kind == .gru ? KerasWeight.Form.gates : .axes([1, 0])
    let size = gates * units
    var result = [
      KerasWeight(
        name: "kernel", group: group, members: ["\(child).weight_ih_l0"], shape: [nil, size], form: form),
      KerasWeight(
        name: "recurrent_kernel", group: group, members: ["\(child).weight_hh_l0"], shape: [units, size],
        form: form),
    ]
    guard hasBias else { return result }
    let bias = "\(child).bias_ih_l0"
    if isTwoBiased {
      result.append(
        KerasWeight(
          name: "bias", group: group, members: [bias, "\(child).bias_hh_l0"], shape: [2, size],
          form: .gatesOfTwo))
    } else {
      result.append(
        KerasWeight(
          name: "bias", group: group, members: [bias], shape: [size], form: kind == .gru ? .gates : .axes(nil)
        ))
    }
    return result
  }

  /// The child for inputs of a size.
  func makeChild(_ inputs: Int) throws(ThalwegError) -> Module {
    var settings = RecurrentOptions(bias: hasBias, batchFirst: true)
    switch kind {
    case .lstm: return try LSTM(withoutParameters: inputs, units, settings, .default)
    case .gru:
      settings.resetAfter = resetsAfter
      return try GRU(withoutParameters: inputs, units, settings, .default)
    case .plain:
      settings.nonlinearity = RecurrentOptions.Nonlinearity(rawValue: activation.name) ?? .tanh
      return try RNN(withoutParameters: inputs, units, settings, .default)
    }
  }

  /// Whether the child computes what this cell does.
  private var isUsual: Bool {
    kind == .plain
      ? RecurrentOptions.Nonlinearity(rawValue: activation.name) != nil
      : activation.name == "tanh" && gate.name == "sigmoid"
  }

  // MARK: - A whole sequence

  /// - Parameters:
  ///   - x: [B, T, in], steps that count first.
  ///   - states: [B, H] each, to begin with; nil: zeros, or what the call before ended with.
  ///   - steps: which steps count; nil: all.
  /// Returns the outputs [B, T, H], of a sequence in which no step counts any, and the states behind each sequence's last
  /// step.
  func run(
    _ x: Tensor, _ states: [Tensor]?, _ steps: KerasSteps?, _ layer: KerasLayer, isStateful: Bool
  ) throws(ThalwegError) -> (outputs: Tensor, states: [Tensor]) {
    guard let holder = layer.module(child) as? RecurrentLayer else {
      throw ThalwegError(.invalidArgument, "\(layer.className): the child \(child) is missing")
    }
    if isStateful, holder.carried.carrying == .none { holder.carried.carrying = .detached }
    var input = x
    if layer.isTraining, dropout > 0 {
      input = try x * Tensor.ones([x.shape[0], 1, x.shape[2]], dtype: x.dtype).dropout(dropout)
    }
    var state: RecurrentState?
    if let states, let hidden = states.first {
      state = RecurrentState(
        try hidden.unsqueeze(0), cell: states.count > 1 ? try states[1].unsqueeze(0) : nil)
    }
    guard isUsual, recurrentDropout == 0 || !layer.isTraining else {
      return try walk(input, state, steps?.lengths, holder, layer)
    }
    let start = steps?.isEmpty == nil ? nil : state ?? holder.carried.begin(with: nil)
    let result = try holder(input, state: state, lengths: steps?.lengthsFromOne)
    var end = result.state
    if let isEmpty = steps?.isEmpty {
      let cell: Tensor? = if let cell = end.cell { try kept(start?.cell, cell, isEmpty) } else { nil }
      end = RecurrentState(try kept(start?.hidden, end.hidden, isEmpty), cell: cell)
      holder.carried.end(with: end)
    }
    var ends = [try end.hidden.select(0, 0)]
    if let cell = end.cell { ends.append(try cell.select(0, 0)) }
    return (result.output, ends)
  }

  /// The state before, or zeros, of the sequences in which no step counts.
  private func kept(_ before: Tensor?, _ behind: Tensor, _ isEmpty: Tensor) throws(ThalwegError) -> Tensor {
    let start = if let before { before } else { try Tensor.scalar(0, dtype: behind.dtype) }
    return try Tensor.where(isEmpty, start, behind)
  }

  /// Step by step, with any activations.
  private func walk(
    _ x: Tensor, _ given: RecurrentState?, _ lengths: Tensor?, _ holder: RecurrentLayer, _ layer: KerasLayer
  ) throws(ThalwegError) -> (outputs: Tensor, states: [Tensor]) {
    let (batch, steps) = (x.shape[0], x.shape[1])
    let start = given ?? holder.carried.begin(with: nil)
    var h =
      if let start { try start.hidden.select(0, 0) } else {
        try Tensor.zeros([batch, units], dtype: x.dtype)
      }
    var c: Tensor? = kind != .lstm ? nil : try Tensor.zeros([batch, units], dtype: x.dtype)
    if let cell = start?.cell { c = try cell.select(0, 0) }
    guard h.shape == [batch, units], c?.shape ?? h.shape == h.shape else {
      throw ThalwegError(
        .shape, "\(layer.className): the state is \(h.shape); it must be [\(batch), \(units)]")
    }
    let weight = try holder.requiredParameter("weight_hh_l0")
    let inputBias = holder.parameter("bias_ih_l0"), hiddenBias = holder.parameter("bias_hh_l0")
    let drop =
      layer.isTraining && recurrentDropout > 0
      ? try Tensor.ones([batch, units], dtype: x.dtype).dropout(recurrentDropout) : nil
    let inputs = try x.linear(holder.requiredParameter("weight_ih_l0"), inputBias)
    var outputs: [Tensor] = []
    for t in 0..<steps {
      try Checkpoint.pass()
      let before = (h, c)
      let seen = if let drop { try h * drop } else { h }
      (h, c) = try step(inputs.select(1, t), seen, h, c, weight, hiddenBias)
      if let lengths {
        let counts = try noGrad { () throws(ThalwegError) in
          try lengths.greater(Tensor.scalar(Double(t), dtype: lengths.dtype)).unsqueeze(1)
        }
        h = try Tensor.where(counts, h, before.0)
        if let now = c, let then = before.1 { c = try Tensor.where(counts, now, then) }
      }
      outputs.append(h)
    }
    let end = RecurrentState(try h.unsqueeze(0), cell: try c?.unsqueeze(0))
    holder.carried.end(with: end)
    let all =
      outputs.isEmpty
      ? try Tensor.zeros([batch, 0, units], dtype: x.dtype) : try Tensor.stack(outputs, dim: 1)
    return (all, c.map { [h, $0] } ?? [h])
  }

  /// - Parameters:
  ///   - i: the inputs' product, with the bias.
  ///   - seen: h, perhaps without some of its elements.
  private func step(
    _ i: Tensor, _ seen: Tensor, _ h: Tensor, _ c: Tensor?, _ weight: Tensor, _ bias: Tensor?
  ) throws(ThalwegError) -> (Tensor, Tensor?) {
    func part(_ x: Tensor, _ k: Int) throws(ThalwegError) -> Tensor {
      try x.slice(1, k * units, (k + 1) * units)
    }
    switch kind {
    case .plain: return (try activation(i + seen.linear(weight, bias)), nil)
    case .lstm:
      let all = try i + seen.linear(weight, bias)
      let inner = try gate(part(all, 0)) * activation(part(all, 2))
      var cell = inner
      if let c { cell = try gate(part(all, 1)) * c + inner }
      return (try gate(part(all, 3)) * activation(cell), cell)
    case .gru:
      let update: Tensor, new: Tensor
      if resetsAfter {
        let r = try seen.linear(weight, bias)
        update = try gate(part(i, 1) + part(r, 1))
        new = try activation(part(i, 2) + gate(part(i, 0) + part(r, 0)) * part(r, 2))
      } else {
        let r = try seen.linear(weight.slice(0, 0, 2 * units))
        update = try gate(part(i, 1) + part(r, 1))
        let reset = try gate(part(i, 0) + part(r, 0))
        new = try activation(part(i, 2) + (reset * seen).linear(weight.slice(0, 2 * units, 3 * units)))
      }
      return (try update * h + (1 - update) * new, nil)
    }
  }
}
