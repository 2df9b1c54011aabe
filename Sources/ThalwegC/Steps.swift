public import CThalweg
import ThalwegCore

// MARK: - Recorded steps
//
// Work of fixed shapes, such as a step of training, recorded once and done again and again: no checks, no graph of
// derivatives, no memory to be asked for. Results have the bits that the same calls would give.
//
//     tw_step_begin(inputs, 2);
//     tw_optimizer_zero_grad(optimizer); ... tw_tensor_backward(loss, ...); tw_optimizer_step(optimizer);
//     tw_step_end(&loss, 1, &step);
//     for (...) tw_step_run(step, batch, 2); // `loss` has the new value
//
// What is done again is what the calls between begin and end have computed, with random numbers drawn anew; and, with the
// numbers they go by then, tw_optimizer_step, tw_schedule_step and the tw_clip_* functions. All else is as it was: branches,
// the program's own numbers, lengths of loops. What would go unnoticed is refused: tw_tensor_item and its like, a change of
// the learning rate by hand, and operations that cannot be repeated, by name. After a run leaves have the gradients that
// the same calls leave them, in memory of the step's.

/// Begins to record what the calling thread does. The elements of `inputs` are what tw_step_run sets anew; they may be none.
///
/// Threads: any; each records its own step. Others may go on computing.
@c(tw_step_begin)
public func tw_step_begin(_ inputs: UnsafePointer<tw_tensor_t?>?, _ input_count: UInt) -> tw_status {
  call { () throws(ThalwegError) in try RecordedStep.begin(asTensors(inputs, input_count, "inputs")) }
}

/// Ends the recording, also if this call fails: with TW_ERROR_INVALID_ARGUMENT for what cannot be repeated. `outputs` are
/// tensors that every run gives new elements; they may be none. The step holds all that it needs.
///
/// Threads: the one that began. `out`: new reference.
@c(tw_step_end)
public func tw_step_end(
  _ outputs: UnsafePointer<tw_tensor_t?>?, _ output_count: UInt, _ out: UnsafeMutablePointer<tw_step_t?>?
) -> tw_status {
  call { () throws(ThalwegError) in
    defer { RecordedStep.abort() }
    let out = try pointer(out, "out")
    let step = try RecordedStep.end(asTensors(outputs, output_count, "outputs"))
    out.pointee = try Handles.reference(to: step, .step)
  }
}

/// Ends the recording, if there is one, and forgets it. What was computed stays.
///
/// Threads: the one that began.
@c(tw_step_abort)
public func tw_step_abort() { RecordedStep.abort() }

/// Copies `inputs`, as many as the step was recorded with and of the same shapes and dtypes, and does the work. If something
/// in it fails, such as a class out of range, what was computed until then stays.
///
/// Threads: one at a time per step.
@c(tw_step_run)
public func tw_step_run(
  _ step: tw_step_t?, _ inputs: UnsafePointer<tw_tensor_t?>?, _ input_count: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try asStep(step).run(asTensors(inputs, input_count, "inputs")) }
}

/// The bytes that a step holds for the tensors of its work, and the most that they use at a time. Either may be NULL.
///
/// Threads: any.
@c(tw_step_memory)
public func tw_step_memory(
  _ step: tw_step_t?, _ out_held: UnsafeMutablePointer<Int64>?, _ out_peak: UnsafeMutablePointer<Int64>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let step = try asStep(step)
    out_held?.pointee = Int64(step.byteCount)
    out_peak?.pointee = Int64(step.peak.bytes)
  }
}

/// Gives back a reference to a step. Its tensors' memory stays until those are gone, too. NULL is taken and ignored.
///
/// Threads: any.
@c(tw_step_release)
public func tw_step_release(_ step: tw_step_t?) { Handles.release(step, .step) }

private func asStep(
  _ handle: tw_step_t?, _ function: StaticString = #function
) throws(ThalwegError) -> RecordedStep {
  try Handles.object(handle, .step, as: RecordedStep.self, "step", function)
}
