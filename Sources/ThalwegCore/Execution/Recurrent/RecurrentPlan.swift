import CKernels

/// How a recurrent cell is laid out for the kernels: hidden units in blocks, the gates of a block's units side by side, in
/// slots, for all steps and sequences one below the other: [block][step, sequence][slot][unit]. A piece of work is the
/// units of a block for some sequences: their products land where they belong together, and what a piece writes lies in
/// one stretch of memory. Units that fill up the last block are 0 throughout.
struct RecurrentPlan {
  let run: RecurrentRun
  let dtype: DType
  let gemm: tk_gemm
  let cells: tk_recurrent
  /// Of a unit: its gates, and what a GRU's candidate takes from the hidden state.
  let slots: Int
  /// Hidden units, and what is handed on to the next step: their h, or its projection.
  let hidden, handed: RecurrentColumns
  /// Whether h is projected, and whether there are peepholes.
  let projects, peeps: Bool
  /// Sequences of a piece, and how many pieces they make.
  let rowsEach, rowBlocks: Int

  /// Steps whose input is multiplied at once fill so many rows.
  private static let chunkRows = 256
  /// Multiply-adds of a step that are worth a second thread.
  private static let threadWork = 100_000

  /// Nil where there is nothing to multiply.
  init?(_ run: RecurrentRun, _ weights: RecurrentWeights) {
    guard run.batch > 0, run.sizes.input > 0 else { return nil }
    self.run = run
    dtype = weights.input.dtype
    let table = dtype == .float64 ? kernels.pointee.f64 : kernels.pointee.f32
    (gemm, cells) = (table.gemm, table.recurrent)
    slots = run.kind == .gru ? 4 : run.kind.gateCount
    hidden = RecurrentColumns(run.sizes.units)
    handed = RecurrentColumns(run.sizes.state)
    projects = weights.projection != nil
    peeps = weights.peephole != nil
    rowsEach = run.batch <= 64 ? run.batch : 48
    rowBlocks = (run.batch + rowsEach - 1) / rowsEach
  }

  var size: Int { dtype.size }
  var units: Int { hidden.count }
  /// Of hidden units.
  var width: Int { hidden.width }
  var blocks: Int { hidden.blocks }
  var strip: Int { Int(gemm.nr) }
  var pieces: Int { blocks * rowBlocks }
  /// Products of a step that need each other's results whole. With a projection the second one is that; with a reset before
  /// the product it is the candidate's with r h.
  var phases: Int { projects || resetsBefore ? 2 : 1 }
  var resetsBefore: Bool { run.kind == .gruResetBefore }
  /// Steps and sequences.
  var rows: Int { run.steps * run.batch }
  /// Elements from a sequence's gates to the next one's.
  var gatesRow: Int { slots * width }
  /// On how many threads a step is worth running.
  var threads: Int { run.batch * units * units * slots < Self.threadWork ? 1 : pieces }
  /// Steps whose input is multiplied at once: where they are one below the other.
  var chunk: Int { rowBlocks > 1 ? 1 : max(1, Self.chunkRows / run.batch) }

  private var isGRU: Bool { run.kind == .gru || resetsBefore }
  /// Slots that the input and the hidden state have a part in.
  var inputSlots: Range<Int> { isGRU ? 0..<3 : 0..<slots }
  var hiddenSlots: Range<Int> { isGRU ? 1..<slots : 0..<slots }
  /// The one that has the product with r h.
  var candidateSlots: Range<Int> { 0..<1 }
  /// Those with a bias of the hidden state.
  var hiddenBiasSlots: Range<Int> { resetsBefore ? 0..<3 : hiddenSlots }
  /// Which of PyTorch's gates a slot is. A GRU's are r, z, n; its slots n, r, z, and n's part of the hidden state.
  func inputGate(_ slot: Int) -> Int { isGRU ? (slot &+ 2) % 3 : slot }
  func hiddenGate(_ slot: Int) -> Int { run.kind == .gru ? slot &- 1 : inputGate(slot) }

  /// Where the gates of a row begin, in bytes.
  func gates(_ block: Int, row: Int, rows: Int) -> Int { (block &* rows &+ row) &* gatesRow &* size }

  /// The states before and after the step at a time, of [T + 1, B, H].
  func before(_ time: Int) -> Int { run.isReversed ? time &+ 1 : time }
  func after(_ time: Int) -> Int { run.isReversed ? time : time &+ 1 }
  /// Where the part of a block begins in what there is of the hidden units at every step, [T, B, H], in bytes.
  func unit(_ index: Int, _ row: Int, _ block: Int) -> Int {
    ((index &* run.batch &+ row) &* units &+ block &* width) &* size
  }
  /// The same of what is handed on, [T, B, R].
  func state(_ index: Int, _ row: Int, _ block: Int) -> Int {
    ((index &* run.batch &+ row) &* handed.count &+ block &* handed.width) &* size
  }

