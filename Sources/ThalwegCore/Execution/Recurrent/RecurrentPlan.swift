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
  /// Units of a block, whole strips of the matrix product; and how many blocks there are.
  let width, blocks: Int
  /// Sequences of a piece, and how many pieces they make.
  let rowsEach, rowBlocks: Int

  /// Steps whose input is multiplied at once fill so many rows.
  private static let chunkRows = 256
  /// Multiply-adds of a step that are worth a second thread.
  private static let threadWork = 100_000

  /// Nil where the composed form has to serve.
  init?(_ run: RecurrentRun, _ weights: RecurrentWeights) {
    guard run.batch > 0, run.sizes.input > 0, weights.peephole == nil, weights.projection == nil,
      run.kind != .gruResetBefore
    else { return nil }
    self.run = run
    dtype = weights.input.dtype
    let table = dtype == .float64 ? kernels.pointee.f64 : kernels.pointee.f32
    (gemm, cells) = (table.gemm, table.recurrent)
    slots = run.kind == .lstm || run.kind == .gru ? 4 : 1
    let strip = Int(gemm.nr)
    width = min(32, (run.sizes.units + strip - 1) / strip * strip)
    blocks = (run.sizes.units + width - 1) / width
    rowsEach = run.batch <= 64 ? run.batch : 48
    rowBlocks = (run.batch + rowsEach - 1) / rowsEach
  }

  var size: Int { dtype.size }
  var units: Int { run.sizes.units }
  var strip: Int { Int(gemm.nr) }
  var pieces: Int { blocks * rowBlocks }
  /// Steps and sequences.
  var rows: Int { run.steps * run.batch }
  /// Elements from a sequence's gates to the next one's.
  var gatesRow: Int { slots * width }
  /// On how many threads a step is worth running.
  var threads: Int { run.batch * units * units * slots < Self.threadWork ? 1 : pieces }
  /// Steps whose input is multiplied at once: where they are one below the other.
  var chunk: Int { rowBlocks > 1 ? 1 : max(1, Self.chunkRows / run.batch) }

  /// Slots that the input and the hidden state have a part in.
  var inputSlots: Range<Int> { run.kind == .gru ? 0..<3 : 0..<slots }
  var hiddenSlots: Range<Int> { run.kind == .gru ? 1..<4 : 0..<slots }
  /// Which of PyTorch's gates a slot is. A GRU's are r, z, n; its slots n, r, z, and n's part of the hidden state.
  func inputGate(_ slot: Int) -> Int { run.kind == .gru ? (slot &+ 2) % 3 : slot }
  func hiddenGate(_ slot: Int) -> Int { run.kind == .gru ? slot &- 1 : slot }

  func unitsIn(_ block: Int) -> Int { min(width, units &- block &* width) }

  /// Where the gates of a row begin, in bytes.
  func gates(_ block: Int, row: Int, rows: Int) -> Int { (block &* rows &+ row) &* gatesRow &* size }

  /// The states before and after the step at a time, of [T + 1, B, H].
  func before(_ time: Int) -> Int { run.isReversed ? time &+ 1 : time }
  func after(_ time: Int) -> Int { run.isReversed ? time : time &+ 1 }
  /// In bytes.
  func state(_ index: Int, _ row: Int, _ block: Int) -> Int {
    ((index &* run.batch &+ row) &* units &+ block &* width) &* size
  }

  func part(_ block: Int, rows: Int, active: UnsafePointer<UInt8>?) -> tk_recurrent_part {
    tk_recurrent_part(
      rows: Int64(rows), units: Int64(unitsIn(block)), row: Int64(units), gates_row: Int64(gatesRow),
      slot_step: Int64(width), active: active)
  }

  var activation: Int32 {
    switch run.kind {
    case .relu: Int32(TK_ACTIVATION_RELU)
    case .sigmoid: Int32(TK_ACTIVATION_SIGMOID)
    default: Int32(TK_ACTIVATION_TANH)
    }
  }

  // MARK: - Weights as the products read them

  /// Elements of one block's packed weights: `count` slots, each a product of `depth` terms.
  func packedSize(_ count: Int, _ depth: Int) -> Int { count &* width &* depth }

  /// The weights of some slots, [block][slot][strip][depth][unit], for products with rows of x or h.
  func pack(
    _ weight: Tensor, _ slots: Range<Int>, _ gate: (Int) -> Int
  ) throws(ThalwegError) -> Workspace {
    let depth = weight.shape[1]
    let each = packedSize(slots.count, depth) * size
    let packed = try Workspace(blocks * each, for: run.kind.name)
    let (base, w) = (packed.base, weight.matrix())
    parallel(blocks) { block in
      let count = unitsIn(block)
      if count < width { (base + block &* each).initializeMemory(as: UInt8.self, repeating: 0, count: each) }
      for slot in slots {
        let first = gate(slot) &* units &+ block &* width
        gemm.pack_b(
          Int64(depth), Int64(count), w.data + first &* w.rowStride &* size, Int64(w.columnStride),
          Int64(w.rowStride), base + block &* each + (slot &- slots.lowerBound) &* width &* depth &* size)
      }
    }
    return packed
  }

  /// The weights of some slots, [strip of columns][block][slot, unit][column], for products with rows of gates.
  func packBack(
    _ weight: Tensor, _ slots: Range<Int>, _ gate: (Int) -> Int
  ) throws(ThalwegError) -> Workspace {
    let columns = weight.shape[1]
    let strips = (columns + strip - 1) / strip
    let each = slots.count * width * strip * size
    let packed = try Workspace(strips * blocks * each, for: run.kind.name)
    let (base, w) = (packed.base, weight.matrix())
    parallel(strips) { s in
      for block in 0..<blocks {
        let target = base + (s &* blocks &+ block) &* each
        let count = unitsIn(block)
        if count < width { target.initializeMemory(as: UInt8.self, repeating: 0, count: each) }
        for slot in slots {
          let first = gate(slot) &* units &+ block &* width
          gemm.pack_b(
            Int64(count), Int64(min(strip, columns &- s &* strip)),
            w.data + (first &* w.rowStride &+ s &* strip &* w.columnStride) &* size, Int64(w.rowStride),
            Int64(w.columnStride), target + (slot &- slots.lowerBound) &* width &* strip &* size)
        }
      }
    }
    return packed
  }

  /// The biases of all slots, [block][slot][unit]: those of input and hidden state in one where they add up.
  func packBiases(_ input: Tensor?, _ hidden: Tensor?) throws(ThalwegError) -> Workspace {
    let packed = try Workspace(blocks * gatesRow * size, for: run.kind.name)
    packed.base.initializeMemory(as: UInt8.self, repeating: 0, count: blocks * gatesRow * size)
    if let input { addBias(input, inputSlots, inputGate, packed.base) }
    if let hidden { addBias(hidden, hiddenSlots, hiddenGate, packed.base) }
    return packed
  }

  private func addBias(
    _ bias: Tensor, _ slots: Range<Int>, _ gate: (Int) -> Int, _ packed: UnsafeMutableRawPointer
  ) {
    func add<E: BinaryFloatingPoint>(_: E.Type) {
      let (from, to) = (bias.data.assumingMemoryBound(to: E.self), packed.assumingMemoryBound(to: E.self))
      for block in 0..<blocks {
        for slot in slots {
          for unit in 0..<unitsIn(block) {
            to[block &* gatesRow &+ slot &* width &+ unit] +=
              from[(gate(slot) &* units &+ block &* width &+ unit) &* bias.strides[0]]
          }
        }
      }
    }
    if dtype == .float64 { add(Double.self) } else { add(Float.self) }
  }
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

extension RecurrentPlan {
  /// The sequences of a piece that products have to be made for at a time: none behind the last with a step.
  func rows(_ rows: Int, from first: Int, at time: Int, _ active: UnsafePointer<UInt8>?) -> Int {
    guard let active else { return rows }
    var count = rows
    while count > 0, active[time &* run.batch &+ first &+ count &- 1] == 0 { count &-= 1 }
    return count
  }
}
