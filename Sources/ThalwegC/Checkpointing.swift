public import CThalweg
import ThalwegCore
import ThalwegNN

// MARK: - Time for memory

/// Computes `function` of `inputs` and keeps for backward nothing of what it computes, but the inputs: backward calls it once
/// more when it needs the rest (Chen et al. 2016, "Training deep nets with sublinear memory cost"). It must compute the
/// same both times; it may use tensors beside its inputs, such as parameters, whose gradients come as always. With
/// `preserve_random` 1 every generator gives the second time what it gave the first; running statistics of normalisation
/// change the first time only. May be nested, and differentiated again.
///
/// `destroy`, which may be NULL, is called with `user_data` when nothing can call the function any more, on whatever
/// thread that happens: with the graph, or before the return if nothing was recorded; not if this call fails.
///
/// Threads: any. `out`: `output_count` new references; may be NULL if that is 0.
@c(tw_checkpointed)
public func tw_checkpointed(
  _ function: tw_functions_callback?, _ inputs: UnsafePointer<tw_tensor_t?>?, _ input_count: UInt,
  _ output_count: UInt, _ preserve_random: Int32, _ user_data: UnsafeMutableRawPointer?,
  _ destroy: tw_destroy?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  call { () throws(ThalwegError) in
    guard let function else { throw null("function", "tw_checkpointed") }
    let count = try length(output_count, "out")
    if count > 0 { _ = try pointer(out, "out") }
    let callback = Callback(function, user_data)
    let outputs = try checkpoint(
      asTensors(inputs, input_count, "inputs"), preservesRandom: preserve_random != 0
    ) { inputs throws(ThalwegError) in
      try callback.runOnTensors("tw_checkpointed", inputs, count, isOptional: false) {
        $0($1, $2, $3, $4, $5)
      }.compactMap { $0 }
    }
    if let out { try handOut(outputs, out) }
    callback.destroy = destroy  // last: not to be called if anything above fails
  }
}

/// Modules one after the other, named "0", "1", ..., that train in less memory and more time: they are cut into `segments` of
/// equal length, and of each but the last only the input is kept for backward, which computes the segment once more
/// (tw_checkpointed); a single segment is treated so too. Parameters have the names that they have in tw_sequential_create,
/// and the numbers are the same. The handles stay the caller's; the modules are shared.
///
/// Threads: any. `out`: new reference.
@c(tw_checkpointed_sequential_create)
public func tw_checkpointed_sequential_create(
  _ children: UnsafePointer<tw_module_t?>?, _ count: UInt, _ segments: Int64, _ preserve_random: Int32,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let count = try length(count, "children")
    var modules: [Module] = []
    if count > 0 {
      let children = try pointer(children, "children")
      for i in 0..<count { modules.append(try asModule(children[i], "children")) }
    }
    return try CheckpointedSequential(modules, segments: Int(segments), preservesRandom: preserve_random != 0)
  }
}
