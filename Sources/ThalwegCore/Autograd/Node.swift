import Synchronization

/// Where a gradient goes from an input of an operation: to the operation that made the input, or to a leaf.
package struct Edge {
  package var node: Node?
  package var outputIndex = 0
  package var leaf: Tensor?
  /// The input's own, which its gradient must have too.
  package var shape = Dims()
  package var dtype = DType.float32
}

/// What an operation remembers besides tensors. Each operation says what its entries mean.
package struct Attributes {
  package var dims = Dims()
  package var extra = Dims()
  package var index = 0
  package var flag = false
  package var number = 0.0
  package var secondNumber = 0.0

  package init(
    dims: Dims = [], extra: Dims = [], index: Int = 0, flag: Bool = false, number: Double = 0,
    secondNumber: Double = 0
  ) {
    self.dims = dims
    self.extra = extra
    self.index = index
    self.flag = flag
    self.number = number
    self.secondNumber = secondNumber
  }
}

/// One recorded operation: what it was, where its inputs came from and what backward needs to know.
///
/// Everything is stored inline up to three inputs and three saved tensors.
package final class Node {
  package let operation: any DifferentiableOperation.Type
  package var attributes: Attributes
  /// Grows with time: an operation's inputs always have smaller numbers. Backward goes in descending order.
  package let sequence: UInt64

  package private(set) var inputCount = 0
  private var edges = InlineArray<3, Edge>(repeating: Edge())
  private var moreEdges: [Edge] = []

  package private(set) var savedCount = 0
  private var savedTensors = InlineArray<3, Saved?>(repeating: nil)
  private var moreSaved: [Saved] = []
  private var rare: Rare?
  /// Set when a backward pass has freed what was saved.
  package private(set) var isFreed = false

  /// State of the backward pass that is at this node: which pass, and the gradients that arrived so far, one an output.
  private let owner = Atomic<UInt>(0)
  private var arrived: Tensor?
  private var moreArrived: [Tensor?] = []
  /// Whether a gradient has arrived and the pass has this node in its heap.
  package var isQueued = false
  /// Called with the gradients of the outputs.
  package var hooks: GradientHooks?
  /// What the operation has to tell its result to, if asked: a record of gradients.
  package var record: Object?
  /// What anomaly mode remembers; nil if it was off.
  package let trace: Trace?
  /// The pass, if any, that wants certain gradients only and to none of which this node leads.
  package var uselessFor: UInt = 0

  private struct Saved {
    /// A husk, without elements, where `place` is one.
    let tensor: Tensor
    let version: Int
    /// Which of this operation's outputs it is; -1: none.
    let output: Int32
    /// Which of the tensors that a checkpointed function computes again it is; -1: it is kept.
    let place: Int32
  }

  /// What few nodes have.
  private final class Rare {
    var state: OperationContext?
    var run: CheckpointRun?
    var duals: [Dual?]?
    var wanted: UInt64 = 0
    var floor: UInt64 = 0
  }

  private static let clock = Atomic<UInt64>(0)

  package init(_ operation: any DifferentiableOperation.Type, _ attributes: Attributes = Attributes()) {
    self.operation = operation
    self.attributes = attributes
    sequence = Node.clock.wrappingAdd(1, ordering: .relaxed).newValue
    let bits = GradMode.bits
    trace = bits & GradMode.anomaly == 0 ? nil : Trace()
    if bits & GradMode.checkpointing != 0 { makeRare().run = CheckpointRun.current }
  }

  private func makeRare() -> Rare {
    if let rare { return rare }
    let new = Rare()
    rare = new
    return new
  }

  /// What the operation keeps besides tensors and attributes: the context of a user's own operation.
  package var state: OperationContext? {
    get { rare?.state }
    set { makeRare().state = newValue }
  }

  /// The tangents of the inputs, if one has any.
  package var duals: [Dual?]? { rare?.duals }

  /// Passes of which this node is part end at nodes no later than this.
  package var floor: UInt64 {
    get { rare?.floor ?? 0 }
    set { if newValue != floor { makeRare().floor = newValue } }
  }

  /// As in error messages.
  package var name: String { state?.name ?? "\(operation.name)" }

  // MARK: - Recording

  /// Whether an operation on these inputs is to be recorded: if one requires a gradient and recording is on; in anomaly
  /// mode always, since `Tensor.attach` looks at the result there.
  package static func records(_ a: Tensor) -> Bool {
    GradMode.bits == 0 ? a.requiresGrad : records(requiresGrad: a.requiresGrad)
  }

  package static func records(_ a: Tensor, _ b: Tensor) -> Bool {
    records(requiresGrad: a.requiresGrad || b.requiresGrad)
  }

  package static func records(_ tensors: [Tensor]) -> Bool {
    records(requiresGrad: tensors.contains { $0.requiresGrad })
  }

  private static func records(requiresGrad: Bool) -> Bool {
    let bits = GradMode.bits
    return bits & GradMode.anomaly != 0 || (requiresGrad && bits & GradMode.noGrad == 0)
  }

  /// Adds the next input.
  package func connect(_ tensor: Tensor) throws(ThalwegError) {
    let source = tensor.node
    let edge = Edge(
      node: source, outputIndex: source == nil ? 0 : tensor.outputIndex,
      leaf: source == nil && tensor.isTrained ? tensor : nil, shape: tensor.shape, dtype: tensor.dtype)
    if let dual = tensor.liveDual {
      var known = duals ?? []
      while known.count < inputCount { known.append(nil) }
      known.append(dual)
      makeRare().duals = known
    }
    if inputCount < 3 { edges[inputCount] = edge } else { moreEdges.append(edge) }
    inputCount += 1
    if let trace { try trace.add(tensor) }
  }

  /// Whether an input requires a gradient.
  package var isConnected: Bool { (0..<inputCount).contains { source($0) != nil || leaf($0) != nil } }

  /// Keeps a tensor for backward, to be had back by the number of the call. Of an output of this very operation (number
  /// `index`, attached or not yet) only the values are kept, since keeping the tensor would make a circle. In a
  /// checkpointed function nothing is kept but the tensor's place among those that it computes.
  package func save(_ tensor: Tensor, isOutput: Bool = false, output index: Int = 0) {
    let place = rare?.run?.take(tensor) ?? -1
    let kept = isOutput ? tensor.alias() : tensor
    let saved = Saved(
      tensor: place < 0 ? kept : kept.husk(), version: tensor.storage.version.load(ordering: .relaxed),
      output: isOutput ? Int32(truncatingIfNeeded: index) : -1, place: place)
    if savedCount < 3 { savedTensors[savedCount] = saved } else { moreSaved.append(saved) }
    savedCount += 1
  }

  // MARK: - Going backward

  /// Whether input `i` has to get a gradient.
  package func needs(_ i: Int) -> Bool {
    if let wanted = rare?.wanted, wanted != 0 { return i > 63 || wanted >> UInt64(i) & 1 == 1 }
    if let source = source(i) {
      return source.sequence > floor && source.uselessFor != owner.load(ordering: .relaxed)
    }
    return leaf(i) != nil
  }

  // One field at a time: a copy of a whole edge costs two reference counts.

  /// The operation that made input `i`, and which of its outputs that is; nil for leaves.
  package func source(_ i: Int) -> Node? { i < 3 ? edges[i].node : moreEdges[i - 3].node }
  package func sourceOutput(_ i: Int) -> Int { i < 3 ? edges[i].outputIndex : moreEdges[i - 3].outputIndex }
  /// Input `i` if it is a leaf that requires a gradient.
  package func leaf(_ i: Int) -> Tensor? { i < 3 ? edges[i].leaf : moreEdges[i - 3].leaf }
  package func inputShape(_ i: Int) -> Dims { i < 3 ? edges[i].shape : moreEdges[i - 3].shape }
  package func inputDType(_ i: Int) -> DType { i < 3 ? edges[i].dtype : moreEdges[i - 3].dtype }

  /// The `i`th saved tensor, with its place in the graph.
  /// - Throws: `.autograd` if it was changed in place since, or freed.
  package func saved(_ i: Int) throws(ThalwegError) -> Tensor {
    guard !isFreed, i < savedCount, let saved = i < 3 ? savedTensors[i] : moreSaved[i - 3] else {
      throw freedError
    }
    if saved.place >= 0 { return try recomputed(saved) }
    let storage = saved.tensor.storage
    guard storage.version.load(ordering: .relaxed) == saved.version else {
      throw ThalwegError(
        .autograd,
        """
        backward: \(name) needs one of its tensors (shape \(saved.tensor.shape), \
        \(saved.tensor.dtype)) as it was, but \(storage.changedBy) has changed it in place since; use the form that \
        returns a new tensor, or clone() first
        """)
    }
    guard saved.output >= 0, GradMode.isEnabled || duals != nil else { return saved.tensor }
    return try restored(saved.tensor.alias(), output: Int(saved.output))
  }

  /// What stands for an output: its values, with their place in the graph and their tangents.
  private func restored(_ output: Tensor, output index: Int) throws(ThalwegError) -> Tensor {
    if GradMode.isEnabled && isConnected { output.restore(self, output: index) }
    if duals != nil { try setTangents(of: output, index) }
    return output
  }

  private func recomputed(_ saved: Saved) throws(ThalwegError) -> Tensor {
    guard let run = rare?.run else { throw freedError }
    let tensor = try run.region.tensor(at: Int(saved.place), like: saved.tensor).alias()
    if saved.output >= 0 {
      return try restored(tensor, output: Int(saved.output))
    } else if let node = saved.tensor.node {
      tensor.restore(node, output: saved.tensor.outputIndex)
    }
    return tensor
  }

  /// The numbers of saved tensors.
  package var savedIndices: Range<Int> { 0..<savedCount }

  /// Lets go of what was computed again for this node, once a backward pass has been here.
  package func forgetRecomputed() {
    guard let run = rare?.run else { return }
    for i in 0..<savedCount {
      let place = i < 3 ? savedTensors[i]?.place ?? -1 : i - 3 < moreSaved.count ? moreSaved[i - 3].place : -1
      if place >= 0 { run.region.forget(Int(place)) }
    }
  }

  package var freedError: ThalwegError {
    ThalwegError(
      .autograd,
      """
      backward: the graph was freed by an earlier backward, which \(name) is part of; give that one \
      retain_graph to go backward twice
      """)
  }

  /// Takes this node for the pass `pass`; false if it already had it.
  /// - Throws: `.autograd` if another thread's pass is at it.
  package func claim(_ pass: UInt) throws(ThalwegError) -> Bool {
    let (claimed, previous) = owner.compareExchange(
      expected: 0, desired: pass, ordering: .acquiringAndReleasing)
    if claimed { return true }
    if previous == pass { return false }
    throw ThalwegError(
      .autograd,
      "backward: another thread is going backward through the same graph (at \(name)); do one after the other"
    )
  }

  /// Gives the node back and drops what had arrived.
  package func release() {
    arrived = nil
    moreArrived = []
    isQueued = false
    floor = 0
    owner.store(0, ordering: .releasing)
  }

  /// Adds to the gradient of output `index`.
  package func receive(_ gradient: Tensor, output index: Int) throws(ThalwegError) {
    guard index > 0 else {
      arrived = if let sum = arrived { try sum + gradient } else { gradient }
      return
    }
    while moreArrived.count < index { moreArrived.append(nil) }
    moreArrived[index - 1] = if let sum = moreArrived[index - 1] { try sum + gradient } else { gradient }
  }

  /// Calls the hooks of the outputs, which may replace what has arrived.
  package func callHooks() throws(ThalwegError) {
    guard let hooks else { return }
    if let gradient = arrived { arrived = try hooks.call(gradient, output: 0) }
    for i in moreArrived.indices {
      if let gradient = moreArrived[i] { moreArrived[i] = try hooks.call(gradient, output: i + 1) }
    }
  }

  /// The gradient of output `index` as it arrived; nil if that output had no part in the result.
  package func gradient(output index: Int) -> Tensor? {
    index == 0 ? arrived : index - 1 < moreArrived.count ? moreArrived[index - 1] : nil
  }

  /// Whether the memory may be that of a gradient that arrived here, or of another tensor that lives on.
  package func hasArrived(_ storage: Storage) -> Bool {
    if state != nil || arrived?.storage === storage { return true }
    for gradient in moreArrived where gradient?.storage === storage { return true }
    return false
  }

  /// The gradients that arrived.
  package var allArrived: [Tensor] { ([arrived] + moreArrived).compactMap(\.self) }

  /// Runs `body`, a rule of this operation, with nothing but these gradients of the outputs arrived, and for the inputs
  /// that `inputs` has bits for.
  package func alone<Result>(
    with gradients: [(output: Int, gradient: Tensor)], for inputs: UInt64,
    _ body: () throws(ThalwegError) -> Result
  ) throws(ThalwegError) -> Result {
    let rare = makeRare()
    let (first, others, before) = (arrived, moreArrived, rare.wanted)
    (arrived, moreArrived, rare.wanted) = (nil, [], inputs)
    defer { (arrived, moreArrived, rare.wanted) = (first, others, before) }
    for (index, gradient) in gradients { try receive(gradient, output: index) }
    return try body()
  }

  /// The number of the latest node.
  package static var latest: UInt64 { clock.load(ordering: .relaxed) }

  // MARK: - Freeing

  /// Frees the saved tensors and lets go of the inputs, after a pass that does not retain the graph.
  package func free() {
    isFreed = true
    dismantle()
  }

  deinit { dismantle() }

  /// Lets go of everything behind this node, one node after the other: a chain of a million operations must not
  /// become a recursion a million deep.
  private func dismantle() {
    var waiting: [Node] = []
    detachInputs(into: &waiting)
    while var node = waiting.popLast() {
      if isKnownUniquelyReferenced(&node) { node.detachInputs(into: &waiting) }
    }
  }

  private func detachInputs(into waiting: inout [Node]) {
    // The nodes first, so that they outlive the saved tensors that also point to them.
    for i in 0..<min(inputCount, 3) {
      if let node = edges[i].node { waiting.append(node) }
      edges[i].node = nil
      edges[i].leaf = nil
    }
    for edge in moreEdges {
      if let node = edge.node { waiting.append(node) }
    }
    moreEdges = []
    forgetRecomputed()
    rare?.duals = nil
    for i in 0..<min(savedCount, 3) { savedTensors[i] = nil }
    moreSaved = []
    arrived = nil
    moreArrived = []
    hooks = nil
    state?.forget()
    record = nil
  }
}
