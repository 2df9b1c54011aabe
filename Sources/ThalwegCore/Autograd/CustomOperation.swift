/// An operation of the user's own: a forward and a backward function.
///
/// - `forward` computes the outputs from the inputs; nothing is recorded meanwhile. It may keep tensors for backward
///   with `context.save`: inputs and outputs with their place in the graph, others as constants.
/// - `backward` gets the gradients of the outputs (nil for outputs without one) and returns those of the inputs, nil
///   where there is none or `context.needsGradient(i)` is false; a gradient of the shape that an input was broadcast to
///   is summed. It is called once a pass, on the thread of the pass. The operation is differentiable as often as
///   `backward` is made of differentiable operations.
///
/// In forward mode the tangents come from the function that `forward` gave to `context.setJvp`; without one from
/// `backward`, which is then differentiated.
///
/// - Parameter name: as it appears in error messages.
/// - Throws: what `forward` does; `.autograd` for a context that was used wrongly.
public func applyCustom(
  _ name: String, _ inputs: [Tensor],
  forward: (OperationContext, [Tensor]) throws(ThalwegError) -> [Tensor],
  backward: @escaping OperationContext.Backward
) throws(ThalwegError) -> [Tensor] {
  let context = OperationContext(name, inputs, backward)
  let outputs = try noGrad { () throws(ThalwegError) in try forward(context, inputs) }
  return Node.records(inputs) ? try context.record(inputs, outputs) : outputs
}

/// What an operation of the user's own knows about its inputs, and keeps between its passes.
public final class OperationContext: Object {
  public typealias Backward = (OperationContext, [Tensor?]) throws(ThalwegError) -> [Tensor?]

  public let name: String
  private let requiresGrad: [Bool]
  private var backward: Backward?
  private var jvp: Backward?
  private var outputs: [Output] = []
  private var saving: [Tensor] = []
  private var constants: [Int] = []
  private var materializes = true
  /// In a backward pass.
  private var node: Node?

  private struct Output {
    let shape: Dims
    let dtype: DType
    let isDifferentiable: Bool
  }

  fileprivate init(_ name: String, _ inputs: [Tensor], _ backward: @escaping Backward) {
    self.name = name
    self.backward = backward
    requiresGrad = inputs.map(\.requiresGrad)
    super.init()
  }

  public var inputCount: Int { requiresGrad.count }

  // MARK: - For both functions

  /// Whether input `i` is to get a gradient: in backward from the pass that runs, in forward from any.
  /// - Throws: `.invalidArgument` if there is no such input.
  public func needsGradient(_ i: Int) throws(ThalwegError) -> Bool {
    guard requiresGrad.indices.contains(i) else {
      throw ThalwegError(
        .invalidArgument, "\(name): there is no input \(i); there are \(requiresGrad.count), from 0")
    }
    return node?.needs(i) ?? requiresGrad[i]
  }

  // MARK: - For forward

  /// Keeps a tensor for backward: number 0, 1, ... in the order of the calls.
  /// - Throws: `.autograd` in backward.
  public func save(_ tensor: Tensor) throws(ThalwegError) {
    try checkForward("save")
    saving.append(tensor)
  }

  /// Output `index` has no gradient, such as one of indices; outputs that are not float have none anyway.
  /// - Throws: `.autograd` in backward.
  public func markNonDifferentiable(_ index: Int) throws(ThalwegError) {
    try checkForward("mark_non_differentiable")
    constants.append(index)
  }

  /// Whether backward gets zeros for an output that no gradient came to (the default), or nil.
  public func setMaterializesGradients(_ value: Bool) throws(ThalwegError) {
    try checkForward("set_materialize_grads")
    materializes = value
  }

  /// The function that gets the tangents of the inputs (nil: 0) and returns those of the outputs, nil where there is none:
  /// the Jacobian times them. It sees what `forward` saved, and may run several times.
  /// - Throws: `.autograd` in backward.
  public func setJvp(_ function: @escaping Backward) throws(ThalwegError) {
    try checkForward("set_jvp")
    jvp = function
  }

  private func checkForward(_ function: StaticString) throws(ThalwegError) {
    guard node == nil, outputs.isEmpty else {
      throw ThalwegError(.autograd, "\(name): \(function) belongs in forward, which is over")
    }
  }

  fileprivate func record(_ inputs: [Tensor], _ results: [Tensor]) throws(ThalwegError) -> [Tensor] {
    let node = Node(CustomOperation.self)
    for input in inputs { try node.connect(input) }
    for tensor in saving {
      let output = results.firstIndex { $0 === tensor }
      let isInput = inputs.contains { $0 === tensor }
      if let output, !isInput {
        node.save(tensor, isOutput: true, output: output)
      } else {
        node.save(tensor)
      }
    }
    saving = []
    outputs = results.indices.map { i in
      Output(
        shape: results[i].shape, dtype: results[i].dtype,
        isDifferentiable: results[i].dtype.isFloat && !constants.contains(i))
    }
    node.state = self
    var attached: [Tensor] = []
    for (i, result) in results.enumerated() {
      // Other objects: the user may have those that forward made.
      let output = result.alias()
      if outputs[i].isDifferentiable { try output.attach(node, output: i) }
      attached.append(output)
    }
    return attached
  }

