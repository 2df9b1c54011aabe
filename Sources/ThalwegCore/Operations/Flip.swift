/// flip(x, dims): the order of the elements along `dims` reversed; a copy.
/// Derivative: g flipped.
package enum Flip: Operation {
  package static let name: StaticString = "flip"

  package static func apply(_ x: Tensor, _ dims: Dims) throws(ThalwegError) -> Tensor {
    let reversed = try Dims.resolve(dims, rank: x.rank, in: name)
    let y = try Tensor.make(x.shape, x.dtype, for: name)
    var strides = x.strides
    var last = 0
    for dim in reversed where x.rank > 0 {
      strides[dim] = 0 &- strides[dim]
      last &+= (x.shape[dim] &- 1) &* x.strides[dim]
    }
    if y.numel > 0 {
      StridedLoop.copy(
        x.shape, to: y.address, y.strides, from: x.address + last &* x.dtype.size, strides,
        elementSize: x.dtype.size)
    }
    if Node.records(x) {
      let node = Node(Self.self, Attributes(dims: reversed))
      try node.connect(x)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    try pass.send(try apply(gradient, node.attributes.dims), from: node, to: 0)
  }
}

extension Tensor {
  public func flip(_ dims: Dims) throws(ThalwegError) -> Tensor { try Flip.apply(self, dims) }

  /// The elements moved along `dims` by `shifts`, one each; those that leave at one end come in at the other. Without
  /// `dims` the flattened tensor is rolled, by one shift, and has its shape again.
  public func roll(_ shifts: [Int], _ dims: Dims = []) throws(ThalwegError) -> Tensor {
    if dims.isEmpty && shifts.count == 1 {
      return try reshape([-1]).roll(shifts, [0]).reshape(shape)
    }
    guard shifts.count == dims.count else {
      throw ThalwegError(
        .invalidArgument, "roll: \(shifts.count) shifts for \(dims.count) dimensions; give one for each")
    }
    var x = self
    for (shift, dim) in zip(shifts, dims) {
      let axis = try Dims.resolve(dim, rank: rank, in: "roll")
      let size = rank == 0 ? 1 : shape[axis]
      let places = size == 0 ? 0 : (shift % size + size) % size
      if places == 0 { continue }
      x = try Tensor.cat(
        [x.slice(axis, size - places, size), x.slice(axis, 0, size - places)], dim: axis)
    }
    return x === self ? try clone() : x
  }

  /// Turned `times` times by 90 degrees in the plane of two dimensions, from the first towards the second.
  public func rot90(_ times: Int = 1, _ dim0: Int = 0, _ dim1: Int = 1) throws(ThalwegError) -> Tensor {
    let plane = try Dims.resolve([dim0, dim1], rank: rank, in: "rot90")
    guard rank > 1 else {
      throw ThalwegError(.shape, "rot90: shape \(shape) has no plane of two dimensions to turn in")
    }
    switch (times % 4 + 4) % 4 {
    case 1: return try flip([plane[1]]).transpose(plane[0], plane[1])
    case 2: return try flip(plane)
    case 3: return try flip([plane[0]]).transpose(plane[0], plane[1])
    default: return try clone()
    }
  }
}
