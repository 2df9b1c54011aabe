/// permute(x, dims): dimension i of the result is dimension dims[i] of x. A view.
/// Derivative: g under the inverse permutation.
package enum Permute: Operation {
  package static let name: StaticString = "permute"

  package static func apply(_ x: Tensor, _ dims: Dims) throws(ThalwegError) -> Tensor {
    let order = try Dims.resolve(dims, rank: x.rank, in: name)
    guard order.count == x.rank else {
      throw ThalwegError(
        .shape, "permute: \(dims) names \(dims.count) of the \(x.rank) dimensions of \(x.shape)")
    }
    if x.rank == 0 { return x }
    let y = Tensor(
      storage: x.storage, shape: Dims(order.map { x.shape[$0] }), strides: Dims(order.map { x.strides[$0] }),
      offset: x.offset, dtype: x.dtype)
    if Node.records(x) {
      let node = Node(Self.self, Attributes(dims: order))
      try node.connect(x)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let order = node.attributes.dims
    var inverse = order
    for i in order.indices { inverse[order[i]] = i }
    try pass.send(try gradient.permute(inverse), from: node, to: 0)
  }
}

extension Tensor {
  public func permute(_ dims: Dims) throws(ThalwegError) -> Tensor { try Permute.apply(self, dims) }

  /// Exchanges two dimensions. A view.
  public func transpose(_ dim0: Int, _ dim1: Int) throws(ThalwegError) -> Tensor {
    let i = try Dims.resolve(dim0, rank: rank, in: "transpose")
    let j = try Dims.resolve(dim1, rank: rank, in: "transpose")
    if rank == 0 { return self }
    var order = Dims(shape.indices)
    order.swapAt(i, j)
    return try permute(order)
  }

  /// Dimensions moved to other places, the rest in their order. A view.
  public func movedim(_ source: Dims, _ destination: Dims) throws(ThalwegError) -> Tensor {
    let from = try Dims.resolve(source, rank: rank, in: "movedim")
    let to = try Dims.resolve(destination, rank: rank, in: "movedim")
    guard from.count == to.count else {
      throw ThalwegError(
        .invalidArgument, "movedim: \(from.count) dimensions for \(to.count) places; give one for each")
    }
    if rank == 0 { return self }
    var rest = shape.indices.filter { !from.contains($0) }.makeIterator()
    var order = Dims()
    for i in shape.indices {
      if let which = to.firstIndex(of: i) {
        order.append(from[which])
      } else {
        order.append(rest.next() ?? 0)
      }
    }
    return try permute(order)
  }
}
