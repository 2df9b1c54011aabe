public import CThalweg
import CSystem
import ThalwegCore
import ThalwegNN

// MARK: - Data of the caller's own

/// A loader whose batches the caller's function gives. `next` gets 1 in `begins_epoch` for the first batch of an epoch and
/// writes new references to inputs and targets, or leaves both NULL at the epoch's end. `batch_count`, the batches in an
/// epoch, serves estimates of time; 0 if it is not known. `destroy`, which may be NULL, is called with `user_data` when
/// the loader is gone; not if this call fails.
///
/// Threads: any. `out`: new reference.
@c(tw_loader_create)
public func tw_loader_create(
  _ batch_count: Int64, _ next: tw_batch_callback?, _ user_data: UnsafeMutableRawPointer?,
  _ destroy: tw_destroy?, _ out: UnsafeMutablePointer<tw_loader_t?>?
) -> tw_status {
  call { () throws(ThalwegError) in
    guard let next else { throw null("next", "tw_loader_create") }
    let out = try pointer(out, "out")
    let callback = BatchCallback(next, user_data)
    let loader = CustomLoader(batchCount: Int(clamping: batch_count)) { (begins) throws(ThalwegError) in
      try callback.run(begins)
    }
    out.pointee = try Handles.reference(to: loader, .loader)
    callback.destroy = destroy  // last: not to be called if anything above fails
  }
}

/// Gives back a reference to a loader. NULL is taken and ignored.
///
/// Threads: any.
@c(tw_loader_release)
public func tw_loader_release(_ loader: tw_loader_t?) { Handles.release(loader, .loader) }

/// A batch function with its data, which it frees in the end.
private final class BatchCallback {
  private let function: tw_batch_callback
  private let userData: UnsafeMutableRawPointer?
  var destroy: tw_destroy?

  init(_ function: tw_batch_callback, _ userData: UnsafeMutableRawPointer?) {
    self.function = function
    self.userData = userData
  }

  deinit { destroy?(userData) }

  func run(_ begins: Bool) throws(ThalwegError) -> [Tensor]? {
    // An empty sentence tells an error of this callback from one long past.
    let earlier = String(cString: tw_thread_error())
    tw_thread_set_error("")
    var input: tw_tensor_t?
    var target: tw_tensor_t?
    let status = function(begins ? 1 : 0, &input, &target, userData)
    defer {
      Handles.release(input, .tensor)
      Handles.release(target, .tensor)
    }
    guard status == TW_OK else {
      let sentence = String(cString: tw_thread_error())
      throw ThalwegError(
        ThalwegError.Code(rawValue: status) ?? .cancelled,
        sentence.isEmpty ? "the loader's callback returned status \(status)" : sentence)
    }
    tw_thread_set_error(earlier)
    if input == nil && target == nil { return nil }
    return [
      try asTensor(input, "the callback's input", "tw_loader_create"),
      try asTensor(target, "the callback's target", "tw_loader_create"),
    ]
  }
}
