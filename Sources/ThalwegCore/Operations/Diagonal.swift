/// diagonal(x, offset, dim1, dim2): the elements [i, i + offset] of the plane of two dimensions, as a new last dimension
/// in their place. A view.
/// Derivative: `DiagonalEmbed`, zeros with g on the diagonal.
package enum Diagonal: Operation {
  package static let name: StaticString = "diagonal"

  package static func apply(_ x: Tensor, _ place: DiagonalPlace) throws(ThalwegError) -> Tensor {
    let y = place.view(of: x)
    if Node.records(x) {
      let node = Node(Self.self, place.attributes)
      try node.connect(x)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let place = DiagonalPlace(node.attributes)
    try pass.send(try DiagonalEmbed.apply(gradient, node.inputShape(0), place), from: node, to: 0)
  }

  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    return try apply(tangent, DiagonalPlace(node.attributes))
  }
}

/// Zeros of a given shape with g on a diagonal. Derivative: `Diagonal`.
package enum DiagonalEmbed: Operation {
  package static let name: StaticString = "diag_embed"

  package static func apply(
    _ g: Tensor, _ shape: Dims, _ place: DiagonalPlace
  ) throws(ThalwegError) -> Tensor {
    let y = try Tensor.zeros(shape, dtype: g.dtype)
    let target = place.view(of: y)
    StridedLoop.copy(
      g.shape, to: target.address, target.strides, from: g.address, g.strides, elementSize: g.dtype.size)
    if Node.records(g) {
      let node = Node(Self.self, place.attributes)
      try node.connect(g)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    try pass.send(try Diagonal.apply(gradient, DiagonalPlace(node.attributes)), from: node, to: 0)
  }

  package static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    return try apply(tangent, output.shape, DiagonalPlace(node.attributes))
  }
}

/// Which diagonal of which plane.
package struct DiagonalPlace {
  private let offset: Int
  private let dim1: Int
  private let dim2: Int

  package init(
    _ offset: Int, _ dim1: Int, _ dim2: Int, rank: Int, in function: StaticString
  ) throws(ThalwegError) {
    guard rank >= 2 else {
      throw ThalwegError(.shape, "\(function): a tensor of rank \(rank) has no plane of two dimensions")
    }
    let plane = try Dims.resolve([dim1, dim2], rank: rank, in: function)
    // Far outside is as good as anywhere outside.
    self.offset = min(max(offset, -(Int.max >> 8)), Int.max >> 8)
    (self.dim1, self.dim2) = (plane[0], plane[1])
  }

  fileprivate init(_ attributes: Attributes) {
    offset = attributes.index
    (dim1, dim2) = (attributes.dims[0], attributes.dims[1])
  }

  fileprivate var attributes: Attributes { Attributes(dims: [dim1, dim2], index: offset) }

  fileprivate func view(of x: Tensor) -> Tensor {
    let length =
      offset >= 0 ? min(x.shape[dim1], x.shape[dim2] - offset) : min(x.shape[dim1] + offset, x.shape[dim2])
    var (shape, strides) = (x.shape, x.strides)
    for dim in [max(dim1, dim2), min(dim1, dim2)] {
      shape.remove(at: dim)
      strides.remove(at: dim)
    }
    shape.append(max(0, length))
    strides.append(x.strides[dim1] &+ x.strides[dim2])
    let first = length <= 0 ? 0 : offset >= 0 ? offset &* x.strides[dim2] : -offset &* x.strides[dim1]
    return Tensor(
      storage: x.storage, shape: shape, strides: strides, offset: x.offset &+ first, dtype: x.dtype)
  }
}

extension Tensor {
  public func diagonal(
    _ offset: Int = 0, _ dim1: Int = 0, _ dim2: Int = 1
  ) throws(ThalwegError) -> Tensor {
    try Diagonal.apply(self, DiagonalPlace(offset, dim1, dim2, rank: rank, in: Diagonal.name))
  }

  /// Matrices in the plane of two new dimensions with the last dimension as their diagonal, 0 elsewhere.
  public func diagEmbed(
    _ offset: Int = 0, _ dim1: Int = -2, _ dim2: Int = -1
  ) throws(ThalwegError) -> Tensor {
    guard rank > 0 else { throw ThalwegError(.shape, "diag_embed: a scalar is no diagonal") }
    guard offset.magnitude < UInt(Int.max >> 8) else {
      throw ThalwegError(.invalidArgument, "diag_embed: the offset \(offset) is too large")
    }
    let plane = try Dims.resolve([dim1, dim2], rank: rank + 1, in: DiagonalEmbed.name)
    var shape = Dims(self.shape.dropLast())
    let size = self.shape[rank - 1] + Int(offset.magnitude)
    for dim in [min(plane[0], plane[1]), max(plane[0], plane[1])] { shape.insert(size, at: dim) }
    _ = try shape.checkedElementCount(of: dtype, in: DiagonalEmbed.name)
    let place = try DiagonalPlace(offset, dim1, dim2, rank: shape.count, in: DiagonalEmbed.name)
    return try DiagonalEmbed.apply(self, shape, place)
  }

  /// The diagonal of a matrix, or the matrix with a vector as its diagonal.
  public func diag(_ offset: Int = 0) throws(ThalwegError) -> Tensor {
    guard rank == 1 || rank == 2 else {
      throw ThalwegError(.shape, "diag: shape \(shape); a vector or a matrix is needed")
    }
    return try rank == 1 ? diagEmbed(offset) : diagonal(offset).clone()
  }

  /// The sum of a matrix's diagonal.
  public func trace() throws(ThalwegError) -> Tensor {
    guard rank == 2 else { throw ThalwegError(.shape, "trace: shape \(shape); a matrix is needed") }
    return try diagonal().sum()
  }

  /// The last two dimensions' elements on and below a diagonal, 0 above it.
  public func tril(_ diagonal: Int = 0) throws(ThalwegError) -> Tensor {
    try triangle(diagonal, isLower: true, in: "tril")
  }

  /// The last two dimensions' elements on and above a diagonal, 0 below it.
  public func triu(_ diagonal: Int = 0) throws(ThalwegError) -> Tensor {
    try triangle(diagonal, isLower: false, in: "triu")
  }

  private func triangle(
    _ diagonal: Int, isLower: Bool, in function: StaticString
  ) throws(ThalwegError) -> Tensor {
    guard rank >= 2 else {
      throw ThalwegError(.shape, "\(function): shape \(shape); at least two dimensions are needed")
    }
    let shift = Double(min(max(diagonal, -(1 << 50)), 1 << 50))
    let rows = try Tensor.arange(0, Double(shape[rank - 2])).unsqueeze(1) + shift
    let columns = try Tensor.arange(0, Double(shape[rank - 1]))
    let mask = try isLower ? columns.lessOrEqual(rows) : columns.greaterOrEqual(rows)
    return try Tensor.where(mask, self, Tensor.scalar(0, dtype: dtype))
  }
}
