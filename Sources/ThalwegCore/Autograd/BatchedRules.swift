// How operations take a batch of gradients backward at once: every gradient has a first dimension more. Those without a
// rule here do one after the other.

extension DifferentiableOperation {
  package static func backward(_ node: Node, batch gradient: Tensor) throws(ThalwegError) -> [Tensor?]? {
    nil
  }
}

// MARK: - Functions of each element: saved tensors are broadcast over the batch

extension UnaryOperation {
  package static func backward(_ node: Node, batch gradient: Tensor) throws(ThalwegError) -> [Tensor?]? {
    let saved = saves == .nothing ? gradient : try node.saved(0)
    if !GradMode.isEnabled, let loop = derivativeKernel?[gradient.dtype] {
      return [try elementwise(loop, gradient, saved.expand(gradient.shape), name)]
    }
    return [try derivative(gradient, saved)]
  }
}

extension ParametricActivation {
  package static func backward(_ node: Node, batch gradient: Tensor) throws(ThalwegError) -> [Tensor?]? {
    [try derivative(gradient, node.saved(0), node.attributes.number, node.attributes.secondNumber)]
  }
}

extension BinaryOperation {
  package static func backward(_ node: Node, batch gradient: Tensor) throws(ThalwegError) -> [Tensor?]? {
    let a = savesOperands ? try node.saved(0) : gradient
    let b = savesOperands ? try node.saved(1) : gradient
    return [
      node.needs(0) ? try derivativeA(gradient, a, b).sum(inBatchTo: node.inputShape(0)) : nil,
      node.needs(1) ? try derivativeB(gradient, a, b).sum(inBatchTo: node.inputShape(1)) : nil,
    ]
  }
}

extension Where {
  package static func backward(_ node: Node, batch gradient: Tensor) throws(ThalwegError) -> [Tensor?]? {
    let condition = try node.saved(0)
    let zero = try Tensor.scalar(0, dtype: gradient.dtype)
    return [
      node.needs(0)
        ? try Tensor.where(condition, gradient, zero).sum(inBatchTo: node.inputShape(0)) : nil,
      node.needs(1)
        ? try Tensor.where(condition, zero, gradient).sum(inBatchTo: node.inputShape(1)) : nil,
    ]
  }
}

// MARK: - Linear operations

extension Reshape {
  package static func backward(_ node: Node, batch gradient: Tensor) throws(ThalwegError) -> [Tensor?]? {
    [try gradient.reshape(gradient.batched(node.inputShape(0)))]
  }
}

extension Permute {
  package static func backward(_ node: Node, batch gradient: Tensor) throws(ThalwegError) -> [Tensor?]? {
    let order = node.attributes.dims
    var inverse = Dims(repeating: 0, count: order.count + 1)
    for i in order.indices { inverse[order[i] + 1] = i + 1 }
    return [try gradient.permute(inverse)]
  }
}

extension Expand {
  package static func backward(_ node: Node, batch gradient: Tensor) throws(ThalwegError) -> [Tensor?]? {
    [try gradient.sum(inBatchTo: node.inputShape(0))]
  }
}

extension Clone {
  package static func backward(_ node: Node, batch gradient: Tensor) throws(ThalwegError) -> [Tensor?]? {
    [gradient]
  }
}

extension Cast {
  package static func backward(_ node: Node, batch gradient: Tensor) throws(ThalwegError) -> [Tensor?]? {
    [try gradient.to(node.inputDType(0))]
  }
}

extension Sum {
  package static func backward(_ node: Node, batch gradient: Tensor) throws(ThalwegError) -> [Tensor?]? {
    [
      try gradient.reshape(gradient.batched(node.attributes.dims))
        .expand(gradient.batched(node.inputShape(0)))
    ]
  }
}

extension Slice {
  package static func backward(_ node: Node, batch gradient: Tensor) throws(ThalwegError) -> [Tensor?]? {
    let place = node.attributes.dims
    return [
      try Unslice.apply(gradient, gradient.batched(node.inputShape(0)), [place[0] + 1, place[1], place[2]])
    ]
  }
}

extension Concatenate {
  package static func backward(_ node: Node, batch gradient: Tensor) throws(ThalwegError) -> [Tensor?]? {
    let axis = node.attributes.index
    var (start, parts): (Int, [Tensor?]) = (0, [])
    for i in 0..<node.inputCount {
      let shape = node.inputShape(i)
      if shape == [0] && gradient.rank > 2 {
        parts.append(try Tensor.zeros([gradient.shape[0], 0], dtype: gradient.dtype))
      } else {
        parts.append(node.needs(i) ? try gradient.slice(axis + 1, start, start + shape[axis]) : nil)
        start += shape[axis]
      }
    }
    return parts
  }
}

// MARK: - Products

extension MatMul {
  package static func backward(_ node: Node, batch gradient: Tensor) throws(ThalwegError) -> [Tensor?]? {
    let (a, b) = (try node.saved(0), try node.saved(1))
    // Of two matrices, the gradients of the left one are rows of one product.
    let isPlain = a.rank == 2 && b.rank == 2
    let (count, m, n) = (
      gradient.shape[0], gradient.shape[gradient.rank - 2], gradient.shape[gradient.rank - 1]
    )
    var (ofA, ofB): (Tensor?, Tensor?)
    if node.needs(0) {
      ofA =
        isPlain
        ? try gradient.reshape([count * m, n]).matmul(b.transpose(0, 1)).reshape([count, m, a.shape[1]])
        : try gradient.matmul(b.transpose(-2, -1)).sum(inBatchTo: a.shape)
    }
    if node.needs(1) { ofB = try a.transpose(-2, -1).matmul(gradient).sum(inBatchTo: b.shape) }
    return [ofA, ofB]
  }
}

extension Linear {
  package static func backward(_ node: Node, batch gradient: Tensor) throws(ThalwegError) -> [Tensor?]? {
    let (x, weight) = (try node.saved(0), try node.saved(1))
    let (batch, count) = (gradient.shape[0], Dims(x.shape.dropLast()).product)
    let g = try gradient.reshape([batch, count, weight.shape[0]])
    var result: [Tensor?] = [nil, nil, nil]
    if node.needs(0) {
      result[0] = try g.reshape([batch * count, weight.shape[0]]).matmul(weight).reshape(g.batched(x.shape))
    }
    if node.needs(1) {
      result[1] = try g.transpose(1, 2).matmul(x.reshape([count, weight.shape[1]]))
    }
    if node.inputCount > 2, node.needs(2) { result[2] = try g.sum([1]) }
    return result
  }
}

extension Tensor {
  /// A batch of this one's length of `shape`.
  package func batched(_ shape: Dims) -> Dims {
    var result = shape
    result.insert(self.shape[0], at: 0)
    return result
  }

  /// The sum over the dimensions along which `target` was repeated, but not over the first, that of the batch.
  func sum(inBatchTo target: Dims) throws(ThalwegError) -> Tensor {
    var padded = Dims(repeating: 1, count: rank)
    padded[0] = shape[0]
    for i in target.indices { padded[rank - target.count + i] = target[i] }
    return try sum(to: padded).reshape(batched(target))
  }
}
