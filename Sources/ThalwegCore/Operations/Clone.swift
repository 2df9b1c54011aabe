/// clone(x): the same elements in new memory, row-major. `contiguous()` is x itself where it is row-major already.
/// Derivative: g.
package enum Clone: Operation {
  package static let name: StaticString = "clone"

  package static func apply(_ x: Tensor) throws(ThalwegError) -> Tensor {
    let y = try Tensor.make(like: x, x.dtype, for: name)
    StridedLoop.copy(x.shape, to: y.address, y.strides, from: x.address, x.strides, elementSize: x.dtype.size)
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
    try pass.send(gradient, from: node, to: 0)
  }
}

extension Tensor {
  public func clone() throws(ThalwegError) -> Tensor { try Clone.apply(self) }
  public func contiguous() throws(ThalwegError) -> Tensor { isContiguous ? self : try Clone.apply(self) }

  /// The same elements in the same memory, cut off from the graph of derivatives.
  public func detach() -> Tensor { alias() }

  /// Another tensor object over the same elements, without a place in the graph.
  package func alias() -> Tensor {
    Tensor(storage: storage, shape: shape, strides: strides, offset: offset, dtype: dtype)
  }

  /// Shape, dtype and place in the graph, without the elements.
  package func husk() -> Tensor {
    let husk = Tensor(storage: Storage.none, shape: shape, strides: strides, offset: 0, dtype: dtype)
    if let node { husk.restore(node, output: outputIndex) }
    return husk
  }
}
