// Matrices of derivatives of tensors that were computed with recording on. Where an output does not depend on an input the
// derivative is 0. None of these changes a leaf's `grad`, and the graph stays for the next one.

/// The Jacobian of `output` for each input: element [i..., j...] is the derivative of output[i...] by input[j...].
/// Its rows go backward in batches: an operation takes a batch at once where it can.
///
/// - Parameter createGraph: record the computation, so that the result can be differentiated.
/// - Returns: for each input a tensor of shape output.shape + input.shape.
/// - Throws: `.shape` if those are more dimensions than a tensor can have.
public func jacobian(
  _ output: Tensor, _ inputs: [Tensor], createGraph: Bool = false
) throws(ThalwegError) -> [Tensor] {
  let shapes = try matrixShapes(output, inputs)
  for (i, input) in inputs.enumerated() where !input.requiresGrad && output.requiresGrad {
    throw ThalwegError(
      .autograd, "jacobian: input \(i) (shape \(input.shape)) does not require a gradient")
  }
  return try recorded(createGraph) { () throws(ThalwegError) in
    guard output.requiresGrad, output.numel > 0 else { return try zeros(shapes, like: inputs) }
    var rows: [[Tensor]] = Array(repeating: [], count: inputs.count)
    let sweep = try BatchedSweep(output, inputs)
    let length = batchLength(output.numel, sweep?.largest)
    for start in stride(from: 0, to: output.numel, by: length) {
      let count = min(length, output.numel - start)
      let seeds = try unitRows(output, start, count)
      let found =
        if let sweep { try sweep.run(seeds) } else {
          try gradients([output], inputs, [seeds.reshape(output.shape)], createGraph: createGraph)
            as [Tensor?]
        }
      for (k, input) in inputs.enumerated() {
        let flat: Dims = [count, input.numel]
        let part =
          if let row = found[k] { try row.reshape(flat) } else { try Tensor.zeros(flat, dtype: input.dtype) }
        rows[k].append(part)
      }
    }
    var result: [Tensor] = []
    for (shape, rows) in zip(shapes, rows) { result.append(try Tensor.joined(rows, 0).reshape(shape)) }
    return result
  }
}

/// The Jacobian by forward mode: a pass for each element of the inputs, in batches, for functions with more outputs than
/// inputs. Parameters and errors are those of `jacobian`.
public func forwardJacobian(
  _ output: Tensor, _ inputs: [Tensor], createGraph: Bool = false
) throws(ThalwegError) -> [Tensor] {
  let shapes = try matrixShapes(output, inputs)
  return try recorded(createGraph) { () throws(ThalwegError) in
    guard output.requiresGrad, output.numel > 0 else { return try zeros(shapes, like: inputs) }
    let sweep = try ForwardSweep([output], inputs)
    var result: [Tensor] = []
    for (k, input) in inputs.enumerated() {
      if input.numel == 0 || !input.dtype.isFloat {
        result.append(try Tensor.zeros(shapes[k], dtype: input.dtype))
        continue
      }
      var columns: [Tensor] = []
      let length = batchLength(input.numel, sweep.largest)
      for start in stride(from: 0, to: input.numel, by: length) {
        let count = min(length, input.numel - start)
        var tangents: [Tensor?] = Array(repeating: nil, count: inputs.count)
        let units = try unitRows(input, start, count)
        tangents[k] = sweep.largest == nil ? try units.reshape(input.shape) : units
        let found = try sweep.largest == nil ? sweep.run(tangents) : sweep.run(batch: tangents, count)
        let flat: Dims = [count, output.numel]
        let part =
          if let columns = found[0] { try columns.reshape(flat) } else {
            try Tensor.zeros(flat, dtype: output.dtype)
          }
        columns.append(part)
      }
      result.append(try Tensor.joined(columns, 0).transpose(0, 1).reshape(shapes[k]))
    }
    return result
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

// MARK: - Shared

/// How many rows of a matrix go through a graph at once: so many that a batch of its largest tensor fits in the caches of one
/// core. Nil for `largest`: one.
private func batchLength(_ rows: Int, _ largest: Int?) -> Int {
  guard let largest else { return 1 }
  return min(rows, max(1, (1 << 18) / max(largest, 1)))
}

/// [count, ...]: of the unit vectors of a tensor's shape those from `start` on.
private func unitRows(_ like: Tensor, _ start: Int, _ count: Int) throws(ThalwegError) -> Tensor {
  let rows = try Tensor.zeros([count, like.numel], dtype: like.dtype)
  for i in 0..<count {
    Elements(base: rows.data, count: rows.numel, dtype: rows.dtype).store(1, at: i * like.numel + start + i)
  }
  return like.rank < Dims.maxRank ? try rows.reshape(rows.batched(like.shape)) : rows
}

private func zeros(_ shapes: [Dims], like inputs: [Tensor]) throws(ThalwegError) -> [Tensor] {
  var result: [Tensor] = []
  for (shape, input) in zip(shapes, inputs) { result.append(try Tensor.zeros(shape, dtype: input.dtype)) }
  return result
}

private func matrixShapes(_ output: Tensor, _ inputs: [Tensor]) throws(ThalwegError) -> [Dims] {
  var shapes: [Dims] = []
  for input in inputs {
    guard output.rank + input.rank <= Dims.maxRank else {
      throw ThalwegError(
        .shape,
        """
        jacobian: output \(output.shape) and input \(input.shape) make a Jacobian of \(output.rank + input.rank) \
        dimensions; a tensor has at most \(Dims.maxRank): flatten them
        """)
    }
    shapes.append(Dims(Array(output.shape) + Array(input.shape)))
  }
  return shapes
}

extension Tensor {
  /// `cat`, but of one tensor that itself.
  fileprivate static func joined(_ parts: [Tensor], _ dim: Int) throws(ThalwegError) -> Tensor {
    parts.count == 1 ? parts[0] : try cat(parts, dim: dim)
  }
}
