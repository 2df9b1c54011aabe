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
    let sums = try Workspace(batch * plan.slots * units * plan.size, for: name)
    let inner = try Workspace(batch * units * plan.size, for: name)
    let peepholes = try weights.peephole?.contiguous()
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
      multiply(
        dense.data, plan.run.sizes.input, weights.input, weights.inputBias, plan.inputSlots, plan.inputGate,
        base, first, count, adds: false)
      multiply(
        h0.data, plan.handed.count, weights.hidden, weights.hiddenBias, plan.hiddenSlots, plan.hiddenGate,
        base, first, count, adds: true)
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
      multiply(
        inner, plan.units, weights.hidden, weights.hiddenBias, plan.candidateSlots, plan.hiddenGate, sums,
        first, count, adds: true)
      plan.cells.update(&part, sums + at, nil, h0 + at, h + at)
      return
    }
    let size = plan.handed.count, columns = min(count, size &- first)
    if columns <= 0 { return }
    var epilogue = tk_epilogue(
      bias: nil, bias_kind: Int32(TK_BIAS_NONE), activation: Int32(TK_ACTIVATION_NONE), accumulate: 0)
    let w = projection.matrix()
    plan.gemm.small(
      Int64(plan.run.batch), Int64(columns), Int64(plan.units), inner, Int64(plan.units), 1,
      w.data + first &* w.rowStride &* plan.size, Int64(w.columnStride), Int64(w.rowStride), h + at,
      Int64(size), &epilogue)
  }

  /// The product of `count` units' rows of a weight with each sequence's `x`.
  private func multiply(
    _ x: UnsafeRawPointer, _ depth: Int, _ weight: Tensor, _ bias: Tensor?, _ slots: Range<Int>,
    _ gate: (Int) -> Int, _ sums: UnsafeMutableRawPointer, _ first: Int, _ count: Int, adds: Bool
  ) {
    let (size, w) = (plan.size, weight.matrix())
    for slot in slots {
      let row = gate(slot) &* plan.units &+ first
      var epilogue = tk_epilogue(
        bias: bias.map { UnsafeRawPointer($0.data + row &* size) },
        bias_kind: Int32(bias == nil ? TK_BIAS_NONE : TK_BIAS_COLUMN),
        activation: Int32(TK_ACTIVATION_NONE), accumulate: adds && plan.inputSlots.contains(slot) ? 1 : 0)
      plan.gemm.small(
        Int64(plan.run.batch), Int64(count), Int64(depth), x, Int64(depth), 1,
        w.data + row &* w.rowStride &* size, Int64(w.columnStride), Int64(w.rowStride),
        sums + (slot &* plan.units &+ first) &* size, Int64(plan.slots &* plan.units), &epilogue)
    }
  }
}
