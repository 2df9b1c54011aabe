/// A differentiable operation: a name and a rule for going backward. Operations are types, never instances; a node
/// of the graph points at the type, so recording allocates no closure.
///
/// `backward` is written in operations on tensors. They are recorded in turn when the gradient is to be
/// differentiated again (`createGraph`), so every operation can be differentiated any number of times. An operation
/// that has a faster kernel for its gradient uses it when nothing is recorded.
package protocol Operation {
  /// The name users know it by, as in error messages.
  static var name: StaticString { get }

  /// Sends to each input that needs it the gradient that `gradient`, the one of the output, causes:
  /// `pass.send(..., to: i)` for each i with `node.needs(i)`. Shapes are those of the inputs.
  static func backward(_ node: Node, _ gradient: Tensor, _ pass: BackwardPass) throws(ThalwegError)
}