  /// Rows of a matrix times the packed weights of some slots, to where these are in the gates.
  func multiply(
    _ rows: Int, _ depth: Int, _ matrix: UnsafeRawPointer, _ weights: UnsafeRawPointer, slots: Int,
    _ to: UnsafeMutableRawPointer, accumulate: Bool
  ) {
    var epilogue = tk_epilogue(
      bias: nil, bias_kind: Int32(TK_BIAS_NONE), activation: Int32(TK_ACTIVATION_NONE),
      accumulate: accumulate ? 1 : 0)
    // Slots of whole strips are one product.
    let isWhole = width % strip == 0
    for slot in 0..<(isWhole ? 1 : slots) {
      gemm.strips(
        Int64(rows), Int64(isWhole ? slots &* width : width), Int64(depth), matrix, Int64(depth), 1,
        weights + packedSize(hidden, slot, depth) &* size, Int64(strip), Int64(depth &* strip),
        to + slot &* width &* size, Int64(gatesRow), &epilogue)
    }
  }

  /// Rows of a matrix times the packed weights of some columns, to where these are in a matrix of all of them.
  func multiply(
    _ rows: Int, _ depth: Int, _ matrix: UnsafeRawPointer, _ weights: UnsafeRawPointer,
    _ columns: RecurrentColumns, block: Int, _ to: UnsafeMutableRawPointer
  ) {
    var epilogue = tk_epilogue(
      bias: nil, bias_kind: Int32(TK_BIAS_NONE), activation: Int32(TK_ACTIVATION_NONE), accumulate: 0)
    gemm.strips(
      Int64(rows), Int64(columns.count(block)), Int64(depth), matrix, Int64(depth), 1,
      weights + block &* packedSize(columns, 1, depth) &* size, Int64(strip), Int64(depth &* strip), to,
      Int64(columns.count), &epilogue)
  }

  /// - Parameter peepholes: those of all blocks, packed.
  func part(
    _ block: Int, rows: Int, active: UnsafePointer<UInt8>?, peepholes: UnsafeRawPointer? = nil
  ) -> tk_recurrent_part {
    tk_recurrent_part(
      rows: Int64(rows), units: Int64(hidden.count(block)), row: Int64(units), gates_row: Int64(gatesRow),
      slot_step: Int64(width), active: active,
      peephole: peepholes.map { $0 + block &* 3 &* width &* size })
  }

  /// A part of what is handed on, as if it were the gates of a plain cell.
  func handedPart(_ block: Int, rows: Int, active: UnsafePointer<UInt8>?) -> tk_recurrent_part {
    let row = Int64(handed.count)
    return tk_recurrent_part(
      rows: Int64(rows), units: Int64(handed.count(block)), row: row, gates_row: row, slot_step: row,
      active: active, peephole: nil)
  }

  var activation: Int32 {
    switch run.kind {
    case .relu: Int32(TK_ACTIVATION_RELU)
    case .sigmoid: Int32(TK_ACTIVATION_SIGMOID)
    default: Int32(TK_ACTIVATION_TANH)
    }
  }

  /// The sequences of a piece that products have to be made for at a time: none behind the last with a step.
  func rows(_ rows: Int, from first: Int, at time: Int, _ active: UnsafePointer<UInt8>?) -> Int {
    guard let active else { return rows }
    var count = rows
    while count > 0, active[time &* run.batch &+ first &+ count &- 1] == 0 { count &-= 1 }
    return count
  }
}

/// Columns in blocks as wide as their number and `widest` allow.
struct RecurrentColumns {
  let count, width, blocks: Int

  private static let widest = 32

  init(_ count: Int) {
    self.count = count
    blocks = (count + Self.widest - 1) / Self.widest
    width = (count + blocks - 1) / blocks
  }

  /// Those of a block.
  func count(_ block: Int) -> Int { min(width, count &- block &* width) }
}

/// Which sequences have a step at which time, a byte each: [T, B].
struct RecurrentActivity: ~Copyable {
  private let bytes: Workspace
  private let batch: Int

  init(_ lengths: RecurrentLengths, steps: Int, batch: Int, _ name: StaticString) throws(ThalwegError) {
    bytes = try Workspace(steps * batch, for: name)
    self.batch = batch
    let base = bytes.base.assumingMemoryBound(to: UInt8.self)
    for b in 0..<batch {
      let length = lengths(b)
      for t in 0..<steps { base[t &* batch &+ b] = t < length ? 1 : 0 }
    }
  }

  var base: UnsafePointer<UInt8> { UnsafePointer(bytes.base.assumingMemoryBound(to: UInt8.self)) }
}
