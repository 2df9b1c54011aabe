import CThalweg
import CSystem
import ThalwegCore

/// A function of the caller's with its data, which it frees in the end.
final class Callback<Function> {
  private let function: Function
  private let userData: UnsafeMutableRawPointer?
  /// Set last, once the call that took the callback cannot fail any more: it is not to be called if that fails.
  var destroy: tw_destroy?

  init(_ function: Function, _ userData: UnsafeMutableRawPointer?) {
    self.function = function
    self.userData = userData
  }

  deinit { destroy?(userData) }

  /// Calls the function through `body` and turns its status into an error, with the sentence of the call in it that
  /// failed.
  /// - Parameter name: as in "name: the callback returned status 3".
  func run(
    _ name: @autoclosure () -> String, _ body: (Function, UnsafeMutableRawPointer?) -> tw_status
  ) throws(ThalwegError) {
    // An empty sentence tells an error of this callback from one long past.
    let earlier = String(cString: tw_thread_error())
    tw_thread_set_error("")
    let status = body(function, userData)
    guard status == TW_OK else {
      let sentence = String(cString: tw_thread_error())
      throw ThalwegError(
        ThalwegError.Code(rawValue: status) ?? .cancelled,
        sentence.isEmpty ? "\(name()): the callback returned status \(status)" : sentence)
    }
    tw_thread_set_error(earlier)
  }
}
