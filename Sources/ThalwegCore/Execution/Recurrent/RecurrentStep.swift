import CKernels

/// One step of few sequences, unrecorded: matrices times vectors, which read the weights once, where they lie.
struct RecurrentStep {
  private let kind: RecurrentCell
  private let plan: RecurrentPlan
  private let weights: RecurrentWeights

  /// Sequences that are few.
  static let batchLimit = 4
  /// Units of a piece.
  private static let units = 32

  /// Nil where something else has to serve.
  init?(_ run: RecurrentRun, _ weights: RecurrentWeights) {
    guard run.batch <= Self.batchLimit, let plan = RecurrentPlan(run, weights),
      weights.input.strides[1] == 1, weights.hidden.strides[1] == 1,
      weights.projection?.strides[1] ?? 1 == 1,
      weights.inputBias?.isContiguous ?? true, weights.hiddenBias?.isContiguous ?? true
    else { return nil }
    (kind, self.plan, self.weights) = (run.kind, plan, weights)
  }

  /// - Parameter x: [B, I].
  func callAsFunction(
    _ x: Tensor, hidden: Tensor?, cell: Tensor?
  ) throws(ThalwegError) -> (hidden: Tensor, cell: Tensor?) {
    let (name, dtype, batch, units) = (kind.name, plan.dtype, plan.run.batch, plan.units)
    let shape: Dims = [batch, plan.handed.count]
    let (dense, h0) = (try x.contiguous(), try state(hidden, shape))
    let c0 = try state(cell, [batch, units])
    let h = try Tensor.make(shape, dtype, for: name)
    let c = kind == .lstm ? try Tensor.make([batch, units], dtype, for: name) : nil
    let peepholes = try weights.peephole?.contiguous()
    func run() throws(ThalwegError) {
      let sums = try Workspace(batch * plan.slots * units * plan.size, for: name)
      let inner = try Workspace(batch * units * plan.size, for: name)
      let (base, second) = (sums.base, inner.base)
      let loop = try StepLoop(steps: plan.phases, pieces: (units + Self.units - 1) / Self.units, for: name)
      loop.run(threads: plan.threads) { phase, piece in
        let first = piece &* Self.units
        let count = min(Self.units, units &- first), at = first &* plan.size
        var part = tk_recurrent_part(
          rows: Int64(batch), units: Int64(count), row: Int64(units), gates_row: Int64(plan.slots &* units),
          slot_step: Int64(units), active: nil, peephole: peepholes.map { UnsafeRawPointer($0.data + at) })
        if phase == 1 {
          complete(second, base, &part, h0.data, h.data, first, count)
          return
        }
        for slot in 0..<plan.slots {
          let row = plan.inputGate(slot) &* units &+ first
          multiply(
            plan.inputSlots.contains(slot) ? factor(dense.data, weights.input, weights.inputBias, row) : nil,
            plan.hiddenSlots.contains(slot)
              ? factor(h0.data, weights.hidden, weights.hiddenBias, plan.hiddenGate(slot) &* units &+ first)
              : nil,
            count, to: base + (slot &* units &+ first) &* plan.size, step: plan.slots &* units)
        }
        switch kind {
        case .lstm:
          plan.cells.lstm(
            &part, base + at, nil, c0.data + at, c0.data + at, plan.projects ? second + at : h.data + at,
            (c ?? h).data + at)
        case .gru: plan.cells.gru(&part, base + at, nil, h0.data + at, h.data + at)
        case .gruResetBefore: plan.cells.reset(&part, base + at, nil, h0.data + at, second + at)
        case .tanh, .relu, .sigmoid:
          plan.cells.rnn(&part, plan.activation, base + at, nil, h0.data + at, h.data + at)
        }
      }
    }
    if Recording.isActive { try Recording.note(throwing: run) } else { try run() }
    withExtendedLifetime((dense, h0, c0, peepholes)) {}
    return (h, c)
  }

  private func state(_ state: Tensor?, _ shape: Dims) throws(ThalwegError) -> Tensor {
    if let state { return try state.contiguous() }
    return try Tensor.zeros(shape, dtype: plan.dtype)
  }

  /// The second phase: of units of the projection, or of the candidate and the new state.
  private func complete(
    _ inner: UnsafeRawPointer, _ sums: UnsafeMutableRawPointer, _ part: inout tk_recurrent_part,
    _ h0: UnsafeRawPointer, _ h: UnsafeMutableRawPointer, _ first: Int, _ count: Int
  ) {
    let at = first &* plan.size
    guard let projection = weights.projection else {
      let row = plan.hiddenGate(plan.candidateSlots.lowerBound) &* plan.units &+ first
      multiply(
        nil, factor(inner, weights.hidden, weights.hiddenBias, row), count, to: sums + at,
        step: plan.slots &* plan.units, adds: true)
      plan.cells.update(&part, sums + at, nil, h0 + at, h + at)
      return
    }
    let size = plan.handed.count, columns = min(count, size &- first)
    if columns <= 0 { return }
    multiply(nil, factor(inner, projection, nil, first), columns, to: h + at, step: size)
  }

  /// What some units' weights, from a row on, are multiplied with.
  private func factor(
    _ vectors: UnsafeRawPointer, _ weight: Tensor, _ bias: Tensor?, _ row: Int
  ) -> tk_recurrent_factor {
    let step = weight.strides[0]
    return tk_recurrent_factor(
      vectors: vectors, weight: UnsafeRawPointer(weight.data + row &* step &* plan.size),
      bias: bias.map { UnsafeRawPointer($0.data + row &* plan.size) }, depth: Int64(weight.shape[1]),
      row: Int64(step))
  }

  /// The sums of a slot's units for each sequence.
  private func multiply(
    _ a: tk_recurrent_factor?, _ b: tk_recurrent_factor?, _ count: Int, to sums: UnsafeMutableRawPointer,
    step: Int, adds: Bool = false
  ) {
    var first = a ?? tk_recurrent_factor(), second = b ?? tk_recurrent_factor()
    plan.cells.products(
      Int64(plan.run.batch), Int64(count), &first, &second, adds ? 1 : 0, sums, Int64(step))
  }
}
