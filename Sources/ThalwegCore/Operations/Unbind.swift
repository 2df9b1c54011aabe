/// unbind(x, dim): the parts of x along `dim`, without that dimension. Views.
/// Derivative: the gradients of the parts side by side, 0 for a part that has none: one tensor for all of them, where one
/// a part would take the square of their number.
package enum Unbind: DifferentiableOperation {
  package static let name: StaticString = "unbind"

  package static func apply(_ x: Tensor, _ dim: Int) throws(ThalwegError) -> [Tensor] {
    let axis = try Dims.resolve(dim, rank: x.rank, in: name)
    guard x.rank > 0 else { throw ThalwegError(.shape, "unbind: a scalar has no dimension to take apart") }
    var (shape, strides) = (x.shape, x.strides)
    shape.remove(at: axis)
    strides.remove(at: axis)
    let node = Node.records(x) ? Node(Self.self, Attributes(index: axis)) : nil
    try node?.connect(x)
    var parts: [Tensor] = []
    parts.reserveCapacity(x.shape[axis])
    for i in 0..<x.shape[axis] {
      let part = Tensor(
        storage: x.storage, shape: shape, strides: strides, offset: x.offset &+ i &* x.strides[axis],
        dtype: x.dtype)
      if let node { try part.attach(node, output: i) }
      parts.append(part)
    }
    return parts
  }

  package static func backward(_ node: Node, _ pass: BackwardPass) throws(ThalwegError) {
    guard node.needs(0) else { return }
    let (axis, shape) = (node.attributes.index, node.inputShape(0))
    var part = shape
    part.remove(at: axis)
    let zero = try Tensor.scalar(0, dtype: node.inputDType(0)).expand(part)
    var gradients: [Tensor] = []
    gradients.reserveCapacity(shape[axis])
    for i in 0..<shape[axis] { gradients.append(node.gradient(output: i) ?? zero) }
    try pass.send(try Tensor.stack(gradients, dim: axis), from: node, to: 0)
  }
}

extension Tensor {
  /// The parts along a dimension, without it.
  public func unbind(_ dim: Int = 0) throws(ThalwegError) -> [Tensor] { try Unbind.apply(self, dim) }
}
