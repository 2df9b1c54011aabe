// How operations carry a batch of tangents forward at once: every tangent has a first dimension more. Those without a rule
// here take one after the other.

extension DifferentiableOperation {
  package static func forward(
    _ node: Node, batch tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? { nil }

  /// For functions of each element, whose Jacobian is its own transpose.
  fileprivate static func backwardAsForward(
    _ node: Node, batch tangents: [Tensor?]
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    return try node.alone(with: [], for: 1) { () throws(ThalwegError) in
      try backward(node, batch: tangent)?[0]
    }
  }
}

// MARK: - Functions of each element

extension UnaryOperation {
  package static func forward(
    _ node: Node, batch tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? { try backwardAsForward(node, batch: tangents) }
}

extension ParametricActivation {
  package static func forward(
    _ node: Node, batch tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? { try backwardAsForward(node, batch: tangents) }
}

extension BinaryOperation {
  package static func forward(
    _ node: Node, batch tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    var sum: Tensor?
    for (i, tangent) in tangents.enumerated() {
      guard let tangent = try tangent?.expandedInBatch(to: output.shape) else { continue }
      let a = savesOperands ? try node.saved(0) : tangent
      let b = savesOperands ? try node.saved(1) : tangent
      sum = try add(sum, i == 0 ? derivativeA(tangent, a, b) : derivativeB(tangent, a, b))
    }
    return sum
  }
}

// MARK: - Linear operations

extension Reshape {
  package static func forward(
    _ node: Node, batch tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    return try tangent.reshape(tangent.batched(output.shape))
  }
}

extension Permute {
  package static func forward(
    _ node: Node, batch tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    var order: Dims = [0]
    for dim in node.attributes.dims { order.append(dim + 1) }
    return try tangents[0]?.permute(order)
  }
}

extension Expand {
  package static func forward(
    _ node: Node, batch tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? { try tangents[0]?.expandedInBatch(to: output.shape) }
}

extension Clone {
  package static func forward(
    _ node: Node, batch tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? { tangents[0] }
}

extension Cast {
  package static func forward(
    _ node: Node, batch tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? { try tangents[0]?.to(output.dtype) }
}

extension Sum {
  package static func forward(
    _ node: Node, batch tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    return try tangent.sum(inBatchTo: node.attributes.dims).reshape(tangent.batched(output.shape))
  }
}

// MARK: - Products

extension MatMul {
  package static func forward(
    _ node: Node, batch tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    let (a, b) = (try node.saved(0), try node.saved(1))
    let rank = output.shape.count
    var sum: Tensor?
    if let tangent = tangents[0] {
      if a.rank == 2 && b.rank == 2 {
        let rows = try tangent.reshape([tangent.shape[0] * a.shape[0], a.shape[1]]).matmul(b)
        sum = try rows.reshape(tangent.batched(output.shape))
      } else {
        sum = try tangent.paddedInBatch(to: rank).matmul(b)
      }
    }
    if tangents.count > 1, let tangent = tangents[1] {
      sum = try add(sum, a.matmul(tangent.paddedInBatch(to: rank)))
    }
    return sum
  }
}

extension Linear {
  package static func forward(
    _ node: Node, batch tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    let (x, weight) = (try node.saved(0), try node.saved(1))
    var sum: Tensor?
    if let tangent = tangents[0] { sum = try apply(tangent, weight, nil) }
    if tangents.count > 1, let tangent = tangents[1] {
      let rows = try x.reshape([Dims(x.shape.dropLast()).product, weight.shape[1]])
      let product = try rows.matmul(tangent.transpose(1, 2))
      sum = try add(sum, product.reshape(tangent.batched(output.shape)))
    }
    if tangents.count > 2, let tangent = tangents[2] {
      sum = try add(sum, tangent.expandedInBatch(to: output.shape))
    }
    return sum
  }
}

extension Tensor {
  /// As what would be broadcast beside tensors of `rank` dimensions, the batch before these.
  fileprivate func paddedInBatch(to rank: Int) throws(ThalwegError) -> Tensor {
    var padded = Dims(repeating: 1, count: rank + 1)
    padded[0] = shape[0]
    for i in 1..<self.rank { padded[rank + 1 - self.rank + i] = shape[i] }
    return try reshape(padded)
  }

  /// A batch of what each broadcasts to at `target`.
  fileprivate func expandedInBatch(to target: Dims) throws(ThalwegError) -> Tensor {
    try paddedInBatch(to: target.count).expand(batched(target))
  }
}
