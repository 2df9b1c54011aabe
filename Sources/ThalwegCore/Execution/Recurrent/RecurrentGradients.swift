import CKernels

/// What the gradients of all gates of all steps make: those of the weights, the biases and the input.
struct RecurrentGradients {
  let plan: RecurrentPlan
  /// Gradients of the gates, as `RecurrentPlan` lays gates out.
  let slopes: UnsafeMutableRawPointer

  private static let depth = 256
  private static let rows = 96
  /// Rows of a product that make up for packing the other operand.
  private static let tall = 128

  /// A weight's gradient, [G H, n], to be filled in.
  func weight(_ columns: Int, _ name: StaticString) throws(ThalwegError) -> Tensor {
    try Tensor.make([plan.run.kind.gateCount * plan.units, columns], plan.dtype, for: name)
  }

  /// Some gates' rows of a `weight` [G H, n]: the sums over steps and sequences of their gradients times rows of `operand`
  /// [T B, n].
  func fill(
    _ weight: Tensor, _ operand: UnsafeRawPointer, _ slots: Range<Int>, _ gate: (Int) -> Int,
    _ name: StaticString
  ) throws(ThalwegError) {
    let columns = weight.shape[1]
    let (size, strip, target) = (plan.size, plan.strip, weight.address)
    let height = slots.count * plan.width
    let each = max(1, min(plan.blocks, Self.tall / height))
    let (groups, strips) = ((plan.blocks + each - 1) / each, (columns + strip - 1) / strip)
    let sums = each * height * strip * size
    let places = slots.map(gate)
    func run() throws(ThalwegError) {
      let workspaces = try Slots(
        chunks: groups * strips, bytes: sums + Self.depth * strip * size, for: name)
      parallel(groups &* strips) { task in
        let first = task / strips &* each, column = task % strips &* strip
        let count = min(strip, columns &- column)
        let blocks = first..<min(plan.blocks, first &+ each)
        workspaces.with { sum in
          var row = 0
          while row < plan.rows {
            let depth = min(Self.depth, plan.rows &- row)
            plan.gemm.pack_b(
              Int64(depth), Int64(count), operand + (row &* columns &+ column) &* size, Int64(columns), 1,
              sum + sums)
            var epilogue = tk_epilogue(
              bias: nil, bias_kind: Int32(TK_BIAS_NONE), activation: Int32(TK_ACTIVATION_NONE),
              accumulate: row > 0 ? 1 : 0)
            for block in blocks {
              plan.gemm.strips(
                Int64(height), Int64(count), Int64(depth),
                slopes + plan.gates(block, row: row, rows: plan.rows) + slots.lowerBound &* plan.width
                  &* size,
                1,
                Int64(plan.gatesRow), sum + sums, Int64(strip), 0,
                sum + (block &- first) &* height &* strip &* size, Int64(strip), &epilogue)
            }
            row &+= depth
          }
          for block in blocks {
            for slot in slots {
              let from =
                sum + ((block &- first) &* height &+ (slot &- slots.lowerBound) &* plan.width) &* strip
                &* size
              let to =
                target
                + ((places[slot &- slots.lowerBound] &* plan.units &+ block &* plan.width) &* columns
                  &+ column) &* size
              for unit in 0..<plan.hidden.count(block) {
                (to + unit &* columns &* size).copyMemory(
                  from: from + unit &* strip &* size, byteCount: count &* size)
              }
            }
          }
        }
      }
    }
    if Recording.isActive { try Recording.note(throwing: run) } else { try run() }
    withExtendedLifetime(weight) {}
  }

