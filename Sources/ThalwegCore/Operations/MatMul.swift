/// matmul(a, b): the matrix product of the last two dimensions, the ones before them broadcast; a vector on the left
/// is a row, on the right a column, and its dimension is dropped from the result (as PyTorch's matmul).
/// Shape: [..., m, k] x [..., k, n] = [..., m, n]. Integers wrap.
/// Derivative: ∂L/∂a = g bᵀ, ∂L/∂b = aᵀ g, each summed over its repeated dimensions.
package enum MatMul: Operation {
  package static let name: StaticString = "matmul"

  package static func apply(_ a: Tensor, _ b: Tensor) throws(ThalwegError) -> Tensor {
    guard a.rank > 0, b.rank > 0 else {
      throw ThalwegError(
        .shape,
        "matmul: shapes \(a.shape) and \(b.shape); both need at least one dimension, use mul for scalars")
    }
    if a.rank == 1 || b.rank == 1 {
      let product = try apply(a.rank == 1 ? a.unsqueeze(0) : a, b.rank == 1 ? b.unsqueeze(1) : b)
      var shape = product.shape
      if b.rank == 1 { shape.remove(at: shape.count - 1) }
      if a.rank == 1 { shape.remove(at: shape.count - (b.rank == 1 ? 1 : 2)) }
      return try product.reshape(shape)
    }
    guard a.dtype == b.dtype, a.dtype != .bool else {
      throw ThalwegError(
        .dtype, "matmul: \(a.dtype) x \(b.dtype); both must have one dtype, not bool; convert with to()")
    }
    let (m, k, n) = (a.shape[a.rank - 2], a.shape[a.rank - 1], b.shape[b.rank - 1])
    guard b.shape[b.rank - 2] == k else {
      throw ThalwegError(
        .shape,
        """
        matmul: inner dimensions differ: \(a.shape) x \(b.shape); the columns of the first (\(k)) must equal the rows \
        of the second (\(b.shape[b.rank - 2]))
        """)
    }
    let batch = try Dims.broadcast(Dims(a.shape.dropLast(2)), Dims(b.shape.dropLast(2)), in: name)
    var shape = batch
    shape.append(m)
    shape.append(n)
    let y = try Tensor.make(shape, a.dtype, for: name)
    let (aBatch, bBatch) = (a.batchStrides(batch), b.batchStrides(batch))
    for i in 0..<batch.product {
      let left = a.matrix(at: aBatch.offset(i, in: batch))
      let right = b.matrix(at: bBatch.offset(i, in: batch))
      let target = y.address + i &* m &* n &* y.dtype.size
      if a.dtype.isFloat {
        try MatrixProduct.run(
          a.dtype, m: m, n: n, k: k, left, right, target, ldc: n, ProductEpilogue(), for: name)
      } else {
        IntegerProduct.run(a.dtype, m: m, n: n, k: k, left, right, target)
      }
    }
    if Node.records(a, b) {
      let node = Node(Self.self)
      try node.connect(a)
      try node.connect(b)
      node.save(a)
      node.save(b)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let (a, b) = (try node.saved(0), try node.saved(1))
    if node.needs(0) {
      try pass.send(try gradient.matmul(b.transpose(-2, -1)).sum(to: a.shape), from: node, to: 0)
    }
    if node.needs(1) {
      try pass.send(try a.transpose(-2, -1).matmul(gradient).sum(to: b.shape), from: node, to: 1)
    }
  }
}

extension Tensor {
  public func matmul(_ other: Tensor) throws(ThalwegError) -> Tensor { try MatMul.apply(self, other) }

  /// The last two dimensions as a matrix, at an offset in elements.
  package func matrix(at offset: Int = 0) -> Matrix {
    Matrix(
      address + offset &* dtype.size, rowStride: strides[rank - 2], columnStride: strides[rank - 1])
  }

  /// The strides of all but the last two dimensions, seen at a broadcast shape.
  fileprivate func batchStrides(_ batch: Dims) -> Dims {
    var target = batch
    target.append(shape[rank - 2])
    target.append(shape[rank - 1])
    return Dims(strides(expandedTo: target).dropLast(2))
  }
}

extension Dims {
  /// With self as strides: the offset of element number `index` of `shape` in row-major order.
  fileprivate func offset(_ index: Int, in shape: Dims) -> Int {
    var rest = index
    var offset = 0
    for i in shape.indices.reversed() {
      offset &+= rest % shape[i] &* self[i]
      rest /= shape[i]
    }
    return offset
  }
}
