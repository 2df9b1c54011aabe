/// A recurrent cell over whole sequences as one operation (the equations are at `RecurrentCell`).
/// Shape: x [T, B, I] to the output [T, B, R], the last h [B, R] and, of an LSTM, the last c [B, H].
/// Derivative: backpropagation through time; when it is itself recorded, of the composed form, made again from the inputs.
enum RecurrentSequence: DifferentiableOperation {
  static let name: StaticString = "recurrent"

  /// The operation's tensors, in the order in which a node has them as inputs and keeps them.
  private struct Inputs {
    var x: Tensor
    var weights: RecurrentWeights
    var hidden, cell: Tensor?

    /// Those that there need not be, at the places of their bits in `mask`.
    private var optionals: [Tensor?] {
      [weights.inputBias, weights.hiddenBias, hidden, cell, weights.peephole, weights.projection]
    }
    static let maskBits = 6

    var all: [Tensor] { [x, weights.input, weights.hidden] + optionals.compactMap(\.self) }

    /// Which of the optional ones there are, a bit each.
    var mask: Int {
      optionals.enumerated().reduce(0) { $1.element == nil ? $0 : $0 | 1 << $1.offset }
    }

    init(x: Tensor, weights: RecurrentWeights, hidden: Tensor?, cell: Tensor?) {
      (self.x, self.weights, self.hidden, self.cell) = (x, weights, hidden, cell)
    }

    /// From `all` and `mask`.
    init(_ all: [Tensor], _ mask: Int) {
      var next = 3
      func optional(_ bit: Int) -> Tensor? {
        guard mask & 1 << bit != 0 else { return nil }
        next += 1
        return all[next - 1]
      }
      x = all[0]
      weights = RecurrentWeights(
        input: all[1], hidden: all[2], inputBias: optional(0), hiddenBias: optional(1))
      hidden = optional(2)
      cell = optional(3)
      weights.peephole = optional(4)
      weights.projection = optional(5)
    }

    var count: Int { 3 + mask.nonzeroBitCount }
    /// Whether a step has a value between its two products.
    func hasInner(_ kind: RecurrentCell) -> Bool { kind == .gruResetBefore || weights.projection != nil }
    /// The place of an optional one.
    func index(_ bit: Int) -> Int? {
      mask & 1 << bit == 0 ? nil : 3 + (mask & ((1 << bit) - 1)).nonzeroBitCount
    }
  }

  static func apply(
    _ plan: RecurrentPlan, _ x: Tensor, _ weights: RecurrentWeights, hidden: Tensor?, cell: Tensor?,
    wantsGates: Bool, record: RecurrentRecord?
  ) throws(ThalwegError) -> Recurrent.Result {
    let (run, name, dtype) = (plan.run, plan.run.kind.name, plan.dtype)
    let inputs = Inputs(x: x, weights: weights, hidden: hidden, cell: cell)
    let records = Node.records(inputs.all)
    let dense = try noGrad { () throws(ThalwegError) in try x.contiguous() }
    let states = try Tensor.make([run.steps + 1, run.batch, run.sizes.state], dtype, for: name)
    let cells =
      run.kind == .lstm ? try Tensor.make([run.steps + 1, run.batch, plan.units], dtype, for: name) : nil
    begin(plan, states, hidden)
    if let cells { begin(plan, cells, cell) }
    let keepsGates = records || wantsGates
    let inner =
      plan.phases == 2
      ? try Tensor.make([keepsGates ? run.steps : 1, run.batch, plan.units], dtype, for: name) : nil
    let rows = keepsGates ? plan.rows : plan.chunk * run.batch
    let gates = try Tensor.make([plan.blocks, rows, plan.slots, plan.width], dtype, for: name)
    let (from, first, ofGates) = (dense.address, states.address, gates.address)
    let (ofCells, ofInner) = (cells?.address ?? first, inner?.address ?? first)
    func compute() throws(ThalwegError) {
      try withActivity(run) { active throws(ThalwegError) in
        try RecurrentForward(
          plan: plan, x: from, states: first, cells: ofCells, inner: ofInner, gates: ofGates,
          keepsGates: keepsGates, active: active
        ).run(weights)
      }
    }
    if Recording.isActive { try Recording.note(throwing: compute) } else { try compute() }
    withExtendedLifetime((dense, inner)) {}

    let last = run.isReversed ? 0 : run.steps
    let output = try output(plan, states)
    let final = try state(states, last)
    let finalCell = try cells.map { cells throws(ThalwegError) in try state(cells, last) }
    if records {
      let node = Node(
        Self.self, Attributes(index: run.kind.rawValue << Inputs.maskBits | inputs.mask, flag: run.isReversed)
      )
      for input in inputs.all {
        try node.connect(input)
        node.save(input)
      }
      node.save(states)
      node.save(gates)
      if let cells { node.save(cells) }
      if let inner { node.save(inner) }
      if let lengths = run.lengths { node.save(lengths.tensor) }
      node.record = record
      try output.attach(node)
      try final.attach(node, output: 1)
      try finalCell?.attach(node, output: 2)
    }
    return Recurrent.Result(
      output: output, hidden: final, cell: finalCell,
      gates: wantsGates ? try natural(plan, gates, output) : nil,
      cells: wantsGates ? try cells.map { cells throws(ThalwegError) in try self.output(plan, cells) } : nil)
  }

