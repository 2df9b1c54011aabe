// How operations carry tangents forward: the Jacobian times the tangents of the inputs. Those of the rules that are not
// here need what is private to their operations and stand beside `backward` there.

extension DifferentiableOperation {
  /// For operations of one input whose Jacobian is symmetric, such as a function of each element.
  fileprivate static func backwardAsForward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents.first ?? nil else { return nil }
    return try BackwardPass.product(node, [(output.index, tangent)], for: 1).first?.gradient
  }

  /// For operations of which every element of an input has a part in one element of the result only, such as reductions: the
  /// gradient for ones is all that the Jacobian has.
  /// - Parameter kept: the result's shape beside the input's; nil: they are one.
  static func slopesAsForward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm, input: Int = 0, kept: Dims? = nil
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[input] else { return nil }
    let ones = try Tensor.ones(output.shape, dtype: output.dtype)
    let slopes = try BackwardPass.product(node, [(output.index, ones)], for: 1 << UInt64(input)).first?
      .gradient
    guard let slopes else { return nil }
    return try (slopes * tangent).sum(to: kept ?? output.shape).reshape(output.shape)
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

extension LogSoftmax {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    return try tangent - (node.saved(0).exp() * tangent).sum([-1], keepDim: true)
  }
}

extension BinaryCrossEntropy {
  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    var sum: Tensor?
    for i in 0..<2 {
      if let part = try slopesAsForward(node, tangents, output, input: i) { sum = try add(sum, part) }
    }
    return sum
  }
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

func add(_ sum: Tensor?, _ part: Tensor) throws(ThalwegError) -> Tensor {
  if let sum { try sum + part } else { part }
}
