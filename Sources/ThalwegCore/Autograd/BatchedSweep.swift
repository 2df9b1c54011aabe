/// A backward pass for many gradients of one recorded tensor at once, as rows of a Jacobian are: gradients have a first
/// dimension more, and an operation takes the whole batch in one step if it has a rule for that (`BatchedRules.swift`),
/// else one after the other. The graph stays; it is planned once for any number of sweeps.
package struct BatchedSweep {
  private let output: Tensor
  private let inputs: [Tensor]
  /// The operations between, the latest first, and their inputs that count: as bits, and all of them.
  private var nodes: [(node: Node, wanted: UInt64, inputs: [Bool])] = []
  /// The most elements that one gradient has.
  private(set) package var largest: Int

  /// Nil where a batch cannot stand for single gradients: if somebody listens to these, or a dimension more is too many.
  package init?(_ output: Tensor, _ inputs: [Tensor]) throws(ThalwegError) {
    self.output = output
    self.inputs = inputs
    largest = output.numel
    if AnomalyMode.isEnabled || output.rank >= Dims.maxRank || ForwardLevel.current != nil { return nil }
    var reached: Set<ObjectIdentifier> = []
    var all: [Node] = []
    var stack: [Node] = []
    if let node = output.node { stack.append(node) }
    while let node = stack.popLast() {
      guard reached.insert(ObjectIdentifier(node)).inserted else { continue }
      if node.isFreed { throw node.freedError }
      if node.hooks != nil { return nil }
      all.append(node)
      for i in 0..<node.inputCount {
        if node.inputShape(i).count >= Dims.maxRank || node.leaf(i)?.leafHooks != nil { return nil }
        if let source = node.source(i) { stack.append(source) }
      }
    }
    all.sort { $0.sequence < $1.sequence }
    var leaves: Set<ObjectIdentifier> = []
    var useful: Set<ObjectIdentifier> = []
    for input in inputs {
      if input.leafHooks != nil { return nil }
      if let node = input.node {
        useful.insert(ObjectIdentifier(node))
      } else {
        leaves.insert(ObjectIdentifier(input))
      }
    }
    for node in all {
      var (bits, flags): (UInt64, [Bool]) = (0, [])
      for i in 0..<node.inputCount {
        let counts =
          if let source = node.source(i) { useful.contains(ObjectIdentifier(source)) } else {
            node.leaf(i).map { leaves.contains(ObjectIdentifier($0)) } ?? false
          }
        flags.append(counts)
        if counts {
          bits |= 1 << UInt64(min(i, 63))
          largest = max(largest, node.inputShape(i).product)
        }
      }
      if bits == 0 { continue }
      useful.insert(ObjectIdentifier(node))
      nodes.append((node, bits, flags))
    }
    nodes.reverse()
  }

  /// The gradients of the inputs, [batch, ...], for a batch of gradients of the output; nil where there is no dependence.
  /// Recorded if recording is on.
  package func run(_ seeds: Tensor) throws(ThalwegError) -> [Tensor?] {
    let claim = try GraphClaim(nodes.map(\.node))
    defer { claim.end() }
    var arrived: [ObjectIdentifier: [Int: Tensor]] = [:]
    var ofLeaves: [ObjectIdentifier: Tensor] = [:]
    if let node = output.node {
      arrived[ObjectIdentifier(node)] = [output.outputIndex: seeds]
    } else {
      ofLeaves[ObjectIdentifier(output)] = seeds
    }
    let wantedOutputs = Set(inputs.compactMap { $0.node.map { ObjectIdentifier($0) } })
    for (node, wanted, flags) in nodes {
      let key = ObjectIdentifier(node)
      guard let gradients = arrived[key] else { continue }
      if !wantedOutputs.contains(key) { arrived[key] = nil }
      try Checkpoint.pass()
      for (i, gradient) in try products(node, gradients, wanted) where flags[i] {
        if let source = node.source(i) {
          let (place, output) = (ObjectIdentifier(source), node.sourceOutput(i))
          let sum = arrived[place]?[output]
          arrived[place, default: [:]][output] = if let sum { try sum + gradient } else { gradient }
        } else if let leaf = node.leaf(i) {
          let sum = ofLeaves[ObjectIdentifier(leaf)]
          ofLeaves[ObjectIdentifier(leaf)] = if let sum { try sum + gradient } else { gradient }
        }
      }
      node.forgetRecomputed()
    }
    return inputs.map { input in
      input.node.map { arrived[ObjectIdentifier($0)]?[input.outputIndex] }
        ?? ofLeaves[ObjectIdentifier(input)]
    }
  }

  /// What one operation sends to its inputs.
  private func products(
    _ node: Node, _ gradients: [Int: Tensor], _ wanted: UInt64
  ) throws(ThalwegError) -> [(input: Int, gradient: Tensor)] {
    if gradients.count == 1, let gradient = gradients[0] {
      let found = try node.alone(with: [], for: wanted) { () throws(ThalwegError) in
        try node.operation.backward(node, batch: gradient)
      }
      if let found {
        var result: [(input: Int, gradient: Tensor)] = []
        for (i, gradient) in found.enumerated() {
          guard let gradient else { continue }
          result.append((i, try gradient.expand(seeds(gradients, node.inputShape(i)))))
        }
        return result
      }
    }
    var rows: [Int: [Tensor]] = [:]
    for k in 0..<(gradients.first?.value.shape[0] ?? 0) {
      var single: [(output: Int, gradient: Tensor)] = []
      for (output, gradient) in gradients { single.append((output, try gradient.select(0, k))) }
      for (i, gradient) in try BackwardPass.product(node, single, for: wanted) {
        rows[i, default: []].append(gradient)
      }
    }
    var result: [(input: Int, gradient: Tensor)] = []
    for (i, parts) in rows { result.append((i, try Tensor.stack(parts))) }
    return result
  }

  private func seeds(_ gradients: [Int: Tensor], _ shape: Dims) -> Dims {
    gradients.first?.value.batched(shape) ?? shape
  }
}
