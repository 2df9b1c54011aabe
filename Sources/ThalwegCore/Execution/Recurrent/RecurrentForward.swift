import CKernels

/// All steps of a recurrent cell. A piece multiplies the input of several steps at once by its weights, then in each step
/// adds the product of the hidden state and turns the sums, which are in the first-level cache, into gates and states.
/// Where a step has two phases the second makes another product of all units of the first.
struct RecurrentForward {
  let plan: RecurrentPlan
  /// [T, B, I], row-major.
  let x: UnsafeRawPointer
  /// [T + 1, B, R]: the first to begin with filled in.
  let states: UnsafeMutableRawPointer
  /// c, [T + 1, B, H]; any address for cells without one.
  let cells: UnsafeMutableRawPointer
  /// What the second phase multiplies: h before its projection, or r h, [T, B, H], or [1, B, H] unless `keepsGates`. Any
  /// address where there is one phase.
  let inner: UnsafeMutableRawPointer
  /// As `RecurrentPlan` says, for all steps or, unless `keepsGates`, for those whose input is multiplied at once.
  let gates: UnsafeMutableRawPointer
  let keepsGates: Bool
  let active: UnsafePointer<UInt8>?

  func run(_ weights: RecurrentWeights) throws(ThalwegError) {
    let input = try plan.pack(weights.input, plan.inputSlots, plan.inputGate)
    let hidden = try plan.pack(weights.hidden, plan.hiddenSlots, plan.hiddenGate)
    let bias = try plan.packBiases(weights.inputBias, weights.hiddenBias)
    let second = try plan.packSecond(weights)
    let peepholes = try plan.packPeepholes(weights.peephole)
    let packed = Packed(
      input: input.base, hidden: hidden.base, bias: bias.base, second: second.base,
      peepholes: plan.peeps ? UnsafeRawPointer(peepholes.base) : nil)
    let phases = plan.phases
    let loop = try StepLoop(steps: plan.run.steps * phases, pieces: plan.pieces, for: plan.run.kind.name)
    loop.run(threads: plan.threads) { step, piece in
      if phases == 1 {
        advance(step, piece, packed)
      } else if step % 2 == 0 {
        advance(step / 2, piece, packed)
      } else {
        complete(step / 2, piece, packed)
      }
    }
  }

  private struct Packed {
    let input, hidden, bias, second: UnsafeMutableRawPointer
    let peepholes: UnsafeRawPointer?
  }

  private var gatesRows: Int { keepsGates ? plan.rows : plan.chunk &* plan.run.batch }

  /// A piece's block and its sequences.
  private func place(_ piece: Int) -> (block: Int, first: Int, rows: Int) {
    let first = piece / plan.blocks &* plan.rowsEach
    return (piece % plan.blocks, first, min(plan.rowsEach, plan.run.batch &- first))
  }

  /// Where a block's gates of a step are, for the sequences from `first` on.
  private func gates(_ step: Int, _ block: Int, _ first: Int) -> UnsafeMutableRawPointer {
    let batch = plan.run.batch
    let row = (plan.run.time(step) &- (keepsGates ? 0 : chunk(step).earliest)) &* batch &+ first
    return gates + plan.gates(block, row: row, rows: gatesRows)
  }

  /// Those steps whose input is multiplied together with that of a step: the first, how many, and their earliest time.
  private func chunk(_ step: Int) -> (begin: Int, count: Int, earliest: Int) {
    let begin = step / plan.chunk &* plan.chunk, count = min(plan.chunk, plan.run.steps &- begin)
    return (begin, count, plan.run.isReversed ? plan.run.time(begin &+ count &- 1) : begin)
  }

  /// Where a block's part of what the second phase multiplies is.
  private func inner(_ time: Int, _ first: Int, _ block: Int) -> UnsafeMutableRawPointer {
    inner + plan.unit(keepsGates ? time : 0, first, block)
  }

