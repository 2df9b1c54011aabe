/// The values of one tensor with the derivative of another of the same shape and dtype: for functions that choose among
/// elements, whose derivative is that of a formula for the chosen ones.
/// Derivative: g for the second.
package enum ValueOf: Operation {
  package static let name: StaticString = "value_of"

  /// - Parameters:
  ///   - value: new memory that nobody else has.
  ///   - path: what the derivative is of.
  package static func apply(_ value: Tensor, _ path: Tensor) throws(ThalwegError) -> Tensor {
    let y = value.detach()
    if Node.records(path) {
      let node = Node(Self.self)
      try node.connect(path)
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
