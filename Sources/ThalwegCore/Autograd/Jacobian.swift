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

/// J v: how the outputs change as the inputs move along `tangents`. Two backward passes: the vector-Jacobian product
/// is linear in its vector, and its derivative by that vector is J v
/// (Townsend 2017, "A new trick for calculating Jacobian vector products").
///
/// - Parameters:
///   - tangents: of the inputs' shapes and dtypes.
///   - createGraph: record the computation, so that the result can be differentiated.
/// - Returns: a tensor of each output's shape.
public func jvp(
  _ outputs: [Tensor], _ inputs: [Tensor], tangents: [Tensor], createGraph: Bool = false
) throws(ThalwegError) -> [Tensor] {
  try checkVectors(tangents, inputs, "jvp", "input")
  var vectors: [Tensor] = []
  for output in outputs {
    let vector = try Tensor.zeros(output.shape, dtype: output.dtype)
    if output.dtype.isFloat { try vector.setRequiresGrad(true) }
    vectors.append(vector)
  }
  let products = try GradMode.with(true) { () throws(ThalwegError) in
    try gradients(outputs, inputs, vectors, createGraph: true)
  }
  return try gradients(products, vectors, tangents, createGraph: createGraph)
}

/// The Jacobian of `output` for each input: element [i..., j...] is the derivative of output[i...] by input[j...].
/// A backward pass for each element of the output.
///
/// - Parameter createGraph: record the computation, so that the result can be differentiated.
/// - Returns: for each input a tensor of shape output.shape + input.shape.
/// - Throws: `.shape` if those are more dimensions than a tensor can have.
public func jacobian(
  _ output: Tensor, _ inputs: [Tensor], createGraph: Bool = false
) throws(ThalwegError) -> [Tensor] {
  var rows: [[Tensor]] = Array(repeating: [], count: inputs.count)
  for input in inputs where output.rank + input.rank > Dims.maxRank {
    throw ThalwegError(
      .shape,
      """
      jacobian: output \(output.shape) and input \(input.shape) make a Jacobian of \(output.rank + input.rank) \
      dimensions; a tensor has at most \(Dims.maxRank): flatten them
      """)
  }
  for i in 0..<output.numel {
    let unit = try Tensor.zeros([output.numel], dtype: output.dtype)
    try noGrad { () throws(ThalwegError) in try unit.select(0, i).fill(1) }
    let row = try gradients([output], inputs, [unit.reshape(output.shape)], createGraph: createGraph)
    for (k, gradient) in row.enumerated() { rows[k].append(try gradient.reshape([1, gradient.numel])) }
  }
  var result: [Tensor] = []
  for (input, rows) in zip(inputs, rows) {
    let shape = Dims(Array(output.shape) + Array(input.shape))
    result.append(
      rows.isEmpty ? try Tensor.zeros(shape, dtype: input.dtype) : try Tensor.cat(rows).reshape(shape))
  }
  return result
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

/// H v: the Hessian of the scalar `output` times `vectors`, by backward over backward. Two passes, whatever the size
/// (Pearlmutter 1994, "Fast exact multiplication by the Hessian").
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
  return try gradients(try recordedGradients(output, inputs), inputs, vectors, createGraph: createGraph)
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
  var result: [Tensor] = []
  for (gradient, input) in zip(found, inputs) {
    let found = if let gradient { gradient } else { try Tensor.zeros(input.shape, dtype: input.dtype) }
    result.append(found)
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
