public import CThalweg
import ThalwegCore

// MARK: - Operations of the caller's own

/// An operation of the caller's own, called `name` in error messages, on `inputs`. `forward` computes the outputs, at once
/// and unrecorded; `backward` the gradients of the inputs, once in each backward pass that comes by, on its thread. Both
/// are described at their types. Where `backward` is made of the library's operations, the result can be differentiated
/// as often as these.
///
/// `destroy`, which may be NULL, is called with `user_data` when nothing can call the functions any more, on whatever
/// thread that happens: with the graph, or before the return if nothing was recorded; not if this call fails.
/// `user_data` must not hold a reference to the outputs: they would never be gone.
///
/// Threads: any; one at a time per `user_data`, if its graphs are used by several. `out`: `output_count` new references.
@c(tw_custom_apply)
public func tw_custom_apply(
  _ name: UnsafePointer<CChar>?, _ forward: tw_custom_forward?, _ backward: tw_custom_backward?,
  _ inputs: UnsafePointer<tw_tensor_t?>?, _ input_count: UInt, _ output_count: UInt,
  _ user_data: UnsafeMutableRawPointer?, _ destroy: tw_destroy?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  customApply(
    name, forward, backward, nil, inputs, input_count, output_count, user_data, destroy, out,
    "tw_custom_apply")
}

/// As tw_custom_apply, with `jvp` for forward mode, which may be NULL: it gets the tangents of the inputs and writes those
/// of the outputs, and may be called several times. Without it forward mode differentiates `backward`.
///
/// Threads: any; one at a time per `user_data`, if its graphs are used by several. `out`: `output_count` new references.
@c(tw_custom_apply_with_jvp)
public func tw_custom_apply_with_jvp(
  _ name: UnsafePointer<CChar>?, _ forward: tw_custom_forward?, _ backward: tw_custom_backward?,
  _ jvp: tw_custom_jvp?, _ inputs: UnsafePointer<tw_tensor_t?>?, _ input_count: UInt, _ output_count: UInt,
  _ user_data: UnsafeMutableRawPointer?, _ destroy: tw_destroy?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  customApply(
    name, forward, backward, jvp, inputs, input_count, output_count, user_data, destroy, out,
    "tw_custom_apply_with_jvp")
}

private func customApply(
  _ name: UnsafePointer<CChar>?, _ forward: tw_custom_forward?, _ backward: tw_custom_backward?,
  _ jvp: tw_custom_jvp?, _ inputs: UnsafePointer<tw_tensor_t?>?, _ input_count: UInt, _ output_count: UInt,
  _ user_data: UnsafeMutableRawPointer?, _ destroy: tw_destroy?, _ out: UnsafeMutablePointer<tw_tensor_t?>?,
  _ function: StaticString
) -> tw_status {
  call { () throws(ThalwegError) in
    let name = try asString(name, "name", function)
    guard let forward else { throw null("forward", function) }
    guard let backward else { throw null("backward", function) }
    let count = try length(output_count, "out", function)
    guard count >= 1 else {
      throw ThalwegError(.invalidArgument, "\(function): output_count is 0; an operation has an output")
    }
    let out = try pointer(out, "out", function)
    let callback = Callback((), user_data)
    let outputs = try applyCustom(
      name, asTensors(inputs, input_count, "inputs", function),
      forward: { (context, inputs) throws(ThalwegError) in
        if let jvp {
          try context.setJvp { (context, tangents) throws(ThalwegError) in
            try callback.run("jvp of \(name)", jvp, context, tangents, count, isOptional: true)
          }
        }
        return try callback.run("forward of \(name)", forward, context, inputs, count, isOptional: false)
          .compactMap { $0 }
      },
      backward: { (context, gradients) throws(ThalwegError) in
        try callback.run(
          "backward of \(name)", backward, context, gradients, context.inputCount, isOptional: true)
      })
    try handOut(outputs, out)
    callback.destroy = destroy  // last: not to be called if anything above fails
  }
}

/// `tw_custom_forward`, `tw_custom_backward` and `tw_custom_jvp`, which have one type.
private typealias CustomPass = (
  tw_context_t?, UnsafePointer<tw_tensor_t?>?, Int, UnsafeMutablePointer<tw_tensor_t?>?, Int,
  UnsafeMutableRawPointer?
) -> tw_status

extension Callback {
  /// Calls one of the functions, which writes `count` tensors, with a context's handle.
  fileprivate func run(
    _ name: String, _ function: CustomPass, _ context: OperationContext, _ inputs: [Tensor?], _ count: Int,
    isOptional: Bool
  ) throws(ThalwegError) -> [Tensor?] {
    let handle = try Handles.reference(to: context, .context)
    defer { Handles.release(handle, .context) }
    return try runOnTensors(name, inputs, count, isOptional: isOptional) {
      function(handle, $1, $2, $3, $4, $5)
    }
  }

