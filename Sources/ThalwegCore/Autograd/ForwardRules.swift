// How operations carry tangents forward: the Jacobian times the tangents of the inputs. Those without a rule here have it
// from `backward`.

extension DifferentiableOperation {
  /// Backward is linear in the gradient g that it gets, v ↦ Jᵀ g; its own transpose, by g, is g ↦ J v (Townsend 2017,
  /// "A new trick for calculating Jacobian vector products").
  package static func forward(
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

  /// For operations of one input whose Jacobian is symmetric, such as a function of each element.
  fileprivate static func backwardAsForward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents.first ?? nil else { return nil }
    return try BackwardPass.product(node, [(output.index, tangent)], for: 1).first?.gradient
  }
}

// MARK: - Functions of each element

extension UnaryOperation {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? { try backwardAsForward(node, tangents, output) }
}

extension ParametricActivation {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? { try backwardAsForward(node, tangents, output) }
}

extension Softmax {
  /// ∂y/∂x = diag(y) - y yᵀ along the dimension.
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? { try backwardAsForward(node, tangents, output) }
}

extension BinaryOperation {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    var sum: Tensor?
    for (i, tangent) in tangents.enumerated() {
      guard let tangent = try tangent?.expand(output.shape) else { continue }
      let a = savesOperands ? try node.saved(0) : tangent
      let b = savesOperands ? try node.saved(1) : tangent
      let part = i == 0 ? try derivativeA(tangent, a, b) : try derivativeB(tangent, a, b)
      sum = try add(sum, part)
    }
    return sum
  }
}

extension Where {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    let zero = try Tensor.scalar(0, dtype: output.dtype)
    return try Tensor.where(node.saved(0), tangents[0] ?? zero, tangents[1] ?? zero).expand(output.shape)
  }
}

// MARK: - Linear operations: they themselves, of the tangent

extension Reshape {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? { try tangents[0]?.reshape(output.shape) }
}

extension Permute {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? { try tangents[0]?.permute(node.attributes.dims) }
}

extension Expand {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? { try tangents[0]?.expand(output.shape) }
}

extension Clone {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? { tangents[0] }
}

extension Cast {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? { try tangents[0]?.to(output.dtype) }
}

extension Flip {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? { try tangents[0]?.flip(node.attributes.dims) }
}

extension Unbind {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? { try tangents[0]?.select(node.attributes.index, output.index) }
}

extension Sum {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    try tangents[0]?.sum(to: node.attributes.dims).reshape(output.shape)
  }
}

extension Unslice {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    return try apply(tangent, output.shape, node.attributes.dims)
  }
}

extension Concatenate {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    var parts: [Tensor] = []
    for i in 0..<node.inputCount {
      let known = i < tangents.count ? tangents[i] : nil
      let part = if let known { known } else { try Tensor.zeros(node.inputShape(i), dtype: output.dtype) }
      parts.append(part)
    }
    return try Tensor.cat(parts, dim: node.attributes.index)
  }
}

extension IndexGet {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    return try apply(
      tangent, Places(starts: node.saved(0), block: node.attributes.index, shape: output.shape))
  }
}

// MARK: - Products: the sum of the products with one factor's tangent

extension MatMul {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    let (a, b) = (try node.saved(0), try node.saved(1))
    let ofA = if let tangent = tangents[0] { try tangent.matmul(b) } else { nil as Tensor? }
    guard tangents.count > 1, let tangent = tangents[1] else { return ofA }
    return try add(ofA, a.matmul(tangent))
  }
}

extension Linear {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    let (x, weight) = (try node.saved(0), try node.saved(1))
    var sum: Tensor?
    if let tangent = tangents[0] { sum = try apply(tangent, weight, nil) }
    if tangents.count > 1, let tangent = tangents[1] { sum = try add(sum, apply(x, tangent, nil)) }
    if tangents.count > 2, let tangent = tangents[2] { sum = try add(sum, tangent) }
    return try sum?.expand(output.shape)
  }
}

extension Convolution {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    let (x, weight) = (try node.saved(0), try node.saved(1))
    let geometry = ConvolutionGeometry(node.attributes)
    var sum: Tensor?
    if let tangent = tangents[0] { sum = try apply(tangent, weight, nil, geometry) }
    if tangents.count > 1, let tangent = tangents[1] { sum = try add(sum, apply(x, tangent, nil, geometry)) }
    if tangents.count > 2, let tangent = tangents[2] {
      var line = Dims(repeating: 1, count: output.shape.count)
      line[1] = tangent.shape[0]
      sum = try add(sum, tangent.reshape(line))
    }
    return try sum?.expand(output.shape)
  }
}

private func add(_ sum: Tensor?, _ part: Tensor) throws(ThalwegError) -> Tensor {
  if let sum { try sum + part } else { part }
}
