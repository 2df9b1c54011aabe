/// cat(tensors, dim): the tensors one behind the other along `dim`; all other sizes equal, dtypes promoted. Empty tensors
/// of one dimension are left out beside others of more (as PyTorch).
/// Derivative: each tensor gets its slice of g.
package enum Concatenate: Operation {
  package static let name: StaticString = "cat"

  package static func apply(_ tensors: [Tensor], _ dim: Int) throws(ThalwegError) -> Tensor {
    guard let first = tensors.first(where: { $0.shape != [0] }) ?? tensors.first else {
      throw ThalwegError(.invalidArgument, "cat: no tensors were given; at least one is needed")
    }
    let axis = try Dims.resolve(dim, rank: first.rank, in: name)
    guard first.rank > 0 else { throw ThalwegError(.shape, "cat: scalars have no dimension to join along") }
    var shape = first.shape
    shape[axis] = 0
    var dtype = first.dtype
    for (i, tensor) in tensors.enumerated() {
      dtype = DType.promoted(dtype, tensor.dtype)
      if tensor.shape == [0] { continue }
      var expected = first.shape
      if tensor.rank == first.rank { expected[axis] = tensor.shape[axis] }
      guard tensor.shape == expected else {
        throw ThalwegError(
          .shape,
          "cat: tensor \(i) has shape \(tensor.shape), another \(first.shape); they may differ in dimension \(axis) only"
        )
      }
      shape[axis] &+= tensor.shape[axis]
    }
    let y = try Tensor.make(shape, dtype, for: name)
    let node =
      Node.records(tensors) ? Node(Self.self, Attributes(index: axis)) : nil
    var start = 0
    for tensor in tensors {
      let part = try tensor.to(dtype)
      try node?.connect(part)
      if part.shape == [0] { continue }
      StridedLoop.copy(
        part.shape, to: y.address + start &* y.strides[axis] &* dtype.size, y.strides,
        from: part.address, part.strides, elementSize: dtype.size)
      start += part.shape[axis]
    }
    if let node { try y.attach(node) }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    var start = 0
    for i in 0..<node.inputCount {
      let isLeftOut = node.inputShape(i) == [0] && gradient.rank > 1
      let end = isLeftOut ? start : start + node.inputShape(i)[node.attributes.index]
      if node.needs(i) {
        let part = try gradient.slice(node.attributes.index, start, end)
        try pass.send(isLeftOut ? try part.reshape([0]) : part, from: node, to: i)
      }
      start = end
    }
  }
}

extension Tensor {
  public static func cat(_ tensors: [Tensor], dim: Int = 0) throws(ThalwegError) -> Tensor {
    try Concatenate.apply(tensors, dim)
  }
}
