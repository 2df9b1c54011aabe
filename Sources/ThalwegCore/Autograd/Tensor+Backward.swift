extension Tensor {
  /// Accumulates in every leaf that this tensor depends on the gradient of this tensor, contracted with `seed`.
  ///
  /// - Parameters:
  ///   - seed: of this tensor's shape and dtype; nil stands for 1 and needs a tensor of one element.
  ///   - retainGraph: keep what was saved, so that a second backward is possible. Implied by `createGraph`.
  ///   - createGraph: record the pass itself, so that gradients can be differentiated again.
  /// - Throws: `.autograd` if nothing was recorded, a saved tensor was changed in place, the graph was freed, or a
  ///   tensor that is not a scalar comes without a seed.
  public func backward(
    _ seed: Tensor? = nil, retainGraph: Bool = false, createGraph: Bool = false
  ) throws(ThalwegError) {
    let root = try self.root(seed, in: "backward")
    try BackwardPass.accumulate(
      CollectionOfOne(root), retainGraph: retainGraph || createGraph, createGraph: createGraph)
  }

  fileprivate func root(
    _ seed: Tensor?, in function: StaticString
  ) throws(ThalwegError) -> BackwardPass.Root {
    guard requiresGrad else {
      throw ThalwegError(
        .autograd,
        "\(function): the tensor (shape \(shape)) depends on nothing that requires a gradient, or was computed without recording"
      )
    }
    guard let seed else {
      guard numel == 1 else {
        throw ThalwegError(
          .autograd,
          """
          \(function): the tensor has shape \(shape), and only a scalar has a gradient: reduce it (sum, mean), give a \
          seed of shape \(shape) for a vector-Jacobian product, or ask for the Jacobian (jacobian)
          """)
      }
      return (self, try noGrad { () throws(ThalwegError) in try Tensor.full(shape, 1, dtype: dtype) })
    }
    guard seed.shape == shape else {
      throw ThalwegError(
        .shape, "\(function): the seed has shape \(seed.shape), the tensor \(shape); they must be equal")
    }
    guard seed.dtype == dtype else {
      throw ThalwegError(
        .dtype, "\(function): the seed is \(seed.dtype), the tensor \(dtype); they must be equal")
    }
    return (self, seed)
  }
}

/// The gradients of `outputs`, contracted with `seeds`, with respect to `inputs`; no leaf's `grad` changes.
///
/// - Parameters:
///   - seeds: one for each output (nil: 1, for an output of one element), or nil for all.
///   - allowUnused: give nil for an input that no output depends on, instead of an error.
/// - Throws: as `Tensor.backward`, and `.autograd` for an unused input.
public func grad(
  _ outputs: [Tensor], _ inputs: [Tensor], seeds: [Tensor?]? = nil, retainGraph: Bool = false,
  createGraph: Bool = false, allowUnused: Bool = false
) throws(ThalwegError) -> [Tensor?] {
  if let seeds, seeds.count != outputs.count {
    throw ThalwegError(
      .invalidArgument, "grad: \(seeds.count) seeds for \(outputs.count) outputs; give one for each")
  }
  var roots: [BackwardPass.Root] = []
  for (i, output) in outputs.enumerated() { roots.append(try output.root(seeds?[i], in: "grad")) }
  for (i, input) in inputs.enumerated() where !input.requiresGrad {
    throw ThalwegError(.autograd, "grad: input \(i) (shape \(input.shape)) does not require a gradient")
  }
  let found = try BackwardPass.gradients(
    roots, inputs: inputs, retainGraph: retainGraph || createGraph, createGraph: createGraph)
  if !allowUnused, let i = found.firstIndex(where: { $0 == nil }) {
    throw ThalwegError(
      .autograd,
      "grad: no output depends on input \(i) (shape \(inputs[i].shape)); pass allow_unused to get nothing for it"
    )
  }
  return found
}
