import CKernels

/// where(c, a, b) = a where c, else b; elementwise with broadcasting, c of bool, a and b promoted.
/// Derivative: ∂L/∂a = where(c, g, 0), ∂L/∂b = where(c, 0, g), each summed over its repeated dimensions.
package enum Where: Operation {
  package static let name: StaticString = "where"

  package static func apply(
    _ condition: Tensor, _ first: Tensor, _ second: Tensor
  ) throws(ThalwegError) -> Tensor {
    guard condition.dtype == .bool else {
      throw ThalwegError(.dtype, "where: the condition is \(condition.dtype); it must be bool")
    }
    let dtype = DType.result(first, second)
    let (a, b) = (try first.to(dtype), try second.to(dtype))
    let shape = try Dims.broadcast(
      condition.shape, Dims.broadcast(a.shape, b.shape, in: name), in: name)
    let table = kernels.pointee
    guard let loop = dtype.size == 4 ? table.where4 : dtype.size == 8 ? table.where8 : table.where1 else {
      throw unsupported(name, dtype)
    }
    let y = try Tensor.make(shape, dtype, for: name)
    StridedLoop.choose(
      loop, shape, y.address, y.strides, condition.address, condition.strides(expandedTo: shape),
      a.address, a.strides(expandedTo: shape), b.address, b.strides(expandedTo: shape), dtype.size)
    if Node.records(a, b) {
      let node = Node(Self.self)
      try node.connect(a)
      try node.connect(b)
      node.save(condition)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    let condition = try node.saved(0)
    let zero = try Tensor.scalar(0, dtype: gradient.dtype)
    if node.needs(0) {
      try pass.send(
        try Tensor.where(condition, gradient, zero).sum(to: node.inputShape(0)), from: node, to: 0)
    }
    if node.needs(1) {
      try pass.send(
        try Tensor.where(condition, zero, gradient).sum(to: node.inputShape(1)), from: node, to: 1)
    }
  }
}

extension Tensor {
  public static func `where`(
    _ condition: Tensor, _ a: Tensor, _ b: Tensor
  ) throws(ThalwegError) -> Tensor {
    try Where.apply(condition, a, b)
  }
}