  /// What a node was made of.
  private static func recorded(_ node: Node) throws(ThalwegError) -> (Inputs, RecurrentRun) {
    guard let kind = RecurrentCell(rawValue: node.attributes.index >> Inputs.maskBits) else {
      throw node.freedError
    }
    let mask = node.attributes.index & (1 << Inputs.maskBits - 1)
    var saved: [Tensor] = []
    for i in 0..<(3 + mask.nonzeroBitCount) { saved.append(try node.saved(i)) }
    let inputs = Inputs(saved, mask)
    let (steps, batch) = (inputs.x.shape[0], inputs.x.shape[1])
    let rest = inputs.count + 2 + (kind == .lstm ? 1 : 0) + (inputs.hasInner(kind) ? 1 : 0)
    let lengths: RecurrentLengths? =
      node.savedCount > rest ? try RecurrentLengths(node.saved(rest), steps: steps, batch: batch, name) : nil
    let run = RecurrentRun(
      kind: kind, sizes: try RecurrentSizes(kind, inputs.weights), steps: steps, batch: batch,
      lengths: lengths, isReversed: node.attributes.flag)
    return (inputs, run)
  }

  static func backward(_ node: Node, _ pass: BackwardPass) throws(ThalwegError) {
    let (inputs, run) = try recorded(node)
    let (steps, batch, hasCell) = (run.steps, run.batch, run.kind == .lstm)
    let hasInner = inputs.hasInner(run.kind)
    if GradMode.isEnabled { return try replay(node, pass, inputs, run) }
    guard let plan = RecurrentPlan(run, inputs.weights) else { return }

    let (states, gates) = (try node.saved(inputs.count), try node.saved(inputs.count + 1))
    let cells = hasCell ? try node.saved(inputs.count + 2) : states
    let inner = hasInner ? try node.saved(inputs.count + (hasCell ? 3 : 2)) : states
    let slopes = pass.retainGraph ? try Tensor.make(gates.shape, plan.dtype, for: name) : gates
    // Padding has to be 0, as it is in the gates.
    if pass.retainGraph, plan.units % plan.width != 0 { slopes.write(0) }
    let output = try node.gradient(output: 0)?.contiguous()
    let hidden = try gradient(node, 1, plan.handed.count, plan)
    let cell = try gradient(node, 2, plan.units, plan)
    let biases = try Tensor.zeros([plan.pieces, plan.gatesRow], dtype: plan.dtype)
    let ofInner = hasInner ? try Tensor.make([batch, plan.units], plan.dtype, for: name) : hidden
    let projected =
      plan.projects ? try Tensor.make([steps, batch, plan.handed.count], plan.dtype, for: name) : hidden
    let record = node.record as? RecurrentRecord
    let sums = plan.projects ? 4 : 2
    let squares = record == nil ? nil : try Tensor.zeros([steps, plan.pieces, sums], dtype: .float64)
    let hiddenIndex = inputs.index(2), cellIndex = inputs.index(3)
    let reachesStart = hiddenIndex.map(node.needs) ?? false
    let form = RecurrentBackward(
      plan: plan, states: states.address, cells: cells.address, gates: gates.address,
      slopes: slopes.address, output: output.map { UnsafeRawPointer($0.address) }, hidden: hidden.address,
      cell: cell.address, inner: ofInner.address, projected: projected.address, biases: biases.address,
      squares: squares?.data.assumingMemoryBound(to: Double.self), active: nil, reachesStart: reachesStart)
    let weights = inputs.weights
    func compute() throws(ThalwegError) {
      try withActivity(run) { active throws(ThalwegError) in
        var form = form
        form.active = active
        try form.run(weights)
      }
    }
    if Recording.isActive { try Recording.note(throwing: compute) } else { try compute() }
    if let record, let squares {
      let norms = try squares.sum([1]).sqrt()
      record.set(
        hidden: try norms.select(1, 0).clone(), cell: hasCell ? try norms.select(1, sums - 1).clone() : nil)
    }

    let gradients = RecurrentGradients(plan: plan, slopes: slopes.address)
    if node.needs(0) { try pass.send(gradients.input(inputs.weights.input, name), from: node, to: 0) }
    if node.needs(1) {
      let x = try inputs.x.contiguous()
      let weight = try gradients.weight(run.sizes.input, name)
      try gradients.fill(weight, x.address, plan.inputSlots, plan.inputGate, name)
      withExtendedLifetime(x) {}
      try pass.send(weight, from: node, to: 1)
    }
    if node.needs(2) {
      let before = states.address + plan.state(run.isReversed ? 1 : 0, 0, 0)
      let weight = try gradients.weight(plan.handed.count, name)
      try gradients.fill(weight, before, plan.hiddenSlots, plan.hiddenGate, name)
      if plan.resetsBefore {
        try gradients.fill(weight, inner.address, plan.candidateSlots, plan.hiddenGate, name)
      }
      try pass.send(weight, from: node, to: 2)
    }
    if let i = inputs.index(0), node.needs(i) {
      try pass.send(gradients.bias(biases.address, plan.inputSlots, plan.inputGate, name), from: node, to: i)
    }
    if let i = inputs.index(1), node.needs(i) {
      let bias = try gradients.bias(biases.address, plan.hiddenBiasSlots, plan.hiddenGate, name)
      try pass.send(bias, from: node, to: i)
    }
    if let i = hiddenIndex, node.needs(i) { try pass.send(hidden, from: node, to: i) }
    if let i = cellIndex, node.needs(i) { try pass.send(cell, from: node, to: i) }
    if let i = inputs.index(4), node.needs(i) {
      try pass.send(gradients.peepholes(cells.address, name), from: node, to: i)
    }
    if let i = inputs.index(5), node.needs(i) {
      let rows = try projected.reshape([plan.rows, plan.handed.count]).transpose(0, 1)
      try pass.send(rows.matmul(inner.reshape([plan.rows, plan.units])), from: node, to: i)
    }
    withExtendedLifetime((states, gates, cells, inner, slopes)) {}
    withExtendedLifetime((biases, output, squares, ofInner, projected, hidden, cell)) {}
  }

