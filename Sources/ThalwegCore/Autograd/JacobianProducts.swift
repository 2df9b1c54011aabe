// Derivatives of tensors that were computed with recording on: products with the Jacobian matrix. Where an output does not
// depend on an input the derivative is 0. None of these changes a leaf's `grad`, and the graph stays for the next one.

/// v^T J: the gradients of `outputs`, contracted with `vectors`, with respect to `inputs`. One backward pass.
///
/// - Parameters:
///   - vectors: of the outputs' shapes and dtypes.
///   - createGraph: record the computation, so that the result can be differentiated.
/// - Returns: a tensor of each input's shape.
public func vjp(
  _ outputs: [Tensor], _ inputs: [Tensor], vectors: [Tensor], createGraph: Bool = false
) throws(ThalwegError) -> [Tensor] {
  try checkVectors(vectors, outputs, "vjp", "output")
  return try gradients(outputs, inputs, vectors, createGraph: createGraph)
}

/// J v: how the outputs change as the inputs move along `tangents`. One pass forward through the graph, each operation by
/// its own rule; `jvp(of:)` needs no graph.
///
/// - Parameters:
///   - tangents: of the inputs' shapes and dtypes.
///   - createGraph: record the computation, so that the result can be differentiated.
/// - Returns: a tensor of each output's shape.
public func jvp(
  _ outputs: [Tensor], _ inputs: [Tensor], tangents: [Tensor], createGraph: Bool = false
) throws(ThalwegError) -> [Tensor] {
  try checkVectors(tangents, inputs, "jvp", "input")
  return try recorded(createGraph) { () throws(ThalwegError) in
    try complete(ForwardSweep(outputs, inputs).run(tangents), outputs)
  }
}

/// H v: the Hessian of the scalar `output` times `vectors`, by forward over reverse: one pass backward, and one forward
/// through both (Pearlmutter 1994, "Fast exact multiplication by the Hessian").
///
/// - Parameters:
///   - vectors: of the inputs' shapes and dtypes.
///   - createGraph: record the computation, so that the result can be differentiated.
/// - Returns: a tensor of each input's shape.
public func hvp(
  _ output: Tensor, _ inputs: [Tensor], vectors: [Tensor], createGraph: Bool = false
) throws(ThalwegError) -> [Tensor] {
  try checkScalar(output, "hvp")
  try checkVectors(vectors, inputs, "hvp", "input")
  return try jvp(
    try recordedGradients(output, inputs), inputs, tangents: vectors, createGraph: createGraph)
}

/// `function` at `inputs`, and J v: how its results change as the inputs move along `tangents`. Dual numbers: nothing is
/// recorded for it (see `ForwardLevel`).
///
/// - Returns: the results, and a tensor of each result's shape and dtype; zeros for one that is not float.
public func jvp(
  of function: ([Tensor]) throws(ThalwegError) -> [Tensor], at inputs: [Tensor], tangents: [Tensor]
) throws(ThalwegError) -> (outputs: [Tensor], tangents: [Tensor]) {
  try checkVectors(tangents, inputs, "jvp", "input")
  return try ForwardLevel.with { level throws(ThalwegError) in
    var duals: [Tensor] = []
    for (input, tangent) in zip(inputs, tangents) { duals.append(try level.makeDual(input, tangent)) }
    var outputs: [Tensor] = []
    var found: [Tensor?] = []
    for result in try function(duals) {
      let (primal, tangent) = level.unpack(result)
      outputs.append(primal)
      found.append(tangent)
    }
    return (outputs, try complete(found, outputs))
  }
}

// MARK: - Shared

func recordedGradients(_ output: Tensor, _ inputs: [Tensor]) throws(ThalwegError) -> [Tensor] {
  let one = try noGrad { () throws(ThalwegError) in
    try Tensor.full(output.shape, 1, dtype: output.dtype)
  }
  return try gradients([output], inputs, [one], createGraph: true)
}

/// `grad` that gives zeros where there is no dependence.
func gradients(
  _ outputs: [Tensor], _ inputs: [Tensor], _ seeds: [Tensor], createGraph: Bool
) throws(ThalwegError) -> [Tensor] {
  var (dependent, itsSeeds): ([Tensor], [Tensor]) = ([], [])
  for (output, seed) in zip(outputs, seeds) where output.requiresGrad {
    dependent.append(output)
    itsSeeds.append(seed)
  }
  let found =
    dependent.isEmpty
    ? Array(repeating: nil, count: inputs.count)
    : try grad(
      dependent, inputs, seeds: itsSeeds, retainGraph: true, createGraph: createGraph, allowUnused: true)
  return try complete(found, inputs)
}

/// Runs `body` recorded or not. Within forward mode it is in any case, as unrecorded operations carry no tangents; the graph
/// is dropped in the end if nobody asked for it.
func recorded(
  _ createGraph: Bool, _ body: () throws(ThalwegError) -> [Tensor]
) throws(ThalwegError) -> [Tensor] {
  let strips = !createGraph && ForwardLevel.current != nil
  let found = try GradMode.with(createGraph || strips, body)
  return strips ? found.map { $0.withoutNode() } : found
}

/// With zeros for those that are missing.
func complete(_ found: [Tensor?], _ like: [Tensor]) throws(ThalwegError) -> [Tensor] {
  var result: [Tensor] = []
  for (tensor, form) in zip(found, like) {
    let whole = if let tensor { tensor } else { try Tensor.zeros(form.shape, dtype: form.dtype) }
    result.append(whole)
  }
  return result
}

func checkScalar(_ output: Tensor, _ function: StaticString) throws(ThalwegError) {
  guard output.numel == 1 else {
    throw ThalwegError(
      .autograd,
      "\(function): the output has shape \(output.shape); only a scalar has a Hessian: reduce it (sum, mean)")
  }
}

func checkVectors(
  _ vectors: [Tensor], _ tensors: [Tensor], _ function: StaticString, _ kind: StaticString
) throws(ThalwegError) {
  guard vectors.count == tensors.count else {
    throw ThalwegError(
      .invalidArgument,
      "\(function): \(vectors.count) vectors for \(tensors.count) \(kind)s; give one for each")
  }
  for (i, (vector, tensor)) in zip(vectors, tensors).enumerated() {
    guard vector.shape == tensor.shape, vector.dtype == tensor.dtype else {
      throw ThalwegError(
        .shape,
        """
        \(function): vector \(i) is \(vector.dtype) \(vector.shape), \(kind) \(i) \(tensor.dtype) \(tensor.shape); \
        they must be equal
        """)
    }
  }
}
