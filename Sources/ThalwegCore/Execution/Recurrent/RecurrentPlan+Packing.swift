import CKernels

// Weights as the products read them.

extension RecurrentPlan {
  /// Strips that a block of so many columns takes.
  func strips(_ width: Int) -> Int { (width + strip - 1) / strip }

  /// Elements of one block's packed weights: `count` slots, each a product of `depth` terms.
  func packedSize(_ columns: RecurrentColumns, _ count: Int, _ depth: Int) -> Int {
    count &* strips(columns.width) &* strip &* depth
  }

  /// The weights of some slots, [block][slot][strip][depth][unit], for products with rows of x or h.
  func pack(
    _ weight: Tensor, _ slots: Range<Int>, _ gate: (Int) -> Int
  ) throws(ThalwegError) -> Workspace {
    try pack(weight, hidden, slots, gate)
  }

  /// What a second phase multiplies by, for products with rows of r h or, where there is a projection, of h; of its gradient
  /// if `transposed`. Nothing where there is one phase.
  func packSecond(_ weights: RecurrentWeights, transposed: Bool = false) throws(ThalwegError) -> Workspace {
    guard let projection = weights.projection else {
      return resetsBefore
        ? try pack(weights.hidden, hidden, candidateSlots, hiddenGate)
        : try Workspace(size, for: run.kind.name)
    }
    if !transposed { return try pack(projection, handed, 0..<1) { $0 } }
    let turned = try noGrad { () throws(ThalwegError) in try projection.transpose(0, 1) }
    return try pack(turned, hidden, 0..<1) { $0 }
  }

  private func pack(
    _ weight: Tensor, _ columns: RecurrentColumns, _ slots: Range<Int>, _ gate: (Int) -> Int
  ) throws(ThalwegError) -> Workspace {
    let depth = weight.shape[1]
    let each = packedSize(columns, slots.count, depth) * size
    let packed = try Workspace(columns.blocks * each, for: run.kind.name)
    let (base, w) = (packed.base, weight.matrix())
    parallel(columns.blocks) { block in
      let count = columns.count(block)
      if count < columns.width {
        (base + block &* each).initializeMemory(as: UInt8.self, repeating: 0, count: each)
      }
      for slot in slots {
        let first = gate(slot) &* columns.count &+ block &* columns.width
        gemm.pack_b(
          Int64(depth), Int64(count), w.data + first &* w.rowStride &* size, Int64(w.columnStride),
          Int64(w.rowStride),
          base + block &* each + packedSize(columns, slot &- slots.lowerBound, depth) &* size)
      }
    }
    return packed
  }

  /// The weights of some slots, [strip of columns][block][slot, unit][column], for products with rows of gates. Columns are
  /// in groups, each of which begins with a strip of its own.
  func packBack(
    _ weight: Tensor, _ slots: Range<Int>, _ gate: (Int) -> Int, group: Int
  ) throws(ThalwegError) -> Workspace {
    let columns = weight.shape[1]
    let stripsEach = self.strips(group)
    let strips = (columns + group - 1) / group * stripsEach
    let each = slots.count * width * strip * size
    let packed = try Workspace(strips * blocks * each, for: run.kind.name)
    let (base, w) = (packed.base, weight.matrix())
    parallel(strips) { s in
      let first = s / stripsEach &* group
      let column = first &+ s % stripsEach &* strip
      let width = min(strip, min(first &+ group, columns) &- column)
      if width <= 0 { return }
      for block in 0..<blocks {
        let target = base + (s &* blocks &+ block) &* each
        let count = hidden.count(block)
        if count < self.width { target.initializeMemory(as: UInt8.self, repeating: 0, count: each) }
        for slot in slots {
          let row = gate(slot) &* units &+ block &* self.width
          gemm.pack_b(
            Int64(count), Int64(width), w.data + (row &* w.rowStride &+ column &* w.columnStride) &* size,
            Int64(w.rowStride), Int64(w.columnStride),
            target + (slot &- slots.lowerBound) &* self.width &* strip &* size)
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
    if let hidden { addBias(hidden, hiddenBiasSlots, hiddenGate, packed.base) }
    return packed
  }

  /// The peepholes [3, H], if any, [block][gate][unit].
  func packPeepholes(_ weight: Tensor?) throws(ThalwegError) -> Workspace {
    let row = width * size
    let packed = try Workspace(blocks * 3 * row, for: run.kind.name)
    guard let weight else { return packed }
    let dense = try noGrad { () throws(ThalwegError) in try weight.contiguous() }
    for block in 0..<blocks {
      for gate in 0..<3 {
        (packed.base + (block &* 3 &+ gate) &* row).copyMemory(
          from: dense.data + (gate &* units &+ block &* width) &* size,
          byteCount: hidden.count(block) &* size)
      }
    }
    withExtendedLifetime(dense) {}
    return packed
  }

  private func addBias(
    _ bias: Tensor, _ slots: Range<Int>, _ gate: (Int) -> Int, _ packed: UnsafeMutableRawPointer
  ) {
    func add<E: BinaryFloatingPoint>(_: E.Type) {
      let (from, to) = (bias.data.assumingMemoryBound(to: E.self), packed.assumingMemoryBound(to: E.self))
      for block in 0..<blocks {
        for slot in slots {
          for unit in 0..<hidden.count(block) {
            to[block &* gatesRow &+ slot &* width &+ unit] +=
              from[(gate(slot) &* units &+ block &* width &+ unit) &* bias.strides[0]]
          }
        }
      }
    }
    if dtype == .float64 { add(Double.self) } else { add(Float.self) }
  }
}
