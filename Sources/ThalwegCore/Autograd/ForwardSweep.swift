/// J v of tensors that were recorded: carries tangents through the graph from its inputs to its outputs, each operation
/// by its own rule (`DifferentiableOperation.forward`). The graph stays; it is planned once for any number of sweeps.
package struct ForwardSweep {
  private let outputs: [Tensor]
  /// Where the inputs are.
  private var leaves: [ObjectIdentifier: Int] = [:]
  private var results: [ObjectIdentifier: [(output: Int, input: Int)]] = [:]
  /// The operations between, the earliest first, and which of their outputs are asked for.
  private var nodes: [(node: Node, forms: [OutputForm])] = []
  /// The most elements that one tangent has; nil where a batch of tangents has no room: a dimension more is too many.
  package private(set) var largest: Int?

  /// - Throws: `.autograd` if a part of the graph was freed.
  package init(_ outputs: [Tensor], _ inputs: [Tensor]) throws(ThalwegError) {
    self.outputs = outputs
    for (i, input) in inputs.enumerated() {
      if let node = input.node {
        results[ObjectIdentifier(node), default: []].append((input.outputIndex, i))
      } else {
        leaves[ObjectIdentifier(input)] = i
      }
    }
    var forms: [ObjectIdentifier: [OutputForm]] = [:]
    var reached: [Node] = []
    var stack: [Node] = []
    func ask(_ node: Node, _ form: OutputForm) {
      let known = forms[ObjectIdentifier(node)]
      if known == nil {
        reached.append(node)
        stack.append(node)
      }
      if known?.contains(where: { $0.index == form.index }) ?? false { return }
      forms[ObjectIdentifier(node), default: []].append(form)
    }
    for output in outputs {
      guard let node = output.node else { continue }
      ask(node, OutputForm(index: output.outputIndex, shape: output.shape, dtype: output.dtype))
    }
    while let node = stack.popLast() {
      if node.isFreed { throw node.freedError }
      for i in 0..<node.inputCount {
        guard let source = node.source(i) else { continue }
        ask(
          source,
          OutputForm(index: node.sourceOutput(i), shape: node.inputShape(i), dtype: node.inputDType(i)))
      }
    }
    reached.sort { $0.sequence < $1.sequence }
    nodes = reached.map { ($0, forms[ObjectIdentifier($0)] ?? []) }
    var most = 1
    for shape in nodes.flatMap({ $0.forms.map(\.shape) }) + inputs.map(\.shape) + outputs.map(\.shape) {
      if shape.count >= Dims.maxRank { return }
      most = max(most, shape.product)
    }
    largest = most
  }

  /// The tangents of the outputs, given those of the inputs; nil where there is no dependence. Recorded if recording is on.
  package func run(_ tangents: [Tensor?]) throws(ThalwegError) -> [Tensor?] {
    try run(tangents) { (node, incoming, form) throws(ThalwegError) in
      try node.operation.forward(node, incoming, form)
    }
  }

  /// The same for a batch: tangents have a first dimension more, of length `count`. Operations without a rule for that take
  /// one after the other.
  package func run(batch tangents: [Tensor?], _ count: Int) throws(ThalwegError) -> [Tensor?] {
    try run(tangents) { (node, incoming, form) throws(ThalwegError) in
      if let found = try node.operation.forward(node, batch: incoming, form) {
        var whole = form.shape
        whole.insert(count, at: 0)
        return try found.expand(whole)
      }
      var rows: [Tensor] = []
      for k in 0..<count {
        var single: [Tensor?] = []
        for tangent in incoming { single.append(try tangent?.select(0, k)) }
        let row = try node.operation.forward(node, single, form)
        let whole = if let row { row } else { try Tensor.zeros(form.shape, dtype: form.dtype) }
        rows.append(whole)
      }
      return try Tensor.stack(rows)
    }
  }

  private func run(
    _ tangents: [Tensor?],
    _ rule: (Node, [Tensor?], OutputForm) throws(ThalwegError) -> Tensor?
  ) throws(ThalwegError) -> [Tensor?] {
    let claim = try GraphClaim(nodes.map(\.node))
    defer { claim.end() }
    var found: [ObjectIdentifier: [Int: Tensor]] = [:]
    for (node, wanted) in results {
      for (output, input) in wanted { found[node, default: [:]][output] = tangents[input] }
    }
    for (node, forms) in nodes {
      var incoming: [Tensor?] = []
      var isReached = false
      for i in 0..<node.inputCount {
        var tangent: Tensor?
        if let source = node.source(i) {
          tangent = found[ObjectIdentifier(source)]?[node.sourceOutput(i)]
        } else if let leaf = node.leaf(i), let input = leaves[ObjectIdentifier(leaf)] {
          tangent = tangents[input]
        }
        incoming.append(tangent)
        isReached = isReached || tangent != nil
      }
      guard isReached else { continue }
      try Checkpoint.pass()
      for form in forms where found[ObjectIdentifier(node)]?[form.index] == nil {
        guard form.dtype.isFloat, let tangent = try rule(node, incoming, form) else { continue }
        found[ObjectIdentifier(node), default: [:]][form.index] = tangent
      }
      node.forgetRecomputed()
    }
    return outputs.map { output in
      if let node = output.node { return found[ObjectIdentifier(node)]?[output.outputIndex] }
      return leaves[ObjectIdentifier(output)].flatMap { tangents[$0] }
    }
  }
}

/// Nodes that nobody else goes through for a while.
package struct GraphClaim {
  private let nodes: [Node]

  /// - Throws: `.autograd` if another thread is at one of them.
  package init(_ nodes: [Node]) throws(ThalwegError) {
    self.nodes = nodes
    let id = Node.next
    var count = 0
    do throws(ThalwegError) {
      for node in nodes {
        _ = try node.claim(id)
        count += 1
      }
    } catch {
      for node in nodes.prefix(count) { node.release() }
      throw error
    }
  }

  package func end() {
    for node in nodes { node.release() }
  }
}
