public import CThalweg
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
    let callback = Callback(next, user_data)
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

extension Callback<tw_batch_callback> {
  fileprivate func run(_ begins: Bool) throws(ThalwegError) -> [Tensor]? {
    var input: tw_tensor_t?
    var target: tw_tensor_t?
    defer {
      Handles.release(input, .tensor)
      Handles.release(target, .tensor)
    }
    try run("tw_loader_create") { $0(begins ? 1 : 0, &input, &target, $1) }
    if input == nil && target == nil { return nil }
    return [
      try asTensor(input, "the callback's input", "tw_loader_create"),
      try asTensor(target, "the callback's target", "tw_loader_create"),
    ]
  }
}
