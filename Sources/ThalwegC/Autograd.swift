public import CThalweg
import ThalwegCore

// MARK: - Derivatives

/// Whether operations on this tensor are recorded: 0 or 1.
///
/// Threads: any.
@c(tw_tensor_requires_grad)
public func tw_tensor_requires_grad(_ tensor: tw_tensor_t?, _ out: UnsafeMutablePointer<Int32>?) -> tw_status
{
  write(out) { () throws(ThalwegError) in try asTensor(tensor).requiresGrad ? 1 : 0 }
}

/// Makes a leaf of a float dtype require a gradient (1) or not (0).
///
/// Threads: one at a time per tensor.
@c(tw_tensor_set_requires_grad)
public func tw_tensor_set_requires_grad(_ tensor: tw_tensor_t?, _ value: Int32) -> tw_status {
  call { () throws(ThalwegError) in try asTensor(tensor).setRequiresGrad(value != 0) }
}

/// Whether the tensor was made by the caller rather than by a recorded operation: 0 or 1.
///
/// Threads: any.
@c(tw_tensor_is_leaf)
public func tw_tensor_is_leaf(_ tensor: tw_tensor_t?, _ out: UnsafeMutablePointer<Int32>?) -> tw_status {
  write(out) { () throws(ThalwegError) in try asTensor(tensor).isLeaf ? 1 : 0 }
}

/// What backward has accumulated in a leaf; NULL if nothing.
///
/// Threads: any. `out`: new reference, or NULL.
@c(tw_tensor_grad)
public func tw_tensor_grad(
  _ tensor: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    try asTensor(tensor).grad.map { gradient throws(ThalwegError) in
      try Handles.reference(to: gradient, .tensor)
    } ?? nil
  }
}

/// Replaces the gradient of a leaf; NULL clears it.
///
/// Threads: one at a time per tensor.
@c(tw_tensor_set_grad)
public func tw_tensor_set_grad(_ tensor: tw_tensor_t?, _ gradient: tw_tensor_t?) -> tw_status {
  call { () throws(ThalwegError) in
    try asTensor(tensor).setGrad(asOptionalTensor(gradient, "gradient"))
  }
}

/// Accumulates, in every leaf that the tensor depends on, the gradient of the tensor contracted with `seed`, which has its
/// shape and dtype; NULL stands for 1 and needs a tensor of one element. The graph is freed unless `retain_graph` is 1;
/// with `create_graph` 1 the pass is recorded itself, so that the gradients can be differentiated.
///
/// Threads: one at a time per graph.
@c(tw_tensor_backward)
public func tw_tensor_backward(
  _ tensor: tw_tensor_t?, _ seed: tw_tensor_t?, _ retain_graph: Int32, _ create_graph: Int32
) -> tw_status {
  call { () throws(ThalwegError) in
    try asTensor(tensor).backward(
      asOptionalTensor(seed, "seed"), retainGraph: retain_graph != 0, createGraph: create_graph != 0)
  }
}

/// The gradients of `outputs`, contracted with `seeds`, with respect to `inputs`; no leaf's gradient changes. `seeds` has a
/// tensor, or NULL for 1, for each output, or is NULL itself. An input that no output depends on is an error unless
/// `allow_unused` is 1; its place in `out` is then NULL.
///
/// Threads: one at a time per graph. `out`: `input_count` new references.
@c(tw_grad)
public func tw_grad(
  _ outputs: UnsafePointer<tw_tensor_t?>?, _ output_count: UInt,
  _ inputs: UnsafePointer<tw_tensor_t?>?, _ input_count: UInt,
  _ seeds: UnsafePointer<tw_tensor_t?>?, _ retain_graph: Int32, _ create_graph: Int32, _ allow_unused: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensors(out) { () throws(ThalwegError) in
    let roots = try asTensors(outputs, output_count, "outputs")
    var starts: [Tensor?]?
    if let seeds {
      starts = []
      for i in roots.indices { starts?.append(try asOptionalTensor(seeds[i], "seeds")) }
    }
    return try grad(
      roots, asTensors(inputs, input_count, "inputs"), seeds: starts, retainGraph: retain_graph != 0,
      createGraph: create_graph != 0, allowUnused: allow_unused != 0)
  }
}

// MARK: - Watching gradients

