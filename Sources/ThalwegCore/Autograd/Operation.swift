/// What a node of the graph points at: an operation's name and its rule for going backward. Operations are types, never
/// instances, so recording allocates no closure.
///
/// Operations of one result, nearly all, conform to `Operation`; one with several conforms to this directly.
package protocol DifferentiableOperation {
  /// The name users know it by, as in error messages.
  static var name: StaticString { get }

  /// Sends to each input that needs it the gradient that those of the outputs (`node.gradient(output:)`, at least one of
  /// which has arrived) cause: `pass.send(..., to: i)` for each i with `node.needs(i)`. Shapes are those of the inputs.
  static func backward(_ node: Node, _ pass: BackwardPass) throws(ThalwegError)

  /// The gradients of the inputs for a batch of gradients of the one output: with a first dimension more, over which all
  /// is repeated. At least for each i with `node.needs(i)`. Nil if the operation has no rule for batches.
  static func backward(_ node: Node, batch gradient: Tensor) throws(ThalwegError) -> [Tensor?]?

  /// The tangent of an output, given those of the inputs (nil: 0; not all are): the Jacobian times them. Nil: 0.
  static func forward(
    _ node: Node, _ tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor?

  /// The same for a batch of tangents: with a first dimension more. Nil if the operation has no rule for batches.
  static func forward(
    _ node: Node, batch tangents: [Tensor?], _ output: OutputForm
  ) throws(ThalwegError) -> Tensor?
}

/// An output of an operation, by its number, its shape and its dtype.
package struct OutputForm {
  package let index: Int
  package let shape: Dims
  package let dtype: DType
}

/// A differentiable operation of one result.
///
/// `backward` is written in operations on tensors. They are recorded in turn when the gradient is to be
/// differentiated again (`createGraph`), so every operation can be differentiated any number of times. An operation
/// that has a faster kernel for its gradient uses it when nothing is recorded.
package protocol Operation: DifferentiableOperation {
  /// As the other `backward`, with the gradient of the result.
  static func backward(_ node: Node, _ gradient: Tensor, _ pass: BackwardPass) throws(ThalwegError)
}

extension Operation {
  package static func backward(_ node: Node, _ pass: BackwardPass) throws(ThalwegError) {
    guard let gradient = node.gradient(output: 0) else {
      throw ThalwegError(.internal, "backward: \(node.name) was reached without a gradient")
    }
    try backward(node, gradient, pass)
  }
}