  private func advance(_ step: Int, _ piece: Int, _ packed: Packed) {
    let (block, first, rows) = place(piece)
    let (batch, time) = (plan.run.batch, plan.run.time(step))
    let bias = packed.bias + block &* plan.gatesRow &* plan.size
    let (begin, count, earliest) = chunk(step)
    if step == begin {
      multiplyInput(
        block, (earliest &* batch &+ first), (count &- 1) &* batch &+ rows,
        to: (keepsGates ? earliest : 0) &* batch &+ first, packed)
    }
    let place = gates(step, block, first)
    let old = states + plan.state(plan.before(time), first, 0)
    multiplyState(block, old, plan.rows(rows, from: first, at: time, active), place, packed)

    var part = plan.part(
      block, rows: rows, active: active.map { $0 + (time &* batch &+ first) }, peepholes: packed.peepholes)
    let (before, after) = (plan.before(time), plan.after(time))
    switch plan.run.kind {
    case .lstm:
      let (c0, c) = (cells + plan.unit(before, first, block), cells + plan.unit(after, first, block))
      if plan.projects {  // what stays of h is not looked at: any numbers will do
        plan.cells.lstm(&part, place, bias, c0, c0, inner(time, first, block), c)
      } else {
        plan.cells.lstm(
          &part, place, bias, states + plan.state(before, first, block), c0,
          states + plan.state(after, first, block), c)
      }
    case .gru:
      plan.cells.gru(
        &part, place, bias, states + plan.state(before, first, block),
        states + plan.state(after, first, block))
    case .gruResetBefore:
      plan.cells.reset(
        &part, place, bias, states + plan.state(before, first, block), inner(time, first, block))
    case .tanh, .relu, .sigmoid:
      plan.cells.rnn(
        &part, plan.activation, place, bias, states + plan.state(before, first, block),
        states + plan.state(after, first, block))
    }
  }

  /// The second phase: the projection of h, or the candidate of r h and the new state.
  private func complete(_ step: Int, _ piece: Int, _ packed: Packed) {
    let (block, first, rows) = place(piece)
    let time = plan.run.time(step)
    let count = plan.rows(rows, from: first, at: time, active)
    let active = active.map { $0 + (time &* plan.run.batch &+ first) }
    let before = states + plan.state(plan.before(time), first, block)
    let after = states + plan.state(plan.after(time), first, block)
    if plan.projects {
      if block >= plan.handed.blocks { return }
      plan.multiply(
        count, plan.units, inner(time, first, 0), packed.second, plan.handed, block: block, after)
      if active == nil { return }
      var part = plan.handedPart(block, rows: rows, active: active)
      plan.cells.rnn(&part, Int32(TK_ACTIVATION_NONE), after, nil, before, after)
    } else {
      let place = gates(step, block, first)
      plan.multiply(
        count, plan.units, inner(time, first, 0),
        packed.second + block &* plan.packedSize(plan.hidden, 1, plan.units) &* plan.size, slots: 1, place,
        accumulate: true)
      var part = plan.part(block, rows: rows, active: active)
      plan.cells.update(
        &part, place, packed.bias + block &* plan.gatesRow &* plan.size, before, after)
    }
  }

  /// W_ih x of a block's slots, in so many rows.
  private func multiplyInput(_ block: Int, _ row: Int, _ count: Int, to target: Int, _ packed: Packed) {
    let (depth, slots) = (plan.run.sizes.input, plan.inputSlots)
    plan.multiply(
      count, depth, x + row &* depth &* plan.size,
      packed.input + block &* plan.packedSize(plan.hidden, slots.count, depth) &* plan.size,
      slots: slots.count, gates + plan.gates(block, row: target, rows: gatesRows), accumulate: false)
  }

  /// Adds W_hh h; in a GRU's last slot only that is.
  private func multiplyState(
    _ block: Int, _ state: UnsafeRawPointer, _ rows: Int, _ place: UnsafeMutableRawPointer, _ packed: Packed
  ) {
    let (depth, width, size) = (plan.handed.count, plan.width, plan.size)
    let slots = plan.hiddenSlots
    let weights = packed.hidden + block &* plan.packedSize(plan.hidden, slots.count, depth) &* size
    let isGRU = plan.run.kind == .gru
    let added = isGRU ? slots.count &- 1 : slots.count
    plan.multiply(
      rows, depth, state, weights, slots: added, place + slots.lowerBound &* width &* size,
      accumulate: true)
    guard isGRU else { return }
    plan.multiply(
      rows, depth, state, weights + plan.packedSize(plan.hidden, added, depth) &* size, slots: 1,
      place + 3 &* width &* size, accumulate: false)
  }
}
