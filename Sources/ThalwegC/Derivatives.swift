public import CThalweg
import ThalwegCore

// MARK: - Jacobians and second derivatives

// Of tensors that were computed with recording on. Where an output does not depend on an input the derivative is 0;
// no leaf's gradient changes, and the graph stays for the next call.

/// v^T J: the gradients of `outputs`, contracted with `vectors` of their shapes, with respect to `inputs`: one backward pass.
/// With `create_graph` 1 the results can be differentiated. The graph stays; no leaf's gradient changes.
///
/// Threads: one at a time per graph. `out`: `input_count` new references, of the inputs' shapes.
@c(tw_vjp)
public func tw_vjp(
  _ outputs: UnsafePointer<tw_tensor_t?>?, _ output_count: UInt,
  _ inputs: UnsafePointer<tw_tensor_t?>?, _ input_count: UInt,
  _ vectors: UnsafePointer<tw_tensor_t?>?, _ create_graph: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(out) { () throws(ThalwegError) in
    try vjp(
      asTensors(outputs, output_count, "outputs"), asTensors(inputs, input_count, "inputs"),
      vectors: asTensors(vectors, output_count, "vectors"), createGraph: create_graph != 0)
  }
}

/// J v: how `outputs` change as `inputs` move along `tangents` of their shapes: one pass forward through the graph. With
/// `create_graph` 1 the results can be differentiated. The graph stays; no leaf's gradient changes.
///
/// Threads: one at a time per graph. `out`: `output_count` new references, of the outputs' shapes.
@c(tw_jvp)
public func tw_jvp(
  _ outputs: UnsafePointer<tw_tensor_t?>?, _ output_count: UInt,
  _ inputs: UnsafePointer<tw_tensor_t?>?, _ input_count: UInt,
  _ tangents: UnsafePointer<tw_tensor_t?>?, _ create_graph: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(out) { () throws(ThalwegError) in
    try jvp(
      asTensors(outputs, output_count, "outputs"), asTensors(inputs, input_count, "inputs"),
      tangents: asTensors(tangents, input_count, "tangents"), createGraph: create_graph != 0)
  }
}

/// The Jacobian of `output` for each input, of shape output.shape + input.shape: element [i..., j...] is the derivative of
/// output[i...] by input[j...]. The rows go backward in batches, which most operations take at once. With `create_graph` 1 the
/// results can be differentiated. The graph stays; no leaf's gradient changes.
///
/// Threads: one at a time per graph. `out`: `input_count` new references.
@c(tw_jacobian)
public func tw_jacobian(
  _ output: tw_tensor_t?, _ inputs: UnsafePointer<tw_tensor_t?>?, _ input_count: UInt, _ create_graph: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(out) { () throws(ThalwegError) in
    try jacobian(
      asTensor(output, "output"), asTensors(inputs, input_count, "inputs"), createGraph: create_graph != 0)
  }
}

/// tw_jacobian by forward mode, a pass for each element of the inputs: for many more outputs than inputs.
///
/// Threads: one at a time per graph. `out`: `input_count` new references.
@c(tw_jacobian_forward)
public func tw_jacobian_forward(
  _ output: tw_tensor_t?, _ inputs: UnsafePointer<tw_tensor_t?>?, _ input_count: UInt, _ create_graph: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(out) { () throws(ThalwegError) in
    try forwardJacobian(
      asTensor(output, "output"), asTensors(inputs, input_count, "inputs"), createGraph: create_graph != 0)
  }
}

/// The second derivatives of the scalar `output`: `out`[i * input_count + j], of shape input[i].shape + input[j].shape, is
/// the derivative of the gradient by input i with respect to input j. With `create_graph` 1 the results can be
/// differentiated. The graph stays; no leaf's gradient changes.
///
/// Threads: one at a time per graph. `out`: `input_count` * `input_count` new references.
@c(tw_hessian)
public func tw_hessian(
  _ output: tw_tensor_t?, _ inputs: UnsafePointer<tw_tensor_t?>?, _ input_count: UInt, _ create_graph: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(out) { () throws(ThalwegError) in
    try hessian(
      asTensor(output, "output"), asTensors(inputs, input_count, "inputs"), createGraph: create_graph != 0
    ).flatMap { $0 }
  }
}

