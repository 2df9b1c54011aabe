import CKernels

/// The way back through all steps of a recurrent cell. A piece multiplies the gradients of the later step's gates by its
/// columns of W_hh, which completes its part of ∂L/∂h, and turns that into the gradients of its own gates. Where a step has
/// two phases there is another product between: that of the projection's gradient, or of the candidate's. What is left are
/// single products over all steps: `RecurrentGradients`.
struct RecurrentBackward {
  let plan: RecurrentPlan
  /// As the way forward left them; gradients of the gates may be written where the gates are.
  let states, cells, gates: UnsafeMutableRawPointer
  let slopes: UnsafeMutableRawPointer
  /// The output's gradient, [T, B, R], row-major.
  let output: UnsafeRawPointer?
  /// ∂L/∂h and ∂L/∂c of the last states in, of the first out: [B, R] and [B, H].
  let hidden, cell: UnsafeMutableRawPointer
  /// For the gradient of what the second phase multiplies, [B, H]; any address where there is one phase.
  let inner: UnsafeMutableRawPointer
  /// Takes the whole gradient of the projection at all steps, [T, B, R]; any address where there is none.
  let projected: UnsafeMutableRawPointer
  /// Sums for the biases, 0 at first: [piece][slot][unit].
  let biases: UnsafeMutableRawPointer
  /// Square sums of ∂L/∂h and ∂L/∂c: [T][piece][2]; with a projection [T][piece][4], those of h, nothing, those before the
  /// projection, and those of c. Nil if nobody asks.
  let squares: UnsafeMutablePointer<Double>?
  var active: UnsafePointer<UInt8>?
  /// Whether ∂L/∂h of the first state is wanted.
  let reachesStart: Bool

  private struct Packed {
    let hidden, second: UnsafeMutableRawPointer
    let peepholes: UnsafeRawPointer?
  }