  /// Dual numbers through the composed form.
  static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    let (inputs, run) = try recorded(node)
    let isRecorded = GradMode.isEnabled
    let found = try GradMode.with(true) { () throws(ThalwegError) in
      try ForwardLevel.with { level throws(ThalwegError) in
        var duals = inputs.all
        for (i, tangent) in tangents.enumerated() {
          if let tangent { duals[i] = try level.makeDual(duals[i], tangent) }
        }
        let inner = Inputs(duals, inputs.mask)
        let result = try RecurrentComposed(run: run, weights: inner.weights)
          .sequence(inner.x, hidden: inner.hidden, cell: inner.cell, wantsGates: false)
        let outputs = [result.output, result.hidden, result.cell]
        return outputs[output.index].flatMap { level.unpack($0).tangent }
      }
    }
    return isRecorded ? found : found?.withoutNode()
  }

  /// The gradients by way of the composed form, recorded.
  private static func replay(
    _ node: Node, _ pass: BackwardPass, _ inputs: Inputs, _ run: RecurrentRun
  ) throws(ThalwegError) {
    let floor = Node.latest
    var entrances: [Tensor] = []
    for input in inputs.all { entrances.append(try Entrance.apply(input)) }
    // Those that carry tangents alone are wanted, too.
    for (i, entrance) in entrances.enumerated()
    where node.needs(i) && entrance.node == nil && !entrance.isTrained {
      try entrance.setRequiresGrad(true)
    }
    let inner = Inputs(entrances, inputs.mask)
    let form = RecurrentComposed(run: run, weights: inner.weights)
    let watch = try form.watch(node.record as? RecurrentRecord)
    let result = try form.sequence(
      inner.x, hidden: inner.hidden, cell: inner.cell, wantsGates: false, watch: watch)
    var roots: [BackwardPass.Root] = []
    for (i, output) in [result.output, result.hidden, result.cell].enumerated() {
      if let output, let seed = node.gradient(output: i) { roots.append((output, seed)) }
    }
    let wanted = entrances.indices.filter { entrances[$0].requiresGrad }
    let found = try BackwardPass.gradients(
      roots, inputs: wanted.map { entrances[$0] }, retainGraph: true, createGraph: true, floor: floor)
    watch?.isOn = false
    for (i, gradient) in zip(wanted, found) where node.needs(i) {
      if let gradient { try pass.send(gradient, from: node, to: i) }
    }
  }

  // MARK: - Parts

  /// Fills in the state to begin with.
  private static func begin(_ plan: RecurrentPlan, _ states: Tensor, _ initial: Tensor?) {
    let row = plan.run.batch &* states.shape[2] &* plan.size
    let first = states.address + (plan.run.isReversed ? plan.run.steps : 0) &* row
    let shape: Dims = [plan.run.batch, states.shape[2]]
    if let initial {
      StridedLoop.copy(
        shape, to: first, shape.contiguousStrides, from: initial.address, initial.strides,
        elementSize: plan.size
      )
    } else {
      let bytes = shape.product &* plan.size
      func clear() { first.initializeMemory(as: UInt8.self, repeating: 0, count: bytes) }
      if Recording.isActive { Recording.note(clear) } else { clear() }
    }
  }

  /// What [T + 1, B, n] has for every step: a view, or a copy with 0 past the sequences' ends.
  private static func output(_ plan: RecurrentPlan, _ states: Tensor) throws(ThalwegError) -> Tensor {
    let (run, row) = (plan.run, states.shape[2])
    let shape: Dims = [run.steps, run.batch, row]
    let view = Tensor(
      storage: states.storage, shape: shape, strides: shape.contiguousStrides,
      offset: run.isReversed ? 0 : run.batch &* row, dtype: states.dtype)
    guard let lengths = run.lengths else { return view }
    let output = try Tensor.make(shape, states.dtype, for: name)
    let (from, to, bytes) = (view.address, output.address, row &* plan.size)
    func copy() {
      parallel(run.steps) { time in
        for b in 0..<run.batch {
          let place = (time &* run.batch &+ b) &* bytes
          if time < lengths(b) {
            (to + place).copyMemory(from: from + place, byteCount: bytes)
          } else {
            (to + place).initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
          }
        }
      }
    }
    if Recording.isActive { Recording.note(copy) } else { copy() }
    withExtendedLifetime(view) {}
    return output
  }

  /// A copy of one of the states.
  private static func state(_ states: Tensor, _ index: Int) throws(ThalwegError) -> Tensor {
    try noGrad { () throws(ThalwegError) in try states.select(0, index).clone() }
  }

  /// The gates as PyTorch has them: [T, B, G H].
  private static func natural(
    _ plan: RecurrentPlan, _ gates: Tensor, _ output: Tensor
  ) throws(ThalwegError) -> Tensor {
    try noGrad { () throws(ThalwegError) in
      if plan.run.kind.gateCount == 1 { return try output.clone() }
      // [block, T B, slot, unit] to [T B, slot, block, unit]
      let slots = try gates.permute([1, 2, 0, 3])
        .reshape([plan.rows, plan.slots, plan.blocks * plan.width]).slice(2, 0, plan.units)
      var parts: [Tensor] = []
      for gate in 0..<plan.run.kind.gateCount {
        for slot in plan.inputSlots where plan.inputGate(slot) == gate {
          parts.append(try slots.select(1, slot))
        }
      }
      return try Tensor.cat(parts, dim: 1)
        .reshape([plan.run.steps, plan.run.batch, plan.run.kind.gateCount * plan.units])
    }
  }

  /// The gradient of an output, for the pass to work on.
  private static func gradient(
    _ node: Node, _ output: Int, _ size: Int, _ plan: RecurrentPlan
  ) throws(ThalwegError) -> Tensor {
    if let gradient = node.gradient(output: output) { return try gradient.clone() }
    return try Tensor.zeros([plan.run.batch, size], dtype: plan.dtype)
  }

  private static func withActivity(
    _ run: RecurrentRun, _ body: (UnsafePointer<UInt8>?) throws(ThalwegError) -> Void
  ) throws(ThalwegError) {
    guard let lengths = run.lengths else { return try body(nil) }
    let activity = try RecurrentActivity(lengths, steps: run.steps, batch: run.batch, run.kind.name)
    try body(activity.base)
  }
}

/// The same tensor as a result of its own: where a form that is made again begins.
private enum Entrance: Operation {
  static let name: StaticString = "recurrent"

  static func apply(_ x: Tensor) throws(ThalwegError) -> Tensor {
    let y = x.alias()
    if Node.records(x) {
      let node = Node(Self.self)
      try node.connect(x)
      try y.attach(node)
    }
    return y
  }

  static func backward(_ node: Node, _ gradient: Tensor, _ pass: BackwardPass) throws(ThalwegError) {
    try pass.send(gradient, from: node, to: 0)
  }

  static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? { tangents[0] }
}
