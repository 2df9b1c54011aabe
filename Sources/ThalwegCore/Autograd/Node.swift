import Synchronization

/// Where a gradient goes from an input of an operation: to the operation that made the input, or to a leaf. It holds one
/// reference to either, taken by `connect` and given back by `detach`; counted by hand, so that reading costs nothing.
private struct Edge {
  var node: Unmanaged<Node>?
  var leaf: Unmanaged<Tensor>?
  var outputIndex = 0
  /// The input's own, which its gradient must have too.
  var shape: Dims
  var dtype: DType
}

/// One recorded operation: what it was, where its inputs came from and what backward needs to know.
///
/// Up to three inputs and three saved tensors lie in the node itself; further ones, and what few nodes have, in `Rare`.
package final class Node {
  package let operation: any DifferentiableOperation.Type
  package var attributes: Attributes
  /// Grows with time: an operation's inputs always have smaller numbers. Backward goes in descending order.
  package let sequence: UInt64

  package private(set) var inputCount = 0
  package private(set) var savedCount = 0
  private var edges = InlineArray<3, Edge?>(repeating: nil)
  private var savedTensors = InlineArray<3, Saved?>(repeating: nil)
  private var rare: Rare?

  /// The inputs that require a gradient, as bits; the last bit is that of all from number 63 on.
  private var connected: UInt64 = 0
  /// Those of them that the pass which is at this node wants a gradient for.
  package var wanted: UInt64 = 0
  /// Set when a backward pass has freed what was saved.
  package private(set) var isFreed = false
  /// Whether a gradient has arrived and the pass has this node in its heap.
  package var isQueued = false
  /// Whether the pass is to return gradients of this node's outputs.
  package var isTarget = false

  /// The pass that is at this node; 0: none.
  private let owner = Atomic<UInt64>(0)
  /// The gradient of the first output, as far as it has arrived.
  private var arrived: Tensor?

  /// A tensor, of which this holds one reference, as it was.
  private struct Saved {
    /// A husk, without elements, where `place` is one.
    let tensor: Unmanaged<Tensor>
    let version: Int
    /// Which of this operation's outputs it is; -1: none.
    let output: Int32
    /// Which of the tensors that a checkpointed function computes again it is; -1: it is kept.
    let place: Int32
  }

  /// What few nodes have.
  private final class Rare {
    /// From the fourth input, the fourth saved tensor and the second output on.
    var edges: [Edge] = []
    var saved: [Saved] = []
    var arrived: [Tensor?] = []
    var state: OperationContext?
    var run: CheckpointRun?
    var duals: [Dual?]?
    var hooks: GradientHooks?
    var record: Object?
    var trace: Trace?
  }

  private static let clock = Atomic<UInt64>(0)
  /// The next number, of a node or of a pass.
  package static var next: UInt64 { clock.wrappingAdd(1, ordering: .relaxed).newValue }
  /// The number of the latest node or pass.
  package static var latest: UInt64 { clock.load(ordering: .relaxed) }

  package init(_ operation: any DifferentiableOperation.Type, _ attributes: Attributes = Attributes()) {
    self.operation = operation
    self.attributes = attributes
    sequence = Node.next
    let bits = GradMode.bits
    if bits & (GradMode.anomaly | GradMode.checkpointing) != 0 { observe(bits) }
  }

  @inline(never)
  private func observe(_ bits: Int) {
    if bits & GradMode.anomaly != 0 { makeRare().trace = Trace() }
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

  /// Called with the gradients of the outputs.
  package var hooks: GradientHooks? {
    get { rare?.hooks }
    set { makeRare().hooks = newValue }
  }

  /// What the operation has to tell its result to, if asked: a record of gradients.
  package var record: Object? {
    get { rare?.record }
    set { makeRare().record = newValue }
  }

  /// The tangents of the inputs, if one has any.
  package var duals: [Dual?]? { rare?.duals }
  /// What anomaly mode remembers; nil if it was off.
  package var trace: Trace? { rare?.trace }

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
    var edge = Edge(shape: tensor.shape, dtype: tensor.dtype)
    if let source = tensor.node {
      edge.node = Unmanaged.passRetained(source)
      edge.outputIndex = tensor.outputIndex
    } else if tensor.isTrained {
      edge.leaf = Unmanaged.passRetained(tensor)
    }
    if edge.node != nil || edge.leaf != nil {
      connected |= Node.bit(inputCount)
      wanted = connected
    }
    if inputCount < 3 { edges[inputCount] = edge } else { makeRare().edges.append(edge) }
    inputCount += 1
    if tensor.dual != nil, let dual = tensor.liveDual { addDual(dual) }
    if let trace { try trace.add(tensor) }
  }

  @inline(never)
  private func addDual(_ dual: Dual) {
    var known = duals ?? []
    while known.count < inputCount - 1 { known.append(nil) }
    known.append(dual)
    makeRare().duals = known
  }

  /// Whether an input requires a gradient.
  package var isConnected: Bool { connected != 0 }

  /// Keeps a tensor for backward, to be had back by the number of the call. Of an output of this very operation (number
  /// `index`, attached or not yet) only the values are kept, since keeping the tensor would make a circle. In a
  /// checkpointed function nothing is kept but the tensor's place among those that it computes.
  package func save(_ tensor: Tensor, isOutput: Bool = false, output index: Int = 0) {
    let place = rare?.run?.take(tensor) ?? -1
    let own = isOutput ? tensor.alias() : tensor
    let saved = Saved(
      tensor: .passRetained(place < 0 ? own : own.husk()),
      version: tensor.storage.version.load(ordering: .relaxed),
      output: isOutput ? Int32(truncatingIfNeeded: index) : -1, place: place)
    if savedCount < 3 { savedTensors[savedCount] = saved } else { makeRare().saved.append(saved) }
    savedCount += 1
  }

  // MARK: - Going backward

  /// The bit of input `i` in `wanted`.
  package static func bit(_ i: Int) -> UInt64 { 1 &<< UInt64(truncatingIfNeeded: min(i, 63)) }

  /// Whether input `i` has to get a gradient. Of those from number 63 on all count if one does.
  package func needs(_ i: Int) -> Bool { wanted & Node.bit(i) != 0 }

  private func edge(_ i: Int) -> Edge? {
    if i < 3 { return edges[i] }
    guard let rare, i - 3 < rare.edges.count else { return nil }
    return rare.edges[i - 3]
  }

  /// The operation that made input `i`, and which of its outputs that is; nil for leaves.
  package func source(_ i: Int) -> Node? { edge(i)?.node?.takeUnretainedValue() }
  package func sourceOutput(_ i: Int) -> Int { edge(i)?.outputIndex ?? 0 }
  /// Input `i` if it is a leaf that requires a gradient.
  package func leaf(_ i: Int) -> Tensor? { edge(i)?.leaf?.takeUnretainedValue() }
  package func inputShape(_ i: Int) -> Dims { edge(i)?.shape ?? Dims() }
  /// Whether a tensor has shape and dtype of input `i`, as its gradient must.
  package func fits(_ gradient: Tensor, _ i: Int) -> Bool {
    guard i < 3 else { return gradient.shape == inputShape(i) && gradient.dtype == inputDType(i) }
    return gradient.dtype == edges[i]?.dtype && gradient.shape == edges[i]?.shape
  }
  package func inputDType(_ i: Int) -> DType { edge(i)?.dtype ?? .float32 }

  private func savedEntry(_ i: Int) -> Saved? {
    if i < 3 { return savedTensors[i] }
    guard let rare, i - 3 < rare.saved.count else { return nil }
    return rare.saved[i - 3]
  }

  /// The `i`th saved tensor, with its place in the graph.
  /// - Throws: `.autograd` if it was changed in place since, or freed.
  package func saved(_ i: Int) throws(ThalwegError) -> Tensor {
    guard !isFreed, let saved = savedEntry(i) else { throw freedError }
    if saved.place >= 0 { return try recomputed(saved) }
    let tensor = saved.tensor.takeUnretainedValue()
    guard tensor.storage.version.load(ordering: .relaxed) == saved.version else {
      throw ThalwegError(
        .autograd,
        """
        backward: \(name) needs one of its tensors (shape \(tensor.shape), \(tensor.dtype)) as it was, but \
        \(tensor.storage.changedBy) has changed it in place since; use the form that returns a new tensor, or \
        clone() first
        """)
    }
    guard saved.output >= 0, GradMode.isEnabled || duals != nil else { return tensor }
    return try restored(tensor.alias(), output: Int(saved.output))
  }

  /// What stands for an output: its values, with their place in the graph and their tangents.
  private func restored(_ output: Tensor, output index: Int) throws(ThalwegError) -> Tensor {
    if GradMode.isEnabled && isConnected { output.restore(self, output: index) }
    if duals != nil { try setTangents(of: output, index) }
    return output
  }

  private func recomputed(_ saved: Saved) throws(ThalwegError) -> Tensor {
    guard let run = rare?.run else { throw freedError }
    let husk = saved.tensor.takeUnretainedValue()
    let tensor = try run.region.tensor(at: Int(saved.place), like: husk).alias()
    if saved.output >= 0 {
      return try restored(tensor, output: Int(saved.output))
    } else if let node = husk.node {
      tensor.restore(node, output: husk.outputIndex)
    }
    return tensor
  }

  /// The numbers of saved tensors.
  package var savedIndices: Range<Int> { 0..<savedCount }

  /// Lets go of what was computed again for this node, once a backward pass has been here.
  package func forgetRecomputed() {
    guard let run = rare?.run else { return }
    for i in savedIndices {
      if let place = savedEntry(i)?.place, place >= 0 { run.region.forget(Int(place)) }
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
  package func claim(_ pass: UInt64) throws(ThalwegError) -> Bool {
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
    rare?.arrived = []
    isQueued = false
    isTarget = false
    wanted = connected
    owner.store(0, ordering: .releasing)
  }

  /// Adds to the gradient of output `index`.
  package func receive(_ gradient: Tensor, output index: Int) throws(ThalwegError) {
    guard index > 0 else {
      arrived = if let sum = arrived { try sum + gradient } else { gradient }
      return
    }
    let rare = makeRare()
    while rare.arrived.count < index { rare.arrived.append(nil) }
    rare.arrived[index - 1] = if let sum = rare.arrived[index - 1] { try sum + gradient } else { gradient }
  }

  /// Calls the hooks of the outputs, which may replace what has arrived.
  package func callHooks() throws(ThalwegError) {
    guard let rare, let hooks = rare.hooks else { return }
    if let gradient = arrived { arrived = try hooks.call(gradient, output: 0) }
    for i in rare.arrived.indices {
      if let gradient = rare.arrived[i] { rare.arrived[i] = try hooks.call(gradient, output: i + 1) }
    }
  }

  /// The gradient of output `index` as it arrived; nil if that output had no part in the result.
  package func gradient(output index: Int) -> Tensor? {
    if index == 0 { return arrived }
    guard let rare, index - 1 < rare.arrived.count else { return nil }
    return rare.arrived[index - 1]
  }

  /// Whether the memory may be that of a gradient that arrived here, or of another tensor that lives on.
  package func hasArrived(_ storage: Storage) -> Bool {
    if let arrived, arrived.storage === storage { return true }
    guard let rare else { return false }
    return rare.state != nil || rare.arrived.contains { $0?.storage === storage }
  }

  /// The gradients that arrived.
  package var allArrived: [Tensor] { ([arrived] + (rare?.arrived ?? [])).compactMap(\.self) }

  /// Runs `body`, a rule of this operation, with nothing but these gradients of the outputs arrived, and for the inputs
  /// that `inputs` has bits for.
  package func alone<Result>(
    with gradients: [(output: Int, gradient: Tensor)], for inputs: UInt64,
    _ body: () throws(ThalwegError) -> Result
  ) throws(ThalwegError) -> Result {
    let rare = makeRare()
    let (first, others, before) = (arrived, rare.arrived, wanted)
    (arrived, rare.arrived, wanted) = (nil, [], inputs)
    defer { (arrived, rare.arrived, wanted) = (first, others, before) }
    for (index, gradient) in gradients { try receive(gradient, output: index) }
    return try body()
  }

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
    detach(into: &waiting)
    while let node = waiting.popLast() { node.detach(into: &waiting) }
  }

  /// Lets go of the inputs and all that was kept. Nodes that nobody else holds wait to be detached in turn.
  private func detach(into waiting: inout [Node]) {
    // The saved tensors first, which also point to the nodes behind: these must not end with them.
    forgetRecomputed()
    for i in 0..<min(savedCount, 3) {
      savedTensors[i]?.tensor.release()
      savedTensors[i] = nil
    }
    arrived = nil
    if let rare {
      for saved in rare.saved { saved.tensor.release() }
      rare.saved = []
      rare.arrived = []
      (rare.duals, rare.hooks, rare.record) = (nil, nil, nil)
      rare.state?.forget()
      for edge in rare.edges { Node.drop(edge, into: &waiting) }
      rare.edges = []
    }
    for i in 0..<min(inputCount, 3) {
      guard let edge = edges[i] else { continue }
      edges[i]?.node = nil
      edges[i]?.leaf = nil
      Node.drop(edge, into: &waiting)
    }
    wanted = 0
    connected = 0
  }

  private static func drop(_ edge: Edge, into waiting: inout [Node]) {
    edge.leaf?.release()
    guard var node = edge.node?.takeRetainedValue() else { return }
    if isKnownUniquelyReferenced(&node) { waiting.append(node) }
  }
}