  // MARK: - For backward

  /// - Throws: `.autograd` in forward.
  public func savedCount() throws(ThalwegError) -> Int { try visited("saved_count").savedIndices.count }

  /// What forward saved, with its place in the graph.
  /// - Throws: `.autograd` in forward, or if the tensor was changed in place since; `.invalidArgument` for a number that
  ///   does not exist.
  public func saved(_ i: Int) throws(ThalwegError) -> Tensor {
    let node = try visited("saved")
    guard node.savedIndices.contains(i) else {
      throw ThalwegError(
        .invalidArgument,
        "\(name): there is no saved tensor \(i); forward saved \(node.savedIndices.count), from 0")
    }
    return try node.saved(i)
  }

  private func visited(_ function: StaticString) throws(ThalwegError) -> Node {
    guard let node else {
      throw ThalwegError(.autograd, "\(name): \(function) belongs in backward, which is not running")
    }
    return node
  }

  fileprivate func run(_ node: Node, _ pass: BackwardPass) throws(ThalwegError) {
    var gradients: [Tensor?] = []
    for (i, output) in outputs.enumerated() {
      var gradient = node.gradient(output: i)
      if gradient == nil, materializes, output.isDifferentiable {
        gradient = try Tensor.zeros(output.shape, dtype: output.dtype)
      }
      gradients.append(gradient)
    }
    guard let backward else { throw node.freedError }
    let outer = self.node
    self.node = node
    defer { self.node = outer }
    let found = try backward(self, gradients)
    guard found.count == inputCount else {
      throw ThalwegError(
        .autograd, "backward of \(name): \(found.count) gradients for \(inputCount) inputs; give one for each"
      )
    }
    for (i, gradient) in found.enumerated() where node.needs(i) {
      if let gradient { try pass.send(try fit(gradient, node, i), from: node, to: i) }
    }
  }

  /// Lets go of the user's functions, with the graph.
  package func forget() {
    let functions = (backward, jvp)  // freed behind the change, as the user's code may run then
    (backward, jvp) = (nil, nil)
    withExtendedLifetime(functions) {}
  }

  fileprivate func runForward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let jvp else { return try CustomOperation.transposed(node, tangents, output) }
    let outer = self.node
    self.node = node
    defer { self.node = outer }
    let found = try jvp(self, tangents)
    guard found.count == outputs.count else {
      throw ThalwegError(
        .autograd, "jvp of \(name): \(found.count) tangents for \(outputs.count) outputs; give one for each")
    }
    guard let tangent = found[output.index] else { return nil }
    guard tangent.shape == output.shape, tangent.dtype == output.dtype else {
      throw ThalwegError(
        .autograd,
        """
        jvp of \(name): the tangent of output \(output.index) is \(tangent.dtype) \(tangent.shape), the output \
        \(output.dtype) \(output.shape); they must be equal
        """)
    }
    return tangent
  }

  /// The user's gradient with the shape and dtype of input `i`.
  private func fit(_ gradient: Tensor, _ node: Node, _ i: Int) throws(ThalwegError) -> Tensor {
    let (shape, dtype) = (node.inputShape(i), node.inputDType(i))
    if gradient.shape == shape && gradient.dtype == dtype { return gradient }
    let broadcast = try? Dims.broadcast(shape, gradient.shape, in: "backward")
    guard gradient.dtype.isFloat, broadcast == gradient.shape else {
      throw ThalwegError(
        .autograd,
        """
        backward of \(name): the gradient of input \(i) is \(gradient.dtype) \(gradient.shape), the input \(dtype) \
        \(shape); they must be equal
        """)
    }
    return try gradient.sum(to: shape).to(dtype)
  }
}

/// What the nodes of users' own operations point at.
package enum CustomOperation: DifferentiableOperation {
  package static let name: StaticString = "a custom operation"

  package static func backward(_ node: Node, _ pass: BackwardPass) throws(ThalwegError) {
    guard let context = node.state else { throw node.freedError }
    try context.run(node, pass)
  }

  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let context = node.state else { throw node.freedError }
    return try context.runForward(node, tangents, output)
  }

  /// Backward is linear in the gradient g that it gets, v ↦ Jᵀ g; its own transpose, by g, is g ↦ J v (Townsend 2017,
  /// "A new trick for calculating Jacobian vector products").
  fileprivate static func transposed(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    var wanted: UInt64 = 0
    for (i, tangent) in tangents.enumerated() where tangent != nil {
      wanted |= i > 63 ? 1 << 63 : 1 << UInt64(i)
    }
    let g = try Tensor.zeros(output.shape, dtype: output.dtype)
    try g.setRequiresGrad(true)
    let floor = Node.latest
    let products = try GradMode.with(true) { () throws(ThalwegError) in
      try BackwardPass.product(node, [(output.index, g)], for: wanted)
    }
    var roots: [BackwardPass.Root] = []
    for (i, product) in products where product.requiresGrad {
      if let tangent = tangents[i] { roots.append((product, tangent)) }
    }
    if roots.isEmpty { return nil }
    let isRecorded = GradMode.isEnabled
    return try BackwardPass.gradients(
      roots, inputs: [g], retainGraph: isRecorded, createGraph: isRecorded, floor: floor)[0]
  }
}
