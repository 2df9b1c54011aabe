import CKernels

/// index_put(x, indices, v): x with the elements that index tensors choose (see `IndexGet`) replaced by those of v, which
/// is broadcast to them. Where an element is chosen several times the last value stays.
/// Derivative: for x g with zeros at the places; for v the elements of g there (as PyTorch: for each of several values for
/// one place the same).
package enum IndexPut: Operation {
  package static let name: StaticString = "index_put"

  /// - Parameter v: of the shape of `places` and x's dtype.
  package static func apply(_ x: Tensor, _ places: Places, _ v: Tensor) throws(ThalwegError) -> Tensor {
    let (y, values) = try noGrad { () throws(ThalwegError) in (try x.clone(), try v.contiguous()) }
    BlockMoves.scatter(
      places.starts, block: places.block, elementSize: x.dtype.size, from: values.address, to: y.address)
    if Node.records(x, v) {
      let node = Node(Self.self, Attributes(index: places.block))
      try node.connect(x)
      try node.connect(v)
      node.save(places.starts)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let places = Places(
      starts: try node.saved(0), block: node.attributes.index, shape: node.inputShape(1))
    if node.needs(0) {
      let zeros = try Tensor.scalar(0, dtype: gradient.dtype).expand(places.shape)
      try pass.send(try apply(gradient, places, zeros), from: node, to: 0)
    }
    if node.needs(1) { try pass.send(try IndexGet.apply(gradient, places), from: node, to: 1) }
  }
}

extension Tensor {
  /// This tensor with the chosen elements replaced by those of `values` or, where `accumulate`, with the values added to
  /// them, also to one that is chosen several times; see `IndexPut`.
  /// - Throws: as `index`; `.dtype` unless the values have this tensor's dtype, `.shape` unless they broadcast.
  public func indexPut(
    _ indices: [Tensor?], _ values: Tensor, accumulate: Bool = false
  ) throws(ThalwegError) -> Tensor {
    let columns = try IndexTensor.columns(indices, of: shape, in: IndexPut.name)
    let places = try Places(columns, of: shape, in: IndexPut.name)
    let spread = try checked(values, for: places, in: IndexPut.name)
    return accumulate ? try adding(spread, places) : try IndexPut.apply(self, places, spread)
  }

  /// Sets the chosen elements, in place, to `values`, which are converted and broadcast; or adds the values to them.
  /// - Throws: as `index`; `.autograd` for a tensor, or values, that belong to a graph of derivatives.
  public func set(
    at indices: [Tensor?], to values: Tensor, accumulate: Bool = false
  ) throws(ThalwegError) {
    try checkWritable(by: IndexPut.name)
    if values.requiresGrad && GradMode.isEnabled {
      throw ThalwegError(
        .autograd,
        "index_put: the values require a gradient, which a change in place cannot record; detach() them")
    }
    try noGrad { () throws(ThalwegError) in
      let columns = try IndexTensor.columns(indices, of: shape, in: IndexPut.name)
      let places = try Places(columns, of: shape, strides: strides, in: IndexPut.name)
      let spread = try checked(values.to(dtype), for: places, in: IndexPut.name).contiguous()
      let source = spread.storage === storage ? try spread.clone() : spread
      if accumulate {
        guard let add = kernels.pointee.add[dtype] else { throw unsupported(IndexPut.name, dtype) }
        BlockMoves.add(
          add, dtype, places.starts, block: places.block, from: source.address, to: address,
          length: storage.byteCount / dtype.size)
      } else {
        BlockMoves.scatter(
          places.starts, block: places.block, elementSize: dtype.size, from: source.address, to: address)
      }
    }
    storage.didChange(by: IndexPut.name)
  }

  /// The values spread over the places. They may have more dimensions, of size 1, in front.
  private func checked(
    _ values: Tensor, for places: Places, in function: StaticString
  ) throws(ThalwegError) -> Tensor {
    guard values.dtype == dtype else {
      throw ThalwegError(
        .dtype, "\(function): the values are \(values.dtype), the tensor \(dtype); they must be equal")
    }
    var shape = values.shape
    while shape.count > places.shape.count, shape[0] == 1 { shape.remove(at: 0) }
    guard try Dims.broadcast(shape, places.shape, in: function) == places.shape else {
      throw ThalwegError(
        .shape, "\(function): values of shape \(values.shape) do not broadcast to \(places.shape)")
    }
    return try values.reshape(shape).expand(places.shape)
  }

  /// x + v at the places: the form of accumulation that is recorded. Bools are joined by "or".
  func adding(_ v: Tensor, _ places: Places) throws(ThalwegError) -> Tensor {
    if dtype == .bool {
      return try logicalOr(IndexAccumulate.apply(v.to(.int64), places, shape).to(.bool))
    }
    return try self + IndexAccumulate.apply(v, places, shape)
  }

  // MARK: - Along one dimension

  /// This tensor with the parts of `source`, times `alpha`, added at the given indices along `dim`.
  public func indexAdd(
    _ dim: Int, _ indices: Tensor, _ source: Tensor, alpha: Double = 1
  ) throws(ThalwegError) -> Tensor {
    let (x, places, values) = try parts(dim, indices, source, in: "index_add")
    let scaled = alpha == 1 ? values : try values * Tensor.factor(alpha, for: values)
    return try x.adding(scaled, places).reshape(shape)
  }

  /// This tensor with the parts of `source` in the place of its own at the given indices along `dim`.
  public func indexCopy(_ dim: Int, _ indices: Tensor, _ source: Tensor) throws(ThalwegError) -> Tensor {
    let (x, places, values) = try parts(dim, indices, source, in: "index_copy")
    return try IndexPut.apply(x, places, values).reshape(shape)
  }

  /// This tensor with all elements at the given indices along `dim` set to `value`, a scalar; negative indices count
  /// from the end.
  public func indexFill(_ dim: Int, _ indices: Tensor, _ value: Tensor) throws(ThalwegError) -> Tensor {
    guard value.rank == 0 else {
      throw ThalwegError(
        .shape, "index_fill: the value has shape \(value.shape); it must be a scalar")
    }
    let (x, axis) = try indexed(along: dim, in: "index_fill")
    let list = try IndexTensor.list(indices, below: x.shape[axis], fromEnd: true, in: "index_fill")
    let isFilled = try Tensor.zeros([x.shape[axis]], dtype: .bool)
    try isFilled.set(at: [list], to: Tensor.scalar(1, dtype: .bool))
    let mask = try isFilled.reshape(Dims([isFilled.numel] + x.shape[(axis + 1)...].map { _ in 1 }))
    return try Tensor.where(mask, value.to(dtype), x).reshape(shape)
  }

  private func parts(
    _ dim: Int, _ indices: Tensor, _ source: Tensor, in function: StaticString
  ) throws(ThalwegError) -> (Tensor, Places, Tensor) {
    let (x, axis) = try indexed(along: dim, in: function)
    let list = try IndexTensor.list(indices, below: x.shape[axis], in: function)
    let values = source.rank == 0 ? try source.reshape([1]) : source
    var expected = x.shape
    expected[axis] = list.numel
    guard values.shape == expected else {
      throw ThalwegError(
        .shape,
        "\(function): the source has shape \(source.shape); for \(list.numel) indices along dimension \(axis) of \(shape) it must be \(expected)"
      )
    }
    guard source.dtype == dtype else {
      throw ThalwegError(
        .dtype, "\(function): the source is \(source.dtype), the tensor \(dtype); they must be equal")
    }
    return (x, try Places.along(axis, list, of: x.shape, in: function), values)
  }
}