/// Makes a result of an operation accumulate its gradient as leaves do, where tw_tensor_grad finds it. Nothing to do for
/// leaves.
///
/// Threads: one at a time per tensor.
@c(tw_tensor_retain_grad)
public func tw_tensor_retain_grad(_ tensor: tw_tensor_t?) -> tw_status {
  call { () throws(ThalwegError) in try asTensor(tensor).retainGrad() }
}

/// Calls `hook` with the tensor's gradient whenever a backward pass has it whole, before it goes on or is accumulated. Hooks
/// run in the order of their registration, on the thread of the pass; those of a result live as long as its graph.
/// `destroy`, which may be NULL, is called with `user_data` when the hook is gone; not if this call fails. `out`, which may
/// be NULL, gets a number to remove the hook by.
///
/// Threads: one at a time per tensor.
@c(tw_tensor_register_hook)
public func tw_tensor_register_hook(
  _ tensor: tw_tensor_t?, _ hook: tw_gradient_hook?, _ user_data: UnsafeMutableRawPointer?,
  _ destroy: tw_destroy?, _ out: UnsafeMutablePointer<Int64>?
) -> tw_status {
  call { () throws(ThalwegError) in
    guard let hook else { throw null("hook", "tw_tensor_register_hook") }
    let callback = Callback(hook, user_data)
    let id = try asTensor(tensor).registerHook { gradient throws(ThalwegError) in try callback.run(gradient) }
    callback.destroy = destroy
    out?.pointee = Int64(id)
  }
}

/// Removes a hook by its number.
///
/// Threads: one at a time per tensor.
@c(tw_tensor_remove_hook)
public func tw_tensor_remove_hook(_ tensor: tw_tensor_t?, _ hook: Int64) -> tw_status {
  call { () throws(ThalwegError) in
    guard try asTensor(tensor).removeHook(Int(hook)) else {
      throw ThalwegError(.invalidArgument, "tw_tensor_remove_hook: the tensor has no hook \(hook)")
    }
  }
}

extension Callback<tw_gradient_hook> {
  fileprivate func run(_ gradient: Tensor) throws(ThalwegError) -> Tensor? {
    let handle = try Handles.reference(to: gradient, .tensor)
    defer { Handles.release(handle, .tensor) }
    var replacement: tw_tensor_t?
    defer { Handles.release(replacement, .tensor) }
    try run("tw_tensor_register_hook") { $0(handle, &replacement, $1) }
    return try asOptionalTensor(replacement, "the hook's replacement", "tw_tensor_register_hook")
  }
}

// MARK: - Where Inf and NaN come from

/// Switches anomaly mode on (1) or off (0) for the calling thread: the first operation that makes Inf or NaN of finite
/// numbers, forward or backward, then fails with an error that names it, its inputs' shapes and ranges, and the caller's
/// place (tw_set_call_site_callback). Slow: for finding the origin, not for training. `previous`, which may be NULL, gets
/// what was before.
///
/// Threads: any, each for itself.
@c(tw_set_detect_anomaly)
public func tw_set_detect_anomaly(_ enabled: Int32, _ previous: UnsafeMutablePointer<Int32>?) -> tw_status {
  previous?.pointee = AnomalyMode.isEnabled ? 1 : 0
  AnomalyMode.isEnabled = enabled != 0
  return tw_status(TW_OK)
}

/// Sets the function that tells anomaly mode from where the caller's program called, for the whole process; NULL for none.
/// It runs on the computing thread, inside the call.
///
/// Threads: any.
@c(tw_set_call_site_callback)
public func tw_set_call_site_callback(
  _ callback: tw_call_site_callback?, _ user_data: UnsafeMutableRawPointer?
) -> tw_status {
  guard let callback else {
    AnomalyMode.setCallSite(nil)
    return tw_status(TW_OK)
  }
  let data = UInt(bitPattern: user_data)
  AnomalyMode.setCallSite {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
      buffer.initialize(repeating: 0)
      guard let start = buffer.baseAddress else { return nil }
      callback(start, buffer.count, UnsafeMutableRawPointer(bitPattern: data))
      buffer[buffer.count - 1] = 0
      return buffer[0] == 0 ? nil : String(cString: start)
    }
  }
  return tw_status(TW_OK)
}