/// H v: the Hessian of the scalar `output` times `vectors` of the inputs' shapes, by forward over reverse: a pass backward
/// and one forward through both, whatever the size.
/// With `create_graph` 1 the results can be differentiated. The graph stays; no leaf's gradient changes.
///
/// Threads: one at a time per graph. `out`: `input_count` new references, of the inputs' shapes.
@c(tw_hvp)
public func tw_hvp(
  _ output: tw_tensor_t?, _ inputs: UnsafePointer<tw_tensor_t?>?, _ input_count: UInt,
  _ vectors: UnsafePointer<tw_tensor_t?>?, _ create_graph: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(out) { () throws(ThalwegError) in
    try hvp(
      asTensor(output, "output"), asTensors(inputs, input_count, "inputs"),
      vectors: asTensors(vectors, input_count, "vectors"), createGraph: create_graph != 0)
  }
}

// MARK: - Checking derivatives

/// Fills options with the defaults; `size` is sizeof of the caller's struct.
///
/// Threads: any.
@c(tw_gradcheck_options_init)
public func tw_gradcheck_options_init(
  _ options: UnsafeMutablePointer<tw_gradcheck_options>?, _ size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, size, \.struct_size, gradcheckDefaults) }
}

/// Compares the gradients of the caller's function with central differences at `inputs`, float64: those that require a
/// gradient, or all if none does. The error names the first element that differs. `function` is called on this thread,
/// twice for each element and once more. `options`: NULL for the defaults.
///
/// Threads: any.
@c(tw_gradcheck)
public func tw_gradcheck(
  _ function: tw_function_callback?, _ inputs: UnsafePointer<tw_tensor_t?>?, _ input_count: UInt,
  _ options: UnsafePointer<tw_gradcheck_options>?, _ user_data: UnsafeMutableRawPointer?
) -> tw_status {
  call { () throws(ThalwegError) in
    guard let function else { throw null("function", "tw_gradcheck") }
    let callback = Callback(function, user_data)
    try gradCheck(options).run(asTensors(inputs, input_count, "inputs")) { x throws(ThalwegError) in
      try callback.run(x, "tw_gradcheck")
    }
  }
}

/// tw_gradcheck for the second derivatives: the function's gradient is itself differentiated.
///
/// Threads: any.
@c(tw_gradgradcheck)
public func tw_gradgradcheck(
  _ function: tw_function_callback?, _ inputs: UnsafePointer<tw_tensor_t?>?, _ input_count: UInt,
  _ options: UnsafePointer<tw_gradcheck_options>?, _ user_data: UnsafeMutableRawPointer?
) -> tw_status {
  call { () throws(ThalwegError) in
    guard let function else { throw null("function", "tw_gradgradcheck") }
    let callback = Callback(function, user_data)
    try gradCheck(options).runSecondOrder(asTensors(inputs, input_count, "inputs")) {
      x throws(ThalwegError) in
      try callback.run(x, "tw_gradgradcheck")
    }
  }
}

private var gradcheckDefaults: tw_gradcheck_options {
  let check = GradCheck()
  return tw_gradcheck_options(
    struct_size: MemoryLayout<tw_gradcheck_options>.size, eps: check.eps, atol: check.atol, rtol: check.rtol)
}

private func gradCheck(_ options: UnsafePointer<tw_gradcheck_options>?) throws(ThalwegError) -> GradCheck {
  let chosen = try complete(options, gradcheckDefaults, "tw_gradcheck")
  guard chosen.eps > 0 else {
    throw ThalwegError(.invalidArgument, "tw_gradcheck: eps is \(chosen.eps); it must be positive")
  }
  return GradCheck(eps: chosen.eps, atol: chosen.atol, rtol: chosen.rtol)
}

extension Callback<tw_function_callback> {
  fileprivate func run(_ inputs: [Tensor], _ name: StaticString) throws(ThalwegError) -> Tensor {
    var handles: [tw_tensor_t?] = []
    defer { for handle in handles { Handles.release(handle, .tensor) } }
    for input in inputs { handles.append(try Handles.reference(to: input, .tensor)) }
    var output: tw_tensor_t?
    try run("\(name)") { $0(handles, handles.count, &output, $1) }
    guard output != nil else {
      throw ThalwegError(.invalidArgument, "\(name): the callback returned TW_OK without an output")
    }
    defer { Handles.release(output, .tensor) }
    return try asTensor(output, "the callback's output", name)
  }
}
