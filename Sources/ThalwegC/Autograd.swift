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
  call { () throws(ThalwegError) in
    let target = try pointer(out, "out")
    let roots = try asTensors(outputs, output_count, "outputs")
    let leaves = try asTensors(inputs, input_count, "inputs")
    var starts: [Tensor?]?
    if let seeds {
      starts = []
      for i in roots.indices { starts?.append(try asOptionalTensor(seeds[i], "seeds")) }
    }
    let found = try grad(
      roots, leaves, seeds: starts, retainGraph: retain_graph != 0, createGraph: create_graph != 0,
      allowUnused: allow_unused != 0)
    var handles: [tw_tensor_t?] = []
    do throws(ThalwegError) {
      for gradient in found {
        guard let gradient else {
          handles.append(nil)
          continue
        }
        handles.append(try Handles.reference(to: gradient, .tensor))
      }
    } catch {
      for handle in handles { Handles.release(handle, .tensor) }
      throw error
    }
    for (i, handle) in handles.enumerated() { target[i] = handle }
  }
}