  /// The gradient of the peepholes, [3, H]: sums of the gates' gradients times the c that they see.
  func peepholes(_ cells: UnsafeRawPointer, _ name: StaticString) throws(ThalwegError) -> Tensor {
    let gradient = try Tensor.zeros([3, plan.units], dtype: plan.dtype)
    let (target, run) = (gradient.address, plan.run)
    func add<E: BinaryFloatingPoint>(_: E.Type) {
      parallel(plan.blocks) { block in
        let sums = target.assumingMemoryBound(to: E.self) + block &* plan.width
        for row in 0..<plan.rows {
          let (time, b) = (row / run.batch, row % run.batch)
          let slopes = (slopes + plan.gates(block, row: row, rows: plan.rows)).assumingMemoryBound(to: E.self)
          let old = (cells + plan.unit(plan.before(time), b, block)).assumingMemoryBound(to: E.self)
          let new = (cells + plan.unit(plan.after(time), b, block)).assumingMemoryBound(to: E.self)
          for unit in 0..<plan.hidden.count(block) {
            sums[unit] += slopes[unit] * old[unit]
            sums[plan.units &+ unit] += slopes[plan.width &+ unit] * old[unit]
            sums[2 &* plan.units &+ unit] += slopes[3 &* plan.width &+ unit] * new[unit]
          }
        }
      }
    }
    func compute() { if plan.dtype == .float64 { add(Double.self) } else { add(Float.self) } }
    if Recording.isActive { Recording.note(compute) } else { compute() }
    withExtendedLifetime(gradient) {}
    return gradient
  }

  /// The gradient of x, [T, B, I]: the gates' gradients times W_ih.
  func input(_ weight: Tensor, _ name: StaticString) throws(ThalwegError) -> Tensor {
    let columns = plan.run.sizes.input
    let dx = try Tensor.make([plan.run.steps, plan.run.batch, columns], plan.dtype, for: name)
    let to = dx.address
    func run() throws(ThalwegError) {
      let packed = try plan.packBack(weight, plan.inputSlots, plan.inputGate, group: columns)
      let (base, target, size, strip) = (packed.base, to, plan.size, plan.strip)
      let depth = plan.inputSlots.count * plan.width
      parallel((plan.rows &+ Self.rows &- 1) / Self.rows) { chunk in
        let row = chunk &* Self.rows
        for block in 0..<plan.blocks {
          var epilogue = tk_epilogue(
            bias: nil, bias_kind: Int32(TK_BIAS_NONE), activation: Int32(TK_ACTIVATION_NONE),
            accumulate: block > 0 ? 1 : 0)
          plan.gemm.strips(
            Int64(min(Self.rows, plan.rows &- row)), Int64(columns), Int64(depth),
            slopes + plan.gates(block, row: row, rows: plan.rows), Int64(plan.gatesRow), 1,
            base + block &* depth &* strip &* size, Int64(strip), Int64(plan.blocks &* depth &* strip),
            target + row &* columns &* size, Int64(columns), &epilogue)
        }
      }
    }
    if Recording.isActive { try Recording.note(throwing: run) } else { try run() }
    return dx
  }

  /// The gradient of a bias [G H] from the pieces' sums.
  func bias(
    _ sums: UnsafeRawPointer, _ slots: Range<Int>, _ gate: (Int) -> Int, _ name: StaticString
  ) throws(ThalwegError) -> Tensor {
    let bias = try Tensor.make([plan.run.kind.gateCount * plan.units], plan.dtype, for: name)
    let (target, places) = (bias.address, slots.map(gate))
    func add<E: BinaryFloatingPoint>(_: E.Type) {
      let (from, to) = (sums.assumingMemoryBound(to: E.self), target.assumingMemoryBound(to: E.self))
      for slot in slots {
        for unit in 0..<plan.units {
          let block = unit / plan.width
          var total: E = 0
          for rows in 0..<plan.rowBlocks {
            let piece = rows &* plan.blocks &+ block
            total += from[piece &* plan.gatesRow &+ slot &* plan.width &+ unit % plan.width]
          }
          to[places[slot &- slots.lowerBound] &* plan.units &+ unit] = total
        }
      }
    }
    func compute() { if plan.dtype == .float64 { add(Double.self) } else { add(Float.self) } }
    if Recording.isActive { Recording.note(compute) } else { compute() }
    return bias
  }
}