  func run(_ weights: RecurrentWeights) throws(ThalwegError) {
    let hidden = try plan.packBack(
      weights.hidden, plan.hiddenSlots, plan.hiddenGate, group: plan.handed.width)
    let second =
      plan.resetsBefore
      ? try plan.packBack(weights.hidden, plan.candidateSlots, plan.hiddenGate, group: plan.width)
      : try plan.packSecond(weights, transposed: true)
    let peepholes = try plan.packPeepholes(weights.peephole)
    let packed = Packed(
      hidden: hidden.base, second: second.base,
      peepholes: plan.peeps ? UnsafeRawPointer(peepholes.base) : nil)
    let phases = plan.phases
    let loop = try StepLoop(
      steps: plan.run.steps * phases + (reachesStart ? 1 : 0), pieces: plan.pieces, for: plan.run.kind.name)
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

  /// Whether something reaches the earlier state past the weights.
  private var carries: Bool { plan.run.kind == .gru || plan.resetsBefore || active != nil }

  /// A piece's block and its sequences.
  private func place(_ piece: Int) -> (block: Int, first: Int, rows: Int) {
    let first = piece / plan.blocks &* plan.rowsEach
    return (piece % plan.blocks, first, min(plan.rowsEach, plan.run.batch &- first))
  }

  private func squares(_ time: Int, _ piece: Int) -> UnsafeMutablePointer<Double>? {
    squares.map { $0 + (time &* plan.pieces &+ piece) &* (plan.projects ? 4 : 2) }
  }

  private func advance(_ step: Int, _ piece: Int, _ packed: Packed) {
    let (block, first, rows) = place(piece)
    if block >= plan.handed.blocks { return }
    let (batch, steps) = (plan.run.batch, plan.run.steps)
    let own = hidden + plan.state(0, first, block)
    if step > 0 {
      let later = plan.run.time(steps &- step)
      multiply(
        later &* batch &+ first, plan.rows(rows, from: first, at: later, active), plan.hiddenSlots,
        packed.hidden, plan.handed, block, own, accumulate: carries)
    }
    if step == steps { return }

    let time = plan.run.time(steps &- 1 &- step)
    let dy = output.map { $0 + plan.state(time, first, block) }
    let sums = squares(time, piece)
    let active = active.map { $0 + (time &* batch &+ first) }
    if plan.projects {
      var part = plan.handedPart(block, rows: rows, active: active)
      plan.cells.rnn_backward(
        &part, Int32(TK_ACTIVATION_NONE), own, dy, own, projected + plan.state(time, first, block), nil, sums)
      return
    }
    var part = plan.part(block, rows: rows, active: active, peepholes: packed.peepholes)
    let before = plan.before(time), after = plan.after(time)
    let place = plan.gates(block, row: time &* batch &+ first, rows: plan.rows)
    let bias = biases + piece &* plan.gatesRow &* plan.size
    switch plan.run.kind {
    case .lstm:
      plan.cells.lstm_backward(
        &part, gates + place, cells + plan.unit(before, first, block), cells + plan.unit(after, first, block),
        dy, own, cell + plan.unit(0, first, block), slopes + place, bias, sums)
    case .gru:
      plan.cells.gru_backward(
        &part, gates + place, states + plan.state(before, first, block), dy, own, slopes + place, bias, sums)
    case .gruResetBefore:
      plan.cells.update_backward(
        &part, gates + place, states + plan.state(before, first, block), dy, own, slopes + place, bias, sums)
    case .tanh, .relu, .sigmoid:
      plan.cells.rnn_backward(
        &part, plan.activation, states + plan.state(after, first, block), dy, own, slopes + place, bias, sums)
    }
  }

  /// What follows when the projection's gradient, or the candidate's, is whole.
  private func complete(_ step: Int, _ piece: Int, _ packed: Packed) {
    let (block, first, rows) = place(piece)
    let batch = plan.run.batch, time = plan.run.time(plan.run.steps &- 1 &- step)
    let row = time &* batch &+ first, count = plan.rows(rows, from: first, at: time, active)
    let place = plan.gates(block, row: row, rows: plan.rows)
    let bias = biases + piece &* plan.gatesRow &* plan.size
    let own = inner + plan.unit(0, first, block)
    var part = plan.part(block, rows: rows, active: active.map { $0 + row }, peepholes: packed.peepholes)
    if plan.projects {
      plan.multiply(
        count, plan.handed.count, projected + plan.state(time, first, 0), packed.second, plan.hidden,
        block: block, own)
      plan.cells.lstm_backward(
        &part, gates + place, cells + plan.unit(plan.before(time), first, block),
        cells + plan.unit(plan.after(time), first, block), nil, own, cell + plan.unit(0, first, block),
        slopes + place, bias, squares(time, piece).map { $0 + 2 })
    } else {
      multiply(row, count, plan.candidateSlots, packed.second, plan.hidden, block, own, accumulate: false)
      plan.cells.reset_backward(
        &part, gates + place, states + plan.state(plan.before(time), first, block), own,
        hidden + plan.state(0, first, block), slopes + place, bias)
    }
  }

  /// A block of columns: the gradients of some slots at `row` times the packed weights.
  private func multiply(
    _ row: Int, _ rows: Int, _ slots: Range<Int>, _ weights: UnsafeMutableRawPointer,
    _ columns: RecurrentColumns, _ block: Int, _ to: UnsafeMutableRawPointer, accumulate: Bool
  ) {
    let (strip, size) = (plan.strip, plan.size)
    let depth = slots.count &* plan.width
    let stripStep = plan.blocks &* depth &* strip
    let first = weights + block &* plan.strips(columns.width) &* stripStep &* size
    var epilogue = tk_epilogue(
      bias: nil, bias_kind: Int32(TK_BIAS_NONE), activation: Int32(TK_ACTIVATION_NONE),
      accumulate: accumulate ? 1 : 0)
    for other in 0..<plan.blocks {
      plan.gemm.strips(
        Int64(rows), Int64(columns.count(block)), Int64(depth),
        slopes + plan.gates(other, row: row, rows: plan.rows) + slots.lowerBound &* plan.width &* size,
        Int64(plan.gatesRow), 1, first + other &* depth &* strip &* size, Int64(strip), Int64(stripStep), to,
        Int64(columns.count), &epilogue)
      epilogue.accumulate = 1
    }
  }
}
