// Derivatives of tensors that were computed with recording on: products with the Jacobian matrix, and the matrix itself.
// Where an output does not depend on an input the derivative is 0. None of these changes a leaf's `grad`, and the graph
// stays for the next one.

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
  let found = try GradMode.with(createGraph) { () throws(ThalwegError) in
    try ForwardSweep(outputs, inputs).run(tangents)
  }
  return try complete(found, outputs)
}

/// The Jacobian of `output` for each input: element [i..., j...] is the derivative of output[i...] by input[j...].
/// Its rows go backward in batches: an operation takes a batch at once where it can.
///
/// - Parameter createGraph: record the computation, so that the result can be differentiated.
/// - Returns: for each input a tensor of shape output.shape + input.shape.
/// - Throws: `.shape` if those are more dimensions than a tensor can have.
public func jacobian(
  _ output: Tensor, _ inputs: [Tensor], createGraph: Bool = false
) throws(ThalwegError) -> [Tensor] {
  try checkRanks(output, inputs, "jacobian")
  guard output.requiresGrad, output.numel > 0 else { return try zeroJacobian(output, inputs) }
  for (i, input) in inputs.enumerated() where !input.requiresGrad {
    throw ThalwegError(
      .autograd, "jacobian: input \(i) (shape \(input.shape)) does not require a gradient")
  }
  var rows: [[Tensor]] = Array(repeating: [], count: inputs.count)
  try GradMode.with(createGraph) { () throws(ThalwegError) in
    let sweep = try BatchedSweep(output, inputs)
    let length = sweep.map { min(output.numel, max(1, batchElements / max($0.largest, 1))) } ?? 1
    for start in stride(from: 0, to: output.numel, by: length) {
      let count = min(length, output.numel - start)
      let found: [Tensor?]
      if let sweep {
        found = try sweep.run(unitRows(output, start, count))
      } else {
        found = try gradients(
          [output], inputs, [unitRows(output, start, 1).reshape(output.shape)], createGraph: createGraph
        ).map { row throws(ThalwegError) in try row.unsqueeze(0) }
      }
      for (k, gradient) in found.enumerated() {
        let flat: Dims = [count, inputs[k].numel]
        let part =
          if let gradient { try gradient.reshape(flat) } else {
            try Tensor.zeros(flat, dtype: inputs[k].dtype)
          }
        rows[k].append(part)
      }
    }
  }
  var result: [Tensor] = []
  for (input, rows) in zip(inputs, rows) {
    let whole =
      rows.count == 1
      ? rows[0]
      : try GradMode.with(createGraph) { () throws(ThalwegError) in
        try Tensor.cat(rows)
      }
    result.append(try whole.reshape(Dims(Array(output.shape) + Array(input.shape))))
  }
  return result
}

/// The Jacobian by forward mode: a pass for each element of the inputs, for functions with more outputs than inputs.
/// Parameters and errors are those of `jacobian`.
public func forwardJacobian(
  _ output: Tensor, _ inputs: [Tensor], createGraph: Bool = false
) throws(ThalwegError) -> [Tensor] {
  try checkRanks(output, inputs, "jacobian")
  return try GradMode.with(createGraph) { () throws(ThalwegError) in
    let sweep = try ForwardSweep([output], inputs)
    var result: [Tensor] = []
    for (k, input) in inputs.enumerated() {
      var columns: [Tensor] = []
      for j in 0..<input.numel {
        var tangents: [Tensor?] = Array(repeating: nil, count: inputs.count)
        tangents[k] = try unitRows(input, j, 1).reshape(input.shape)
        let found = try sweep.run(tangents)[0]
        let column = if let found { found } else { try Tensor.zeros(output.shape, dtype: output.dtype) }
        columns.append(try column.reshape([output.numel]))
      }
      let shape = Dims(Array(output.shape) + Array(input.shape))
      result.append(
        columns.isEmpty
          ? try Tensor.zeros(shape, dtype: input.dtype) : try Tensor.stack(columns, dim: 1).reshape(shape))
    }
    return result
  }
}

/// How many elements a batch of gradients may have of one tensor: what fits in the caches of one core.
private let batchElements = 1 << 18

/// [count, ...]: of a Jacobian's seeds those from `start` on, each 1 in one place.
private func unitRows(_ like: Tensor, _ start: Int, _ count: Int) throws(ThalwegError) -> Tensor {
  let rows = try Tensor.zeros([count, like.numel], dtype: like.dtype)
  for i in 0..<count {
    Elements(base: rows.data, count: rows.numel, dtype: rows.dtype).store(1, at: i * like.numel + start + i)
  }
  return try rows.reshape(rows.batched(like.shape))
}

private func zeroJacobian(_ output: Tensor, _ inputs: [Tensor]) throws(ThalwegError) -> [Tensor] {
  var result: [Tensor] = []
  for input in inputs {
    result.append(
      try Tensor.zeros(Dims(Array(output.shape) + Array(input.shape)), dtype: input.dtype))
  }
  return result
}

private func checkRanks(
  _ output: Tensor, _ inputs: [Tensor], _ function: StaticString
) throws(ThalwegError) {
  for input in inputs where output.rank + input.rank > Dims.maxRank {
    throw ThalwegError(
      .shape,
      """
      \(function): output \(output.shape) and input \(input.shape) make a Jacobian of \(output.rank + input.rank) \
      dimensions; a tensor has at most \(Dims.maxRank): flatten them
      """)
  }
}

/// The second derivatives of the scalar `output`: [i][j] is the derivative of the gradient by input i with respect to
/// input j.
///
/// - Parameter createGraph: record the computation, so that the result can be differentiated.
/// - Returns: for inputs i and j a tensor of shape input[i].shape + input[j].shape.
public func hessian(
  _ output: Tensor, _ inputs: [Tensor], createGraph: Bool = false
) throws(ThalwegError) -> [[Tensor]] {
  try checkScalar(output, "hessian")
  let first = try recordedGradients(output, inputs)
  var result: [[Tensor]] = []
  for gradient in first { result.append(try jacobian(gradient, inputs, createGraph: createGraph)) }
  return result
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

private func recordedGradients(_ output: Tensor, _ inputs: [Tensor]) throws(ThalwegError) -> [Tensor] {
  let one = try noGrad { () throws(ThalwegError) in
    try Tensor.full(output.shape, 1, dtype: output.dtype)
  }
  return try gradients([output], inputs, [one], createGraph: true)
}

/// `grad` that gives zeros where there is no dependence.
private func gradients(
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

/// With zeros for those that are missing.
private func complete(_ found: [Tensor?], _ like: [Tensor]) throws(ThalwegError) -> [Tensor] {
  var result: [Tensor] = []
  for (tensor, form) in zip(found, like) {
    let whole = if let tensor { tensor } else { try Tensor.zeros(form.shape, dtype: form.dtype) }
    result.append(whole)
  }
  return result
}

private func checkScalar(_ output: Tensor, _ function: StaticString) throws(ThalwegError) {
  guard output.numel == 1 else {
    throw ThalwegError(
      .autograd,
      "\(function): the output has shape \(output.shape); only a scalar has a Hessian: reduce it (sum, mean)")
  }
}

private func checkVectors(
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
