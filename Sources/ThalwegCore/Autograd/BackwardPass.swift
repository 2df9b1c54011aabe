/// One pass backward through a graph: visits the recorded operations from the latest to the earliest, each once all
/// its gradients have arrived, and hands their gradients on. Iterative, whatever the graph's depth.
package final class BackwardPass {
  /// Where a pass starts: a tensor and the gradient that it is given.
  package typealias Root = (tensor: Tensor, seed: Tensor)

  private let id = Node.next
  /// Whether what was saved is needed again.
  package let retainGraph: Bool
  private let createGraph: Bool
  /// The latest of the claimed nodes, and a binary heap of the others, which a chain of operations never needs.
  private var latest: Node?
  private var heap: [Node] = []
  /// Set in passes that return gradients instead of accumulating them in leaves.
  private var targets: Targets?
  /// Gradients of leaves with hooks, which are called once their gradients are whole: at the end.
  private var hooked: [(leaf: Tensor, gradient: Tensor)] = []
  /// Set where one operation's backward is wanted by itself: what it sends to its inputs.
  private var captured: [(input: Int, gradient: Tensor)]?

  /// What a pass looks for.
  private struct Targets {
    var leaves: [ObjectIdentifier: Int] = [:]
    var outputs: [ObjectIdentifier: [(output: Int, place: Int)]] = [:]
    /// Nodes no later than this do not depend on the inputs, and another pass may be at them.
    var floor: UInt64
    var found: [Tensor?]
  }

  private init(retainGraph: Bool, createGraph: Bool) {
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
  ///
  /// - Parameters:
  ///   - floor: nodes with numbers up to this do not depend on the inputs, and are not looked at: another pass may be there.
  package static func gradients(
    _ roots: some Collection<Root>, inputs: [Tensor], retainGraph: Bool, createGraph: Bool, floor: UInt64 = 0
  ) throws(ThalwegError) -> [Tensor?] {
    let pass = BackwardPass(retainGraph: retainGraph, createGraph: createGraph)
    var targets = Targets(floor: floor, found: Array(repeating: nil, count: inputs.count))
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
    return pass.strips ? found.map { $0?.withoutNode() } : found
  }

  /// What backward of `node` alone makes of gradients of its outputs for the inputs that `wanted` has bits for (those from
  /// 64 on have none of their own and always count): the product with its transposed Jacobian.
  package static func product(
    _ node: Node, _ gradients: [(output: Int, gradient: Tensor)], for wanted: UInt64
  ) throws(ThalwegError) -> [(input: Int, gradient: Tensor)] {
    let pass = BackwardPass(retainGraph: true, createGraph: GradMode.isEnabled)
    pass.captured = []
    try GradMode.with(GradMode.inBackward, true) { () throws(ThalwegError) in
      try node.alone(with: gradients, for: wanted) { () throws(ThalwegError) in
        try node.operation.backward(node, pass)
      }
    }
    return pass.captured ?? []
  }

  /// Within forward mode a pass is recorded in any case, so that operations take the way that carries tangents; if nobody
  /// wants the graph, it is dropped in the end.
  private var strips = false

  private func run(_ roots: some Collection<Root>) throws(ThalwegError) {
    strips = !createGraph && ForwardLevel.current != nil
    let bits = GradMode.bits
    GradMode.bits =
      createGraph || strips
      ? (bits | GradMode.inBackward) & ~GradMode.noGrad : bits | GradMode.inBackward | GradMode.noGrad
    defer { GradMode.bits = bits }
    if targets == nil {
      defer { while let node = pop() { node.release() } }  // those that an error has left
      return try visitAll(roots)
    }
    let marked = try markUseful(from: roots.compactMap { $0.tensor.node })
    defer { for node in marked { node.release() } }
    try visitAll(roots)
  }

  private func visitAll(_ roots: some Collection<Root>) throws(ThalwegError) {
    for root in roots {
      if let node = root.tensor.node {
        try push(node)
        try node.receive(root.seed, output: root.tensor.outputIndex)
      } else if root.tensor.requiresGrad {
        try deliver(root.seed, toLeaf: root.tensor, isOwn: false)
      }
    }
    while let node = pop() {
      defer { if targets == nil { node.release() } }
      try visit(node)
    }
    for (leaf, gradient) in hooked {
      guard let hooks = leaf.leafHooks else { continue }
      try accumulate(try hooks.call(gradient, output: 0), in: leaf, isOwn: false)
    }
  }

  private func visit(_ node: Node) throws(ThalwegError) {
    try Checkpoint.pass()
    try node.callHooks()
    if node.isTarget, let wanted = targets?.outputs[ObjectIdentifier(node)] {
      for (output, place) in wanted { targets?.found[place] = node.gradient(output: output) }
    }
    if targets != nil && node.wanted == 0 { return }
    guard !node.isFreed else { throw node.freedError }
    try node.operation.backward(node, self)
    if retainGraph { node.forgetRecomputed() } else { node.free() }
  }

  // MARK: - Called by the operations

  /// Hands the gradient of input `i` of `node` on to where the input came from.
  package func send(_ gradient: Tensor, from node: Node, to i: Int) throws(ThalwegError) {
    guard node.needs(i) else { return }
    guard node.fits(gradient, i) else {
      throw ThalwegError(
        .internal,
        """
        backward of \(node.name): the gradient of input \(i) came out as \(gradient.dtype) \
        \(gradient.shape) instead of \(node.inputDType(i)) \(node.inputShape(i))
        """)
    }
    try hand(gradient, from: node, to: i)
  }

  /// The same, summed over the dimensions along which the input was repeated.
  package func send(summed gradient: Tensor, from node: Node, to i: Int) throws(ThalwegError) {
    guard node.needs(i) else { return }
    if node.fits(gradient, i) { return try hand(gradient, from: node, to: i) }
    try send(gradient.sum(to: node.inputShape(i)), from: node, to: i)
  }

  private func hand(_ gradient: Tensor, from node: Node, to i: Int) throws(ThalwegError) {
    if captured != nil {
      captured?.append((i, gradient))
      return
    }
    if AnomalyMode.isEnabled { try Trace.check(gradient, to: i, from: node) }
    if let source = node.source(i) {
      if let targets, source.sequence <= targets.floor { return }
      try push(source)
      try source.receive(gradient, output: node.sourceOutput(i))
    } else if let leaf = node.leaf(i) {
      try deliver(gradient, toLeaf: leaf, isOwn: !node.hasArrived(gradient.storage))
    }
  }

  /// - Parameter isOwn: whether nobody else refers to the gradient's memory, so that the leaf may keep it.
  private func deliver(_ gradient: Tensor, toLeaf leaf: Tensor, isOwn: Bool) throws(ThalwegError) {
    guard leaf.leafHooks != nil else { return try accumulate(gradient, in: leaf, isOwn: isOwn) }
    if let targets, targets.leaves[ObjectIdentifier(leaf)] == nil { return }
    if let i = hooked.firstIndex(where: { $0.leaf === leaf }) {
      hooked[i].gradient = try hooked[i].gradient + gradient
    } else {
      hooked.append((leaf, gradient))
    }
  }

  private func accumulate(_ gradient: Tensor, in leaf: Tensor, isOwn: Bool) throws(ThalwegError) {
    if targets != nil {
      guard let place = targets?.leaves[ObjectIdentifier(leaf)] else { return }
      let sum = targets?.found[place]
      targets?.found[place] = if let sum { try sum + gradient } else { gradient }
      return
    }
    let total: Tensor
    if let sum = leaf.grad {
      if Recording.isActive, Recording.isFromBefore(sum) {
        // It is to be the same tensor each time.
        return try noGrad { () throws(ThalwegError) in try sum.copy(from: sum + gradient) }
      }
      total = try sum + gradient
    } else {
      total = isOwn && gradient.isContiguous ? gradient : try gradient.clone()
    }
    leaf.exchangeGradient(strips ? total.withoutNode() : total)
  }

  // MARK: - Which nodes lead to a target

  /// Claims every node between `roots` and the floor and tells it which of its inputs lead to a target.
  private func markUseful(from roots: [Node]) throws(ThalwegError) -> [Node] {
    guard let targets else { return [] }
    var reached: [Node] = []
    var stack = roots
    do throws(ThalwegError) {
      while let node = stack.popLast() {
        guard node.sequence > targets.floor, try node.claim(id) else { continue }
        reached.append(node)
        node.isTarget = targets.outputs[ObjectIdentifier(node)] != nil
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
      var wanted: UInt64 = 0
      for i in 0..<node.inputCount {
        let leads =
          if let source = node.source(i) {
            source.sequence > targets.floor && (source.isTarget || source.wanted != 0)
          } else {
            node.leaf(i).map { targets.leaves[ObjectIdentifier($0)] != nil } ?? false
          }
        if leads { wanted |= Node.bit(i) }
      }
      node.wanted = wanted
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
