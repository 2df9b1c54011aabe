public import CThalweg
import ThalwegCore
import ThalwegNN

// MARK: - Modules of the caller's own

/// A module of the caller's own, called `type_name`. `forward` computes its output: it gets the module, the input (both
/// borrowed) and `user_data`, writes a new reference to its output and returns TW_OK, or returns another status to fail;
/// the sentence of the call that failed in it stays the last error. It may run on several threads at once. `destroy`,
/// which may be NULL, is called with `user_data` when the module is gone, on whatever thread that happens; not if this
/// call fails.
///
/// Parameters, buffers and children are registered afterwards. `user_data` must not hold a reference to the module: it
/// would never be gone.
///
/// Threads: any. `out`: new reference.
@c(tw_module_create)
public func tw_module_create(
  _ type_name: UnsafePointer<CChar>?, _ forward: tw_forward_callback?, _ user_data: UnsafeMutableRawPointer?,
  _ destroy: tw_destroy?, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let name = try asString(type_name, "type_name")
    guard let forward else { throw null("forward", "tw_module_create") }
    let out = try pointer(out, "out")
    let callback = Callback(forward, user_data)
    let module = CustomModule(name) { (module, input) throws(ThalwegError) in try callback.run(module, input)
    }
    out.pointee = try Handles.reference(to: module, .module)
    callback.destroy = destroy  // last: not to be called if anything above fails
  }
}

/// Tells whoever traces on this thread, as tw_module_trace and tw_module_summary do, that the module gave `output` for
/// `input`: for a module of the caller's own that computes without tw_module_forward. Does nothing otherwise.
///
/// Threads: any.
@c(tw_module_announce)
public func tw_module_announce(
  _ module: tw_module_t?, _ input: tw_tensor_t?, _ output: tw_tensor_t?
) -> tw_status {
  call { () throws(ThalwegError) in
    try asModule(module).announce(asTensor(input, "input"), asTensor(output, "output"))
  }
}

extension Callback<tw_forward_callback> {
  fileprivate func run(_ module: Module, _ input: Tensor) throws(ThalwegError) -> Tensor {
    let own = try Handles.reference(to: module, .module)
    defer { Handles.release(own, .module) }
    let source = try Handles.reference(to: input, .tensor)
    defer { Handles.release(source, .tensor) }
    var output: tw_tensor_t?
    try run("forward of \(module.typeName)") { $0(own, source, &output, $1) }
    guard output != nil else {
      throw ThalwegError(
        .invalidArgument, "forward of \(module.typeName): the callback returned TW_OK without an output")
    }
    defer { Handles.release(output, .tensor) }
    return try asTensor(output, "the callback's output", "forward")
  }
}
