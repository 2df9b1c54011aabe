/// expand(x, shape): x repeated along dimensions of size 1 and along new ones in front, without a copy (strides 0).
/// -1 keeps a dimension's size.
/// Derivative: g summed over the repeated dimensions.
package enum Expand: Operation {
  package static let name: StaticString = "expand"

  package static func apply(_ x: Tensor, _ requested: Dims) throws(ThalwegError) -> Tensor {
    let shift = requested.count - x.rank
    var shape = requested
    guard shift >= 0, requested.count <= Dims.maxRank else { throw misfit(x, requested) }
    for i in x.shape.indices {
      if shape[i + shift] == -1 { shape[i + shift] = x.shape[i] }
      guard x.shape[i] == 1 || x.shape[i] == shape[i + shift] else { throw misfit(x, requested) }
    }
    if shape == x.shape { return x }
    _ = try shape.checkedElementCount(of: x.dtype, in: name)
    let y = Tensor(
      storage: x.storage, shape: shape, strides: x.strides(expandedTo: shape), offset: x.offset,
      dtype: x.dtype)
    if Node.records(x) {
      let node = Node(Self.self)
      try node.connect(x)
      try y.attach(node)
    }
    return y
  }

  package static func backward(
    _ node: Node, _ gradient: Tensor, _ pass: BackwardPass
  ) throws(ThalwegError) {
    try pass.send(try gradient.sum(to: node.inputShape(0)), from: node, to: 0)
  }

  private static func misfit(_ x: Tensor, _ requested: Dims) -> ThalwegError {
    ThalwegError(
      .shape,
      "expand: shape \(x.shape) does not expand to \(requested): aligned at the last dimension, each size must be 1 or equal"
    )
  }
}

extension Tensor {
  public func expand(_ shape: Dims) throws(ThalwegError) -> Tensor { try Expand.apply(self, shape) }
}
