/// slice(x, dim, start, end, step): the indices start, start + step, ... below end along `dim`; negative start and end
/// count from the end, and both are clamped, as in Python. A view.
/// Derivative: `Unslice`, zeros with g in the slice's place.
package enum Slice: Operation {
  package static let name: StaticString = "slice"

  package static func apply(
    _ x: Tensor, _ dim: Int, _ start: Int, _ end: Int, _ step: Int
  ) throws(ThalwegError) -> Tensor {
    let axis = try Dims.resolve(dim, rank: x.rank, in: name)
    guard x.rank > 0 else { throw ThalwegError(.shape, "slice: a scalar has no dimension to slice") }
    guard step > 0 else {
      throw ThalwegError(.invalidArgument, "slice: the step is \(step); it must be positive")
    }
    let size = x.shape[axis]
    let first = clamp(start, size)
    let last = max(first, clamp(end, size))
    let count = (last - first) / step + ((last - first) % step > 0 ? 1 : 0)
    if first == 0, count == size { return x }
    var shape = x.shape
    var strides = x.strides
    shape[axis] = count
    if count > 1 { strides[axis] = x.strides[axis] &* step }
    let y = Tensor(
      storage: x.storage, shape: shape, strides: strides,
      offset: count == 0 ? x.offset : x.offset &+ first &* x.strides[axis], dtype: x.dtype)
    if Node.records(x) {
      let node = Node(Self.self, Attributes(dims: [axis, first, step]))
      try node.connect(x)
      try y.attach(node)
    }
    return y
  }

  private static func clamp(_ index: Int, _ size: Int) -> Int {
    index >= 0 ? min(index, size) : index < -size ? 0 : index + size
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    try pass.send(try Unslice.apply(gradient, node.inputShape(0), node.attributes.dims), from: node, to: 0)
  }

  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    let place = node.attributes.dims
    return try tangents[0]?.slice(at: place, count: output.shape[place[0]])
  }
}

/// Zeros of a given shape with g in the place of a slice. Derivative: the slice.
package enum Unslice: Operation {
  package static let name: StaticString = "slice_backward"

  /// - Parameter place: axis, first index, step.
  package static func apply(_ g: Tensor, _ shape: Dims, _ place: Dims) throws(ThalwegError) -> Tensor {
    let y = try Tensor.zeros(shape, dtype: g.dtype)
    let target = try y.slice(at: place, count: g.shape[place[0]])
    StridedLoop.copy(
      g.shape, to: target.address, target.strides, from: g.address, g.strides, elementSize: g.dtype.size)
    if Node.records(g) {
      let node = Node(Self.self, Attributes(dims: place))
      try node.connect(g)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let place = node.attributes.dims
    try pass.send(
      try gradient.slice(at: place, count: node.inputShape(0)[place[0]]), from: node, to: 0)
  }
}

extension Tensor {
  public func slice(_ dim: Int, _ start: Int, _ end: Int, step: Int = 1) throws(ThalwegError) -> Tensor {
    try Slice.apply(self, dim, start, end, step)
  }

  /// `count` indices at a place given as axis, first index and step.
  fileprivate func slice(at place: Dims, count: Int) throws(ThalwegError) -> Tensor {
    let (axis, first, step) = (place[0], place[1], place[2])
    return try slice(axis, first, count == 0 ? first : first + (count - 1) * step + 1, step: step)
  }

  /// The part at `index` along `dim`, without that dimension. A view.
  public func select(_ dim: Int, _ index: Int) throws(ThalwegError) -> Tensor {
    let axis = try Dims.resolve(dim, rank: rank, in: "select")
    guard rank > 0 else { throw ThalwegError(.shape, "select: a scalar has no dimension to select from") }
    guard index >= -shape[axis], index < shape[axis] else {
      throw ThalwegError(
        .invalidArgument,
        "select: index \(index) is out of range for dimension \(axis) of \(shape); \(-shape[axis]) to \(shape[axis] - 1) exist"
      )
    }
    let first = index < 0 ? index + shape[axis] : index
    var rest = shape
    rest.remove(at: axis)
    return try slice(axis, first, first + 1).reshape(rest)
  }
}
