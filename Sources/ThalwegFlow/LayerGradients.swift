public import ThalwegCore
public import ThalwegNN

/// How large gradients are layer by layer, of weights and of activations: where they vanish or explode on their way from
/// the loss to the input.
public struct LayerGradients: Sendable {
  public struct Entry: Sendable {
    /// The module's name, joined by dots; "" for the root.
    public let name: String
    public let typeName: String
    public let outputShape: Dims
    /// The Euclidean norm of the module's output.
    public let activationNorm: Double
    /// That of the loss's gradient with respect to the output; nil where the loss does not depend on it.
    public let activationGradientNorm: Double?
    /// That of the module's own parameters as if they were one vector; nil without parameters.
    public let weightNorm: Double?
    /// That of the loss's gradient with respect to them; nil where the loss depends on none.
    public let weightGradientNorm: Double?
  }

  /// One a call of a module, in the order in which they were done.
  public let entries: [Entry]
  /// The value of the loss.
  public let loss: Double

  /// Computes the output, the loss and their derivatives once, in the mode that the module is in. The parameters' gradients
  /// are left as they were; running statistics move as in any call.
  /// - Throws: what the module and the loss throw; `.shape` for a loss that is no scalar.
  public init(
    _ module: Module, _ input: Tensor, loss: (Tensor) throws(ThalwegError) -> Tensor
  ) throws(ThalwegError) {
    let kept = module.parameters().map { (tensor: $0, gradient: $0.grad) }
    module.zeroGrad()
    defer { for (tensor, gradient) in kept { try? tensor.setGrad(gradient) } }
    let (value, calls) = try GradMode.with(true) { () throws(ThalwegError) in
      let (output, calls) = try module.trace(input)
      let value = try loss(output)
      guard value.numel == 1 else {
        throw ThalwegError(.shape, "layer_gradients: the loss has shape \(value.shape); it must be a scalar")
      }
      try value.backward()
      return (value, calls)
    }
    self.loss = try value.item()
    var entries: [Entry] = []
    for call in calls where call.output.dtype.isFloat {
      let parameters = call.module.namedParameters().filter { !$0.name.contains(".") }.map(\.tensor)
      entries.append(
        Entry(
          name: call.name, typeName: call.module.typeName, outputShape: call.output.shape,
          activationNorm: try Magnitude(of: call.output.detach()).norm,
          activationGradientNorm: try call.output.isLeaf ? nil : norm([call.output.grad]),
          weightNorm: try norm(parameters), weightGradientNorm: try norm(parameters.map(\.grad))))
    }
    self.entries = entries
  }
}

/// The norm of tensors as if they were one vector; nil if there are none.
private func norm(_ tensors: [Tensor?]) throws(ThalwegError) -> Double? {
  var parts: [Magnitude] = []
  for case let tensor? in tensors where tensor.dtype.isFloat {
    parts.append(try Magnitude(of: tensor.detach()))
  }
  return parts.isEmpty ? nil : Magnitude(joining: parts).norm
}
