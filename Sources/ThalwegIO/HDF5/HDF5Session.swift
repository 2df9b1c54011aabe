import CHDF5
import ThalwegCore

/// A stretch of work with libhdf5: the one lock is held and the thread's error printer is off.
///
/// Everything that touches the library gets a session, and nothing that belongs to the library outlives it.
struct HDF5Session {
  let h5: UnsafePointer<tw_hdf5>
  /// The function that the user called; every error's sentence begins with it.
  let function: String

  /// Runs `body` with libhdf5, which is looked up when this is the first time.
  ///
  /// Errors: `.unavailable`, with what was tried and what to install; what `body` throws.
  static func run<Result: ~Copyable>(
    _ function: String, _ body: (HDF5Session) throws(ThalwegError) -> Result
  ) throws(ThalwegError) -> Result {
    Memory.prepareForFork()  // before libhdf5's lock has handlers of its own: memory is allocated under it
    var saved = tw_hdf5_session()
    var library: UnsafePointer<tw_hdf5>?
    let message = cText(capacity: 2048) { library = tw_hdf5_begin(&saved, $0, $1) }
    guard let library else { throw ThalwegError(.unavailable, "\(function): \(message)") }
    defer { tw_hdf5_end(&saved) }
    return try body(HDF5Session(h5: library, function: function))
  }

  /// Owns the identifier that a call returned, or throws what the library says about its failure.
  func own(
    _ raw: hid_t, _ what: @autoclosure () -> String, _ code: ThalwegError.Code = .format
  ) throws(ThalwegError) -> HDF5ID {
    guard raw >= 0 else { throw failure(code, what()) }
    return HDF5ID(raw, h5)
  }

  /// Throws what the library says if `status` is negative.
  func check(
    _ status: some BinaryInteger, _ what: @autoclosure () -> String, _ code: ThalwegError.Code = .format
  ) throws(ThalwegError) {
    guard status >= 0 else { throw failure(code, what()) }
  }

  /// "function: what: the library's innermost message". To be called right after the call that failed.
  func failure(_ code: ThalwegError.Code, _ what: String) -> ThalwegError {
    let reason = reason()
    return error(code, reason.isEmpty ? what : "\(what): \(reason)")
  }

  /// The innermost message of the library's error stack, "" if there is none.
  func reason() -> String { cText(capacity: 512) { tw_hdf5_reason($0, $1) } }

  func error(_ code: ThalwegError.Code, _ what: String) -> ThalwegError {
    ThalwegError(code, "\(function): \(what)")
  }
}

/// An identifier of an object of libhdf5, given back when this goes.
struct HDF5ID: ~Copyable {
  let raw: hid_t
  private let h5: UnsafePointer<tw_hdf5>

  init(_ raw: hid_t, _ h5: UnsafePointer<tw_hdf5>) {
    self.raw = raw
    self.h5 = h5
  }

  deinit { _ = h5.pointee.H5Idec_ref(raw) }
}

/// The text that `fill` writes into a buffer of `capacity` bytes.
func cText(capacity: Int, _ fill: (UnsafeMutablePointer<CChar>, Int) -> Void) -> String {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
    guard let base = buffer.baseAddress else { return "" }
    base.initialize(repeating: 0, count: capacity)
    fill(base, capacity)
    return String(cString: base)
  }
}
