import CKernels

/// index(x, indices): the elements of x that index tensors choose, one index tensor a dimension, nil (or none at the
/// end) for a dimension kept whole; `Places` says where they stand in the result. Integer indices may be negative, which
/// count from the end; a bool index stands for the coordinates of its true elements and covers as many dimensions as it
/// has. NumPy's "advanced indexing".
/// Derivative: `IndexAccumulate`, zeros to which g's elements are added where they came from.
package enum IndexGet: Operation {
  package static let name: StaticString = "index"

  package static func apply(_ x: Tensor, _ places: Places) throws(ThalwegError) -> Tensor {
    let y = try Tensor.make(places.shape, x.dtype, for: name)
    let source = try noGrad { () throws(ThalwegError) in try x.contiguous() }
    BlockMoves.gather(
      places.starts, block: places.block, elementSize: x.dtype.size, from: source.address, to: y.address)
    if Node.records(x) {
      let node = Node(Self.self, Attributes(index: places.block))
      try node.connect(x)
      node.save(places.starts)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let places = Places(starts: try node.saved(0), block: node.attributes.index, shape: gradient.shape)
    try pass.send(try IndexAccumulate.apply(gradient, places, node.inputShape(0)), from: node, to: 0)
  }
}

/// Zeros of a given shape to which the elements of g are added at given places, in g's order: the same bits for any
/// number of threads.
/// Derivative: `IndexGet`.
package enum IndexAccumulate: Operation {
  package static let name: StaticString = "index_backward"

  package static func apply(
    _ g: Tensor, _ places: Places, _ shape: Dims
  ) throws(ThalwegError) -> Tensor {
    guard let add = kernels.pointee.add[g.dtype] else { throw unsupported(name, g.dtype) }
    let y = try Tensor.zeros(shape, dtype: g.dtype)
    let source = try noGrad { () throws(ThalwegError) in try g.contiguous() }
    BlockMoves.add(
      add, g.dtype, places.starts, block: places.block, from: source.address, to: y.address, length: y.numel)
    if Node.records(g) {
      let node = Node(Self.self, Attributes(index: places.block))
      try node.connect(g)
      node.save(places.starts)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let places = Places(
      starts: try node.saved(0), block: node.attributes.index, shape: node.inputShape(0))
    try pass.send(try IndexGet.apply(gradient, places), from: node, to: 0)
  }
}

extension Tensor {
  /// The elements that index tensors choose; see `IndexGet`.
  /// - Throws: `.invalidArgument` for an index out of range or too many of them, `.shape` for indices that do not
  ///   broadcast or a mask of another shape, `.dtype` for indices that are neither integers nor bools.
  public func index(_ indices: [Tensor?]) throws(ThalwegError) -> Tensor {
    let columns = try IndexTensor.columns(indices, of: shape, in: IndexGet.name)
    if isContiguous || Node.records(self) {
      return try IndexGet.apply(self, Places(columns, of: shape, in: IndexGet.name))
    }
    // Where nothing is recorded the places may be those in memory: a view need not be copied first.
    let places = try Places(columns, of: shape, strides: strides, in: IndexGet.name)
    let y = try Tensor.make(places.shape, dtype, for: IndexGet.name)
    BlockMoves.gather(
      places.starts, block: places.block, elementSize: dtype.size, from: address, to: y.address)
    return y
  }

  /// The parts at the given indices (int64 or int32, one dimension) along `dim`, in their order; an index may occur
  /// several times.
  public func indexSelect(_ dim: Int, _ indices: Tensor) throws(ThalwegError) -> Tensor {
    let (x, axis) = try indexed(along: dim, in: "index_select")
    let list = try IndexTensor.list(indices, below: x.shape[axis], in: "index_select")
    let y = try IndexGet.apply(x, Places.along(axis, list, of: x.shape, in: "index_select"))
    return rank == 0 ? try y.reshape([]) : y
  }

  /// The elements at the given places of the flattened tensor, in the shape of `indices`; negative ones count from the
  /// end.
  public func take(_ indices: Tensor) throws(ThalwegError) -> Tensor {
    let places = try IndexTensor.checked(indices, below: numel, fromEnd: true, in: "take")
    return try IndexGet.apply(
      self, Places(starts: places.reshape([-1]), block: 1, shape: indices.shape))
  }

  /// The elements at which `mask` is true, one dimension; x and mask are broadcast.
  public func maskedSelect(_ mask: Tensor) throws(ThalwegError) -> Tensor {
    guard mask.dtype == .bool else { throw Tensor.notAMask(mask, "masked_select") }
    let shape = try Dims.broadcast(self.shape, mask.shape, in: "masked_select")
    let starts = try Nonzero.places(mask.expand(shape))
    return try IndexGet.apply(expand(shape), Places(starts: starts, block: 1, shape: starts.shape))
  }

  static func notAMask(_ mask: Tensor, _ function: StaticString) -> ThalwegError {
    ThalwegError(.dtype, "\(function): the mask is \(mask.dtype); it must be bool")
  }

  /// A dimension to be indexed, and the tensor, of which a scalar counts as one element.
  func indexed(
    along dim: Int, in function: StaticString
  ) throws(ThalwegError) -> (x: Tensor, axis: Int) {
    (rank == 0 ? try reshape([1]) : self, try Dims.resolve(dim, rank: rank, in: function))
  }
}

extension Places {
  /// Those of a list of checked indices along one dimension.
  static func along(
    _ axis: Int, _ list: Tensor, of shape: Dims, in function: StaticString
  ) throws(ThalwegError) -> Places {
    var indices = [Tensor?](repeating: nil, count: axis)
    indices.append(list)
    return try Places(indices, of: shape, in: function)
  }
}
