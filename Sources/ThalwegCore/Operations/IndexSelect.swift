/// index_select(x, dim, indices): the parts of x at the given indices (int64 or int32, one dimension) along `dim`, in
/// their order; an index may occur several times.
/// Derivative: `IndexAdd`, zeros to which g's parts are added at their indices.
package enum IndexSelect: Operation {
  package static let name: StaticString = "index_select"

  package static func apply(_ x: Tensor, _ dim: Int, _ indices: Tensor) throws(ThalwegError) -> Tensor {
    let axis = try Dims.resolve(dim, rank: x.rank, in: name)
    guard x.rank > 0 else {
      throw ThalwegError(.shape, "index_select: a scalar has no dimension to select from")
    }
    let rows = try checked(indices, below: x.shape[axis], in: name)
    var shape = x.shape
    shape[axis] = rows.numel
    let source = try noGrad { () throws(ThalwegError) in try x.contiguous() }
    let y = try Tensor.make(shape, x.dtype, for: name)
    let block = Dims(x.shape[(axis + 1)...]).product &* x.dtype.size
    let outer = Dims(x.shape[..<axis]).product
    let (count, size) = (rows.numel, x.shape[axis])
    let index = rows.data.assumingMemoryBound(to: Int64.self)
    let (from, to) = (source.data, y.data)
    let rowsAChunk = max(1, 64 * 1024 / max(1, block))
    parallel((outer &* count &+ rowsAChunk &- 1) / rowsAChunk) { chunk in
      for row in (chunk &* rowsAChunk)..<min(outer &* count, (chunk &+ 1) &* rowsAChunk) {
        let place = (row / count) &* size &+ Int(index[row % count])
        (to + row &* block).copyMemory(from: from + place &* block, byteCount: block)
      }
    }
    if Node.records(x) {
      let node = Node(Self.self, Attributes(index: axis))
      try node.connect(x)
      node.save(rows)
      try y.attach(node)
    }
    return y
  }

  /// The indices as int64 in memory of their own, each at least 0 and below `limit`: backward relies on the check, also
  /// when the caller's buffer has other contents by then.
  fileprivate static func checked(
    _ indices: Tensor, below limit: Int, in function: StaticString
  ) throws(ThalwegError) -> Tensor {
    guard indices.dtype == .int64 || indices.dtype == .int32 else {
      throw ThalwegError(.dtype, "\(function): the indices are \(indices.dtype); they must be int64 or int32")
    }
    guard indices.rank <= 1 else {
      throw ThalwegError(
        .shape, "\(function): the indices have shape \(indices.shape); they must have one dimension")
    }
    let rows = try indices.dtype == .int64 ? indices.clone() : indices.to(.int64)
    let index = rows.data.assumingMemoryBound(to: Int64.self)
    for i in 0..<rows.numel where index[i] < 0 || index[i] >= Int64(limit) {
      throw ThalwegError(
        .invalidArgument,
        "\(function): index \(index[i]) at place \(i) is out of range; 0 to \(limit - 1) exist")
    }
    return rows
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    try pass.send(
      try IndexAdd.apply(gradient, node.edge(0).shape, node.attributes.index, node.saved(0)), from: node,
      to: 0)
  }
}

/// Zeros of a given shape to which the parts of g are added at given indices along an axis, in their order.
/// Derivative: `IndexSelect`.
package enum IndexAdd: Operation {
  package static let name: StaticString = "index_add"

  package static func apply(
    _ g: Tensor, _ shape: Dims, _ axis: Int, _ rows: Tensor
  ) throws(ThalwegError) -> Tensor {
    guard let add = kernels.pointee.add[g.dtype] else { throw unsupported(name, g.dtype) }
    let y = try Tensor.zeros(shape, dtype: g.dtype)
    let source = try noGrad { () throws(ThalwegError) in try g.contiguous() }
    let length = Dims(shape[(axis + 1)...]).product
    let block = length &* g.dtype.size
    let (count, size) = (rows.numel, shape[axis])
    let index = rows.data.assumingMemoryBound(to: Int64.self)
    for outer in 0..<Dims(shape[..<axis]).product {
      for i in 0..<count {
        let target = y.data + (outer &* size &+ Int(index[i])) &* block
        add(Int64(length), target, 1, target, 1, source.data + (outer &* count &+ i) &* block, 1)
      }
    }
    if Node.records(g) {
      let node = Node(Self.self, Attributes(index: axis))
      try node.connect(g)
      node.save(rows)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    try pass.send(
      try IndexSelect.apply(gradient, node.attributes.index, node.saved(0)).reshape(node.edge(0).shape),
      from: node, to: 0)
  }
}

extension Tensor {
  public func indexSelect(_ dim: Int, _ indices: Tensor) throws(ThalwegError) -> Tensor {
    try IndexSelect.apply(self, dim, indices)
  }
}
