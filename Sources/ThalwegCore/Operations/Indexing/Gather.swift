import CKernels

/// gather(x, dim, index): y[i, j, k] = x[i, index[i, j, k], k] for dim 1, in the shape of `index`, which is no larger than
/// x along the other dimensions. And its counterparts, which put or add elements there. A composition of `IndexGet`,
/// `IndexPut` and `IndexAccumulate`.
extension Tensor {
  public func gather(_ dim: Int, _ index: Tensor) throws(ThalwegError) -> Tensor {
    let (x, places) = try elements(dim, index, in: "gather")
    return try IndexGet.apply(x, places).reshape(index.shape)
  }

  /// This tensor with src[i, j, k] in the place of element [i, index[i, j, k], k] (for dim 1). `src` is at least as large
  /// as `index` along every dimension, or a scalar for all.
  public func scatter(_ dim: Int, _ index: Tensor, _ src: Tensor) throws(ThalwegError) -> Tensor {
    let (x, places) = try elements(dim, index, in: "scatter")
    let values = try sources(src, index, in: "scatter")
    return try IndexPut.apply(x, places, values).reshape(shape)
  }

  /// As `scatter`, but adds.
  public func scatterAdd(_ dim: Int, _ index: Tensor, _ src: Tensor) throws(ThalwegError) -> Tensor {
    let (x, places) = try elements(dim, index, in: "scatter_add")
    return try x.adding(sources(src, index, in: "scatter_add"), places).reshape(shape)
  }

  /// As `scatter`, but multiplies. Derivative: that of `scatterReduce`'s product.
  public func scatterMultiply(_ dim: Int, _ index: Tensor, _ src: Tensor) throws(ThalwegError) -> Tensor {
    if Node.records(self, src) { return try scatterReduce(dim, index, src, .product) }
    let (x, places) = try elements(dim, index, in: "scatter")
    let values = try sources(src, index, in: "scatter").contiguous()
    guard let multiply = kernels.pointee.mul[dtype] else { throw unsupported("scatter", dtype) }
    let y = try x.clone()
    BlockMoves.combine(
      multiply, places.starts, block: 1, elementSize: dtype.size, from: values.address, to: y.address,
      length: y.numel)
    return try y.reshape(shape)
  }

  /// The elements at the given indices along `dim` (negative ones count from the end), all other dimensions broadcast; nil stands for the flattened tensor.
  public func takeAlongDim(_ index: Tensor, _ dim: Int? = nil) throws(ThalwegError) -> Tensor {
    guard let dim else { return try reshape([-1]).takeAlongDim(index.reshape([-1]), 0) }
    let axis = try Dims.resolve(dim, rank: rank, in: "take_along_dim")
    guard index.rank == rank else {
      throw ThalwegError(
        .shape,
        "take_along_dim: the indices have \(index.rank) dimensions, the tensor \(rank); they must be equal")
    }
    var (own, others) = (shape, index.shape)
    if rank > 0 { (own[axis], others[axis]) = (1, 1) }
    var common = try Dims.broadcast(own, others, in: "take_along_dim")
    if rank > 0 { common[axis] = index.shape[axis] }
    let target = try index.expand(common)
    if rank > 0 { common[axis] = shape[axis] }
    let (x, places) = try expand(common).elements(axis, target, fromEnd: true, in: "take_along_dim")
    return try IndexGet.apply(x, places).reshape(target.shape)
  }

  /// Where the elements lie that `index` chooses along `dim`; a scalar counts as one element.
  func elements(
    _ dim: Int, _ index: Tensor, fromEnd: Bool = false, in function: StaticString
  ) throws(ThalwegError) -> (Tensor, Places) {
    let (x, axis) = try indexed(along: dim, in: function)
    if index.numel == 0 {
      return (x, Places(starts: try Tensor.make([0], .int64, for: function), block: 1, shape: index.shape))
    }
    let spread = index.rank == 0 ? try index.reshape([1]) : index
    guard spread.rank == x.rank else {
      throw ThalwegError(
        .shape,
        "\(function): the index has \(index.rank) dimensions, the tensor \(rank); they must be equal")
    }
    var indices: [Tensor?] = []
    for i in x.shape.indices {
      if i == axis {
        indices.append(
          try IndexTensor.checked(spread, below: x.shape[axis], fromEnd: fromEnd, in: function))
        continue
      }
      guard spread.shape[i] <= x.shape[i] else {
        throw ThalwegError(
          .shape,
          "\(function): the index has shape \(index.shape), the tensor \(shape); except in dimension \(axis) it must not be larger"
        )
      }
      let line = try Tensor.arange(0, Double(spread.shape[i]))
      indices.append(try line.reshape(Dims([line.numel] + x.shape[(i + 1)...].map { _ in 1 })))
    }
    return (x, try Places(indices, of: x.shape, in: function))
  }

  /// The part of `src` that an index of this shape uses.
  func sources(
    _ src: Tensor, _ index: Tensor, in function: StaticString
  ) throws(ThalwegError) -> Tensor {
    guard src.dtype == dtype else {
      throw ThalwegError(
        .dtype, "\(function): src is \(src.dtype), the tensor \(dtype); they must be equal")
    }
    let shape = index.rank == 0 && index.numel == 1 ? [1] : index.shape
    if src.rank == 0 { return try src.expand(shape) }
    guard src.rank == shape.count, shape.indices.allSatisfy({ shape[$0] <= src.shape[$0] }) else {
      throw ThalwegError(
        .shape,
        "\(function): src has shape \(src.shape), the index \(index.shape); src must be at least as large in every dimension"
      )
    }
    var part = src
    for i in shape.indices { part = try part.slice(i, 0, shape[i]) }
    return part
  }
}
