import CKernels

/// The way back through all steps of a recurrent cell. A piece multiplies the gradients of the later step's gates by its
/// columns of W_hh, which completes its part of ∂L/∂h, and turns that into the gradients of its own gates. What is left are
/// single products over all steps: `RecurrentGradients`.
struct RecurrentBackward {
  let plan: RecurrentPlan
  /// As the way forward left them; gradients of the gates may be written where the gates are.
  let states, cells, gates: UnsafeMutableRawPointer
  let slopes: UnsafeMutableRawPointer
  /// The output's gradient, [T, B, H], row-major.
  let output: UnsafeRawPointer?
  /// ∂L/∂h and ∂L/∂c of the last states in, of the first out: [B, H].
  let hidden, cell: UnsafeMutableRawPointer
  /// Sums for the biases, 0 at first: [piece][slot][unit].
  let biases: UnsafeMutableRawPointer
  /// Square sums of ∂L/∂h and ∂L/∂c: [T][piece][2]. Nil if nobody asks.
  let squares: UnsafeMutablePointer<Double>?
  let active: UnsafePointer<UInt8>?
  /// Whether ∂L/∂h of the first state is wanted.
  let reachesStart: Bool

  func run(_ weight: Tensor) throws(ThalwegError) {
    let packed = try plan.packBack(weight, plan.hiddenSlots, plan.hiddenGate)
    let base = packed.base
    let steps = plan.run.steps + (reachesStart ? 1 : 0)
    let loop = try StepLoop(steps: steps, pieces: plan.pieces, for: plan.run.kind.name)
    loop.run(threads: plan.threads) { step, piece in advance(step, piece, base) }
  }

  /// Whether something reaches the earlier state past the weights.
  private var carries: Bool { plan.run.kind == .gru || active != nil }

  private func advance(_ step: Int, _ piece: Int, _ weights: UnsafeMutableRawPointer) {
    let (block, first) = (piece % plan.blocks, piece / plan.blocks &* plan.rowsEach)
    let rows = min(plan.rowsEach, plan.run.batch &- first)
    let (batch, steps) = (plan.run.batch, plan.run.steps)
    let own = plan.state(0, first, block)
    if step > 0 {
      let later = plan.run.time(steps &- step)
      multiply(
        block, later &* batch &+ first, plan.rows(rows, from: first, at: later, active), weights, hidden + own
      )
    }
    if step == steps { return }

    let time = plan.run.time(steps &- 1 &- step)
    let row = time &* batch &+ first
    var part = plan.part(block, rows: rows, active: active.map { $0 + row })
    let (before, after) = (
      plan.state(plan.before(time), first, block), plan.state(plan.after(time), first, block)
    )
    let place = plan.gates(block, row: row, rows: plan.rows)
    let dy = output.map { $0 + plan.state(time, first, block) }
    let bias = biases + piece &* plan.gatesRow &* plan.size
    let sums = squares.map { $0 + (time &* plan.pieces &+ piece) &* 2 }
    switch plan.run.kind {
    case .lstm:
      plan.cells.lstm_backward(
        &part, gates + place, cells + before, cells + after, dy, hidden + own, cell + own, slopes + place,
        bias,
        sums)
    case .gru, .gruResetBefore:
      plan.cells.gru_backward(
        &part, gates + place, states + before, dy, hidden + own, slopes + place, bias, sums)
    case .tanh, .relu, .sigmoid:
      plan.cells.rnn_backward(
        &part, plan.activation, states + after, dy, hidden + own, slopes + place, bias, sums)
    }
  }

  /// A block's columns of ∂L/∂h: the gradients of all gates of the step at `row` times W_hh.
  private func multiply(
    _ block: Int, _ row: Int, _ rows: Int, _ weights: UnsafeMutableRawPointer, _ to: UnsafeMutableRawPointer
  ) {
    let (slots, strip, size) = (plan.hiddenSlots, plan.strip, plan.size)
    let depth = slots.count &* plan.width
    let stripStep = plan.blocks &* depth &* strip
    let columns = weights + block &* (plan.width / strip) &* stripStep &* size
    var epilogue = tk_epilogue(
      bias: nil, bias_kind: Int32(TK_BIAS_NONE), activation: Int32(TK_ACTIVATION_NONE),
      accumulate: carries ? 1 : 0)
    for other in 0..<plan.blocks {
      plan.gemm.strips(
        Int64(rows), Int64(plan.unitsIn(block)), Int64(depth),
        slopes + plan.gates(other, row: row, rows: plan.rows) + slots.lowerBound &* plan.width &* size,
        Int64(plan.gatesRow), 1, columns + other &* depth &* strip &* size, Int64(strip), Int64(stripStep),
        to,
        Int64(plan.units), &epilogue)
      epilogue.accumulate = 1
    }
  }
}