  /// Calls a function that reads tensors and writes new references to `count` others.
  /// - Parameter isOptional: whether it may leave some of them NULL.
  func runOnTensors(
    _ name: String, _ inputs: [Tensor?], _ count: Int, isOptional: Bool,
    _ body: (
      Function, UnsafePointer<tw_tensor_t?>?, Int, UnsafeMutablePointer<tw_tensor_t?>?, Int,
      UnsafeMutableRawPointer?
    ) -> tw_status
  ) throws(ThalwegError) -> [Tensor?] {
    var handles: [tw_tensor_t?] = []
    var results = [tw_tensor_t?](repeating: nil, count: count)
    defer {
      for handle in handles { Handles.release(handle, .tensor) }
      for handle in results { Handles.release(handle, .tensor) }
    }
    for input in inputs {
      handles.append(
        try input.map { tensor throws(ThalwegError) in try Handles.reference(to: tensor, .tensor) } ?? nil)
    }
    // The arrays are this call's own: whatever the function calls cannot be at them.
    let read = UnsafeMutablePointer<tw_tensor_t?>.allocate(capacity: handles.count + 1)
    let written = UnsafeMutablePointer<tw_tensor_t?>.allocate(capacity: count + 1)
    for (i, handle) in handles.enumerated() { read[i] = handle }
    written.initialize(repeating: nil, count: count + 1)
    defer {
      read.deallocate()
      written.deallocate()
    }
    var failure: ThalwegError?
    do throws(ThalwegError) {
      try run(name) { body($0, read, handles.count, written, count, $1) }
    } catch {
      failure = error
    }
    for i in 0..<count { results[i] = written[i] }
    if let failure { throw failure }
    var tensors: [Tensor?] = []
    for (i, handle) in results.enumerated() {
      guard handle != nil || isOptional else {
        throw ThalwegError(
          .invalidArgument, "\(name): the callback returned TW_OK without output \(i) of \(count)")
      }
      tensors.append(try asOptionalTensor(handle, "a tensor of the callback's", "tw_custom_apply"))
    }
    return tensors
  }
}

private func asContext(
  _ handle: tw_context_t?, _ function: StaticString = #function
) throws(ThalwegError) -> OperationContext {
  try Handles.object(handle, .context, as: OperationContext.self, "context", function)
}

/// Keeps a tensor for backward, where it is number 0, 1, ... in the order of the calls: an input or output with its place in
/// the graph of derivatives, any other as a constant. In forward only.
///
/// Threads: one at a time per context.
@c(tw_context_save)
public func tw_context_save(_ context: tw_context_t?, _ tensor: tw_tensor_t?) -> tw_status {
  call { () throws(ThalwegError) in try asContext(context).save(asTensor(tensor)) }
}

/// A tensor that forward saved. In backward and jvp only; an error if the tensor was changed in place since.
///
/// Threads: one at a time per context. `out`: new reference.
@c(tw_context_saved)
public func tw_context_saved(
  _ context: tw_context_t?, _ index: UInt, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asContext(context).saved(try length(index, "index"))
  }
}

/// How many tensors forward saved. In backward and jvp only.
///
/// Threads: one at a time per context.
@c(tw_context_saved_count)
public func tw_context_saved_count(
  _ context: tw_context_t?, _ out: UnsafeMutablePointer<UInt>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in UInt(try asContext(context).savedCount()) }
}

/// Whether an input is to get a gradient (0 or 1): in forward, from any pass; in backward, from the one that runs.
///
/// Threads: one at a time per context.
@c(tw_context_needs_gradient)
public func tw_context_needs_gradient(
  _ context: tw_context_t?, _ input: UInt, _ out: UnsafeMutablePointer<Int32>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    try asContext(context).needsGradient(try length(input, "input")) ? 1 : 0
  }
}

/// Says that an output has no gradient, such as one of places. Outputs that are not float have none anyway. In forward only.
///
/// Threads: one at a time per context.
@c(tw_context_mark_non_differentiable)
public func tw_context_mark_non_differentiable(_ context: tw_context_t?, _ output: UInt) -> tw_status {
  call { () throws(ThalwegError) in
    try asContext(context).markNonDifferentiable(try length(output, "output"))
  }
}

/// Whether backward gets zeros for an output that no gradient came to (1, the start), or NULL (0). In forward only.
///
/// Threads: one at a time per context.
@c(tw_context_set_materialize_gradients)
public func tw_context_set_materialize_gradients(_ context: tw_context_t?, _ value: Int32) -> tw_status {
  call { () throws(ThalwegError) in try asContext(context).setMaterializesGradients(value != 0) }
}
