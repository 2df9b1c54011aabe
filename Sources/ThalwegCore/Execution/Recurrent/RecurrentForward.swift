import CKernels

/// All steps of a recurrent cell. A piece multiplies the input of several steps at once by its weights, then in each step
/// adds the product of the hidden state and turns the sums, which are in the first-level cache, into gates and states.
struct RecurrentForward {
  let plan: RecurrentPlan
  /// [T, B, I], row-major.
  let x: UnsafeRawPointer
  /// [T + 1, B, H]: the first to begin with filled in.
  let states: UnsafeMutableRawPointer
  /// The same of c; any address for cells without one.
  let cells: UnsafeMutableRawPointer
  /// As `RecurrentPlan` says, for all steps or, unless `keepsGates`, for those whose input is multiplied at once.
  let gates: UnsafeMutableRawPointer
  let keepsGates: Bool
  let active: UnsafePointer<UInt8>?

  func run(_ weights: RecurrentWeights) throws(ThalwegError) {
    let input = try plan.pack(weights.input, plan.inputSlots, plan.inputGate)
    let hidden = try plan.pack(weights.hidden, plan.hiddenSlots, plan.hiddenGate)
    let bias = try plan.packBiases(weights.inputBias, weights.hiddenBias)
    let packed = Packed(input: input.base, hidden: hidden.base, bias: bias.base)
    let loop = try StepLoop(steps: plan.run.steps, pieces: plan.pieces, for: plan.run.kind.name)
    loop.run(threads: plan.threads) { step, piece in advance(step, piece, packed) }
  }

  private struct Packed {
    let input, hidden, bias: UnsafeMutableRawPointer
  }

  private var gatesRows: Int { keepsGates ? plan.rows : plan.chunk &* plan.run.batch }

  private func advance(_ step: Int, _ piece: Int, _ packed: Packed) {
    let (block, first) = (piece % plan.blocks, piece / plan.blocks &* plan.rowsEach)
    let rows = min(plan.rowsEach, plan.run.batch &- first)
    let (batch, chunk, time) = (plan.run.batch, plan.chunk, plan.run.time(step))
    // The earliest time of those whose input is multiplied at once.
    let begin = step / chunk &* chunk, count = min(chunk, plan.run.steps &- begin)
    let earliest = plan.run.isReversed ? plan.run.time(begin &+ count &- 1) : begin
    let origin = keepsGates ? 0 : earliest
    if step == begin {
      multiplyInput(
        block, (earliest &* batch &+ first), (count &- 1) &* batch &+ rows,
        to: (earliest &- origin) &* batch &+ first, packed)
    }
    let place = gates + plan.gates(block, row: (time &- origin) &* batch &+ first, rows: gatesRows)
    let old = states + plan.state(plan.before(time), first, 0)
    multiplyState(block, old, plan.rows(rows, from: first, at: time, active), place, packed)

    var part = plan.part(block, rows: rows, active: active.map { $0 + (time &* batch &+ first) })
    let (before, after) = (
      plan.state(plan.before(time), first, block), plan.state(plan.after(time), first, block)
    )
    switch plan.run.kind {
    case .lstm:
      plan.cells.lstm(&part, place, states + before, cells + before, states + after, cells + after)
    case .gru, .gruResetBefore: plan.cells.gru(&part, place, states + before, states + after)
    case .tanh, .relu, .sigmoid:
      plan.cells.rnn(&part, plan.activation, place, states + before, states + after)
    }
  }

  /// W_ih x + b of a block's slots, in so many rows.
  private func multiplyInput(_ block: Int, _ row: Int, _ count: Int, to target: Int, _ packed: Packed) {
    let (depth, slots) = (plan.run.sizes.input, plan.inputSlots)
    var epilogue = tk_epilogue(
      bias: packed.bias + block &* plan.gatesRow &* plan.size, bias_kind: Int32(TK_BIAS_COLUMN),
      activation: Int32(TK_ACTIVATION_NONE), accumulate: 0)
    plan.gemm.strips(
      Int64(count), Int64(slots.count &* plan.width), Int64(depth), x + row &* depth &* plan.size,
      Int64(depth), 1,
      packed.input + block &* plan.packedSize(slots.count, depth) &* plan.size, Int64(plan.strip),
      Int64(depth &* plan.strip), gates + plan.gates(block, row: target, rows: gatesRows),
      Int64(plan.gatesRow), &epilogue)
  }

  /// Adds W_hh h; in a GRU's last slot only that and its bias are.
  private func multiplyState(
    _ block: Int, _ state: UnsafeRawPointer, _ rows: Int, _ place: UnsafeMutableRawPointer, _ packed: Packed
  ) {
    let (depth, width, size) = (plan.units, plan.width, plan.size)
    let slots = plan.hiddenSlots
    let weights = packed.hidden + block &* plan.packedSize(slots.count, depth) &* size
    let isGRU = plan.run.kind == .gru
    let added = isGRU ? slots.count &- 1 : slots.count
    var epilogue = tk_epilogue(
      bias: nil, bias_kind: Int32(TK_BIAS_NONE), activation: Int32(TK_ACTIVATION_NONE), accumulate: 1)
    plan.gemm.strips(
      Int64(rows), Int64(added &* width), Int64(depth), state, Int64(depth), 1, weights, Int64(plan.strip),
      Int64(depth &* plan.strip), place + slots.lowerBound &* width &* size, Int64(plan.gatesRow), &epilogue)
    guard isGRU else { return }
    epilogue.accumulate = 0
    epilogue.bias = UnsafeRawPointer(packed.bias + (block &* plan.gatesRow &+ 3 &* width) &* size)
    epilogue.bias_kind = Int32(TK_BIAS_COLUMN)
    plan.gemm.strips(
      Int64(rows), Int64(width), Int64(depth), state, Int64(depth), 1,
      weights + added &* width &* depth &* size, Int64(plan.strip), Int64(depth &* plan.strip),
      place + 3 &* width &* size, Int64(plan.gatesRow), &epilogue)
  }
}
