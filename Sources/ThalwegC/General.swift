public import CThalweg
import CSystem
import ThalwegCore

// MARK: - Version

/// The major version: programs built against another one do not work with this library.
///
/// Threads: any.
@c(tw_version_major)
public func tw_version_major() -> Int32 { Version.major }

/// The minor version: grows when functions are added.
///
/// Threads: any.
@c(tw_version_minor)
public func tw_version_minor() -> Int32 { Version.minor }

/// The patch version: grows when only behaviour is mended.
///
/// Threads: any.
@c(tw_version_patch)
public func tw_version_patch() -> Int32 { Version.patch }

/// The version as "major.minor.patch". The string is the library's and lives for ever.
///
/// Threads: any.
@c(tw_version_string)
public func tw_version_string() -> UnsafePointer<CChar>? { Version.text.cString }

/// The instruction set whose kernels are in use: "baseline", "v3" (AVX2 and FMA) or "v4" (AVX-512). Chosen at the start
/// as the best that CPU and system have; the environment variable THALWEG_ISA overrides it with one of these names.
/// The string is the library's and lives for ever.
///
/// Threads: any.
@c(tw_instruction_set)
public func tw_instruction_set(_ out: UnsafeMutablePointer<UnsafePointer<CChar>?>?) -> tw_status {
  write(out) { kernels.pointee.name }
}

/// The LAPACK that decomposes larger matrices and solves with them, as it was opened, such as "liblapack.so.3"; NULL where
/// the library's own forms do that. Looked for once, at the first call that could use it, this one too. The environment
/// variable THALWEG_LAPACK names a library to use instead, or with "off" none. Results of the two differ by rounding, so
/// with "off" they do not depend on what the machine has. Where it is OpenBLAS (0.3.24 or later) or MKL it is asked to
/// compute on one thread; other libraries may start threads of their own.
///
/// Threads: any. The string is the library's and lives for ever.
@c(tw_lapack)
public func tw_lapack(_ out: UnsafeMutablePointer<UnsafePointer<CChar>?>?) -> tw_status {
  write(out) { LAPACK.found?.name }
}

// MARK: - Errors and log

/// What went wrong in this thread's latest call that failed: one sentence that names the function, what came and what
/// would have been right. Empty before the first failure. Valid until the next call that fails on this thread.
///
/// Threads: any.
@c(tw_last_error)
public func tw_last_error() -> UnsafePointer<CChar>? { tw_thread_error() }

/// A status as a word: "ok", "shape", "out of memory", ... The string is the library's and lives for ever.
///
/// Threads: any.
@c(tw_status_name)
public func tw_status_name(_ status: tw_status) -> UnsafePointer<CChar>? {
  if status == TW_OK { return ("ok" as StaticString).cString }
  let name: StaticString =
    switch ThalwegError.Code(rawValue: status) {
    case .invalidArgument: "invalid argument"
    case .invalidHandle: "invalid handle"
    case .shape: "shape"
    case .dtype: "dtype"
    case .outOfMemory: "out of memory"
    case .autograd: "autograd"
    case .io: "input or output"
    case .format: "file format"
    case .unavailable: "unavailable"
    case .cancelled: "cancelled"
    case .internal: "internal"
    case nil: "unknown status"
    }
  return name.cString
}

/// Sets the function that receives what the library has to say, for the whole process; NULL switches it off, as it is at
/// the start. The library itself never prints. The callback may come from any thread that calls the library.
///
/// Threads: any.
@c(tw_set_log_callback)
public func tw_set_log_callback(
  _ callback: tw_log_callback?, _ user_data: UnsafeMutableRawPointer?
) -> tw_status {
  call { Log.setCallback(callback, userData: user_data) }
}

// MARK: - Threads

/// Sets how many threads the library computes with, the calling one included: 1 to 256. The start is
/// THALWEG_NUM_THREADS, else the number of CPUs this process may run on. Results do not depend on it, to the bit.
///
/// Threads: any.
@c(tw_set_num_threads)
public func tw_set_num_threads(_ count: Int32) -> tw_status {
  call { () throws(ThalwegError) in
    guard count >= 1, count <= Int32(clamping: Threads.limit) else {
      throw ThalwegError(
        .invalidArgument, "tw_set_num_threads: count is \(count); it must be from 1 to \(Threads.limit)")
    }
    Threads.count = Int(count)
  }
}

/// How many threads the library computes with.
///
/// Threads: any.
@c(tw_get_num_threads)
public func tw_get_num_threads(_ out: UnsafeMutablePointer<Int32>?) -> tw_status {
  write(out) { Int32(truncatingIfNeeded: Threads.count) }
}

/// With 1, kernels compute with subnormal numbers flushed to zero; with 0, as at the start, they do not. Gradients that
/// vanish run into subnormals, which are many times slower. The caller's own floating-point mode is never left changed.
///
/// Threads: any.
@c(tw_set_flush_denormals)
public func tw_set_flush_denormals(_ enabled: Int32) -> tw_status {
  call { Threads.flushDenormals = enabled != 0 }
}

// MARK: - Recording of derivatives

/// Whether operations on this thread record a graph of derivatives: 1 at a thread's start, 0 for evaluation and for
/// changes of parameters in place. `previous`, if not NULL, receives what it was.
///
/// Threads: any; the setting is the calling thread's own.
@c(tw_set_grad_enabled)
public func tw_set_grad_enabled(_ enabled: Int32, _ previous: UnsafeMutablePointer<Int32>?) -> tw_status {
  previous?.pointee = GradMode.isEnabled ? 1 : 0
  GradMode.isEnabled = enabled != 0
  return tw_status(TW_OK)
}

/// Whether this thread records.
///
/// Threads: any.
@c(tw_is_grad_enabled)
public func tw_is_grad_enabled(_ out: UnsafeMutablePointer<Int32>?) -> tw_status {
  write(out) { GradMode.isEnabled ? 1 : 0 }
}

extension StaticString {
  /// Null-terminated, in the library's constant data.
  var cString: UnsafePointer<CChar>? {
    hasPointerRepresentation ? UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) : nil
  }
}
