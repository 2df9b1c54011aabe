import Synchronization

/// One pass backward through a graph: visits the recorded operations from the latest to the earliest, each once all
/// its gradients have arrived, and hands their gradients on. Iterative, whatever the graph's depth.
package final class BackwardPass {
  /// Where a pass starts: a tensor and the gradient that it is given.
  package typealias Root = (tensor: Tensor, seed: Tensor)

  private let id: UInt
  /// Whether what was saved is needed again.
  package let retainGraph: Bool
  private let createGraph: Bool
  /// The latest of the claimed nodes, and a binary heap of the others, which a chain of operations never needs.
  private var latest: Node?
  private var heap: [Node] = []
  private var current: Node?
  /// Gradients of leaves with hooks, which are called once their gradients are whole: at the end.
  private var hooked: [ObjectIdentifier: Tensor] = [:]
  private var hookedLeaves: [Tensor] = []
  /// Set in passes that return gradients instead of accumulating them in leaves.
  private var targets: Targets?

  private struct Targets {
    /// Whether the pass ends at them, even where one target depends on another.
    var areEnds = false
    var leaves: [ObjectIdentifier: Int] = [:]
    var outputs: [ObjectIdentifier: [(output: Int, place: Int)]] = [:]
    var found: [Tensor?]
  }

  private static let ids = Atomic<UInt>(0)

  private init(retainGraph: Bool, createGraph: Bool) {
    id = BackwardPass.ids.wrappingAdd(1, ordering: .relaxed).newValue
    self.retainGraph = retainGraph
    self.createGraph = createGraph
  }

  // MARK: - The two ways to run

  /// Accumulates the gradients of `roots`, each started with its seed, in the leaves that they depend on.
  package static func accumulate(
    _ roots: some Collection<Root>, retainGraph: Bool, createGraph: Bool
  ) throws(ThalwegError) {
    let pass = BackwardPass(retainGraph: retainGraph, createGraph: createGraph)
    try pass.run(roots)
  }

  /// The gradients of `roots` with respect to `inputs`, nil where there is no dependence; leaves stay as they are.
  /// - Parameter stopsAtInputs: look at nothing behind the inputs, as another pass may be there.
  package static func gradients(
    _ roots: some Collection<Root>, inputs: [Tensor], retainGraph: Bool, createGraph: Bool,
    stopsAtInputs: Bool = false
  ) throws(ThalwegError) -> [Tensor?] {
    let pass = BackwardPass(retainGraph: retainGraph, createGraph: createGraph)
    var targets = Targets(areEnds: stopsAtInputs, found: Array(repeating: nil, count: inputs.count))
    var same: [Int: Int] = [:]  // an input given twice takes what its first place finds
    for (place, input) in inputs.enumerated() {
      if let node = input.node {
        var list = targets.outputs[ObjectIdentifier(node)] ?? []
        if let first = list.first(where: { $0.output == input.outputIndex }) {
          same[place] = first.place
        } else {
          list.append((input.outputIndex, place))
        }
        targets.outputs[ObjectIdentifier(node)] = list
      } else if let first = targets.leaves[ObjectIdentifier(input)] {
        same[place] = first
      } else {
        targets.leaves[ObjectIdentifier(input)] = place
      }
    }
    pass.targets = targets
    try pass.run(roots)
    var found = pass.targets?.found ?? []
    for (place, first) in same { found[place] = found[first] }
    return found
  }

  private func run(_ roots: some Collection<Root>) throws(ThalwegError) {
    defer {
      if targets == nil {
        current?.release()
        latest?.release()
        for node in heap { node.release() }
      }
    }
    try GradMode.with(createGraph) { () throws(ThalwegError) in
      try GradMode.with(GradMode.inBackward, true) { () throws(ThalwegError) in try visitAll(roots) }
    }
  }

  private func visitAll(_ roots: some Collection<Root>) throws(ThalwegError) {
    let marked = targets == nil ? [] : try markUseful(from: roots.compactMap { $0.tensor.node })
    defer { for node in marked { node.release() } }
    for (tensor, seed) in roots {
      if let node = tensor.node {
        try push(node)
        try node.receive(seed, output: tensor.outputIndex)
      } else if tensor.requiresGrad {
        try deliver(seed, toLeaf: tensor, isOwn: false)
      }
    }
    while let node = pop() {
      current = node
      try Checkpoint.pass()
      try visit(node)
      current = nil
      if targets == nil { node.release() }
    }
    for leaf in hookedLeaves {
      guard let gradient = hooked[ObjectIdentifier(leaf)], let hooks = leaf.leafHooks else { continue }
      try accumulate(try hooks.call(gradient, output: 0), in: leaf, isOwn: false)
    }
  }

  private func visit(_ node: Node) throws(ThalwegError) {
    try node.callHooks()
    if let wanted = targets?.outputs[ObjectIdentifier(node)] {
      for (output, place) in wanted { targets?.found[place] = node.gradient(output: output) }
      if targets?.areEnds == true { return }
      var leads = false
      for i in 0..<node.inputCount where needs(node, i) { leads = true }
      if !leads { return }
    }
    guard !node.isFreed else { throw node.freedError }
    try node.operation.backward(node, self)
    if !retainGraph { node.free() }
  }

  // MARK: - Called by the operations

  /// Hands the gradient of input `i` of `node` on to where the input came from.
  package func send(_ gradient: Tensor, from node: Node, to i: Int) throws(ThalwegError) {
    guard gradient.shape == node.inputShape(i), gradient.dtype == node.inputDType(i) else {
      throw ThalwegError(
        .internal,
        """
        backward of \(node.operation.name): the gradient of input \(i) came out as \(gradient.dtype) \
        \(gradient.shape) instead of \(node.inputDType(i)) \(node.inputShape(i))
        """)
    }
    if AnomalyMode.isEnabled { try Trace.check(gradient, to: i, from: node) }
    if let source = node.source(i) {
      if source.uselessFor == id { return }
      try push(source)
      try source.receive(gradient, output: node.sourceOutput(i))
    } else if let leaf = node.leaf(i) {
      try deliver(gradient, toLeaf: leaf, isOwn: !node.hasArrived(gradient.storage))
    }
  }

  private func needs(_ node: Node, _ i: Int) -> Bool {
    if let leaf = node.leaf(i) { return targets?.leaves[ObjectIdentifier(leaf)] != nil }
    return if let source = node.source(i) { source.uselessFor != id } else { false }
  }

  /// - Parameter isOwn: whether nobody else refers to the gradient's memory, so that the leaf may keep it.
  private func deliver(_ gradient: Tensor, toLeaf leaf: Tensor, isOwn: Bool) throws(ThalwegError) {
    guard leaf.leafHooks != nil else { return try accumulate(gradient, in: leaf, isOwn: isOwn) }
    if let targets, targets.leaves[ObjectIdentifier(leaf)] == nil { return }
    if let sum = hooked[ObjectIdentifier(leaf)] {
      hooked[ObjectIdentifier(leaf)] = try sum + gradient
    } else {
      hooked[ObjectIdentifier(leaf)] = gradient
      hookedLeaves.append(leaf)
    }
  }

  private func accumulate(_ gradient: Tensor, in leaf: Tensor, isOwn: Bool) throws(ThalwegError) {
    if targets != nil {
      guard let place = targets?.leaves[ObjectIdentifier(leaf)] else { return }
      let sum = targets?.found[place]
      targets?.found[place] = if let sum { try sum + gradient } else { gradient }
      return
    }
    if let sum = leaf.grad {
      leaf.exchangeGradient(try sum + gradient)
    } else {
      leaf.exchangeGradient(isOwn && gradient.isContiguous ? gradient : try gradient.clone())
    }
  }

  // MARK: - Which nodes lead to a target

  /// Claims every node behind `roots` and marks those that lead to a target.
  private func markUseful(from roots: [Node]) throws(ThalwegError) -> [Node] {
    var reached: [Node] = []
    var stack = roots
    do throws(ThalwegError) {
      while let node = stack.popLast() {
        guard try node.claim(id) else { continue }
        reached.append(node)
        if targets?.areEnds == true, targets?.outputs[ObjectIdentifier(node)] != nil { continue }
        for i in 0..<node.inputCount {
          if let source = node.source(i) { stack.append(source) }
        }
      }
    } catch {
      for node in reached { node.release() }
      throw error
    }
    reached.sort { $0.sequence < $1.sequence }
    for node in reached {
      var isUseful = targets?.outputs[ObjectIdentifier(node)] != nil
      for i in 0..<node.inputCount where !isUseful { isUseful = needs(node, i) }
      if !isUseful { node.uselessFor = id }
    }
    return reached
  }

  // MARK: - The heap

  private func push(_ node: Node) throws(ThalwegError) {
    _ = try node.claim(id)
    if node.isQueued { return }
    node.isQueued = true
    guard let first = latest else {
      latest = node
      return
    }
    if node.sequence > first.sequence { latest = node }
    insert(node.sequence > first.sequence ? first : node)
  }

  private func pop() -> Node? {
    let node = latest
    latest = extract()
    return node
  }

  private func insert(_ node: Node) {
    heap.append(node)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if heap[parent].sequence > heap[child].sequence { break }
      heap.swapAt(parent, child)
      child = parent
    }
  }

  private func extract() -> Node? {
    guard let last = heap.popLast() else { return nil }
    guard let top = heap.first else { return last }
    heap[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      if child >= heap.count { break }
      if child + 1 < heap.count, heap[child + 1].sequence > heap[child].sequence { child += 1 }
      if heap[parent].sequence > heap[child].sequence { break }
      heap.swapAt(parent, child)
      parent = child
    }
    return top
  }
}
