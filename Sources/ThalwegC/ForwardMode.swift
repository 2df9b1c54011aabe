public import CThalweg
import ThalwegCore

// MARK: - Forward mode

// Tensors that carry tangents (dual numbers): every operation computes beside its result how that moves, as its operands
// move along their tangents. Nothing is kept for a backward pass.

/// Begins a level of forward-mode differentiation on the calling thread, within which tensors may carry tangents
/// (tw_make_dual). Levels may be nested: an inner one's tangents carry tangents of the outer ones. Backward passes in a
/// level give gradients that carry tangents: Hessians times vectors, by forward over reverse. Where recording is off
/// (tw_set_grad_enabled) no tangents are carried.
///
/// Threads: any, each for itself.
@c(tw_forward_level_enter)
public func tw_forward_level_enter() -> tw_status {
  call { () throws(ThalwegError) in _ = ForwardLevel.enter() }
}

/// Ends the innermost level of the calling thread: its tangents are gone.
///
/// Threads: any, each for itself.
@c(tw_forward_level_leave)
public func tw_forward_level_leave() -> tw_status {
  call { () throws(ThalwegError) in try innermost("tw_forward_level_leave").leave() }
}

/// A tensor of the values of `primal` that carries a tangent of its shape and float dtype, for the calling thread's innermost
/// level. Derivatives of other kinds go on through it.
///
/// Threads: any. `out`: new reference.
@c(tw_make_dual)
public func tw_make_dual(
  _ primal: tw_tensor_t?, _ tangent: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    let (value, direction) = (try asTensor(primal, "primal"), try asTensor(tangent, "tangent"))
    return try innermost("tw_make_dual").makeDual(value, direction)
  }
}

/// A tensor without its tangent of the calling thread's innermost level, and that tangent, NULL if it has none.
///
/// Threads: any. `out_primal`: new reference. `out_tangent`: new reference, or NULL.
@c(tw_unpack_dual)
public func tw_unpack_dual(
  _ tensor: tw_tensor_t?, _ out_primal: UnsafeMutablePointer<tw_tensor_t?>?,
  _ out_tangent: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let outPrimal = try pointer(out_primal, "out_primal")
    let outTangent = try pointer(out_tangent, "out_tangent")
    let dual = try asTensor(tensor)
    let (primal, tangent) = try innermost("tw_unpack_dual").unpack(dual)
    let handles = try references(to: [primal, tangent])
    (outPrimal.pointee, outTangent.pointee) = (handles[0], handles[1])
  }
}

/// `function` at `inputs`, and how its results change as the inputs move along `tangents` of their shapes: J v by forward
/// mode, in about the time of two forward passes and without keeping anything. `function` is called once, on this thread.
///
/// Threads: any. `out` and `out_tangents`: `output_count` new references each.
@c(tw_function_jvp)
public func tw_function_jvp(
  _ function: tw_functions_callback?, _ inputs: UnsafePointer<tw_tensor_t?>?, _ input_count: UInt,
  _ tangents: UnsafePointer<tw_tensor_t?>?, _ output_count: UInt, _ user_data: UnsafeMutableRawPointer?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?, _ out_tangents: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  call { () throws(ThalwegError) in
    guard let function else { throw null("function", "tw_function_jvp") }
    let count = try length(output_count, "out")
    let out = try pointer(out, "out")
    let outTangents = try pointer(out_tangents, "out_tangents")
    let callback = Callback(function, user_data)
    let (outputs, moved) = try jvp(
      of: { inputs throws(ThalwegError) in
        try callback.runOnTensors("tw_function_jvp", inputs, count, isOptional: false) {
          $0($1, $2, $3, $4, $5)
        }.compactMap { $0 }
      },
      at: asTensors(inputs, input_count, "inputs"), tangents: asTensors(tangents, input_count, "tangents"))
    let handles = try references(to: outputs + moved)
    for i in 0..<count {
      out[i] = handles[i]
      outTangents[i] = handles[count + i]
    }
  }
}

/// A tensor over the same elements to take derivatives at: a leaf that requires a gradient, or, where the tensor is itself
/// part of a graph of derivatives, connected with it. It carries the same tangents. So derivatives of derivatives are found
/// whether the outer ones go forward or backward.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_point)
public func tw_tensor_point(
  _ tensor: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(tensor).point() }
}

private func innermost(_ function: StaticString) throws(ThalwegError) -> ForwardLevel {
  guard let level = ForwardLevel.current else {
    throw ThalwegError(
      .autograd, "\(function): this thread is in no level of forward mode; tw_forward_level_enter begins one")
  }
  return level
}
