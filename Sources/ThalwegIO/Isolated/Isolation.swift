import CHDF5
public import ThalwegCore

/// Whether HDF5 files are read in a process of their own, so that a damaged or hostile one ends that process and not
/// the host: libhdf5 1.10 crashes or hangs on some.
///
/// The process is the program thalweg-reader, which is installed beside the library. It opens the file and says what is
/// in it; every word it says is checked. The data of contiguous and chunked data sets is then read here, from the file
/// itself, by the engine's own decoders, so that large files are read at full speed.
///
/// Against damage, and against files that are known to crash libhdf5, this is a complete protection of the host. Against
/// one that makes libhdf5 run code of its own, it is not a sandbox: the process has the host's rights but for limits on
/// memory, time and writing of files.
public enum Isolation {
  /// As TW_ISOLATION_... in C.
  public enum Mode: Int32, Sendable {
    /// All files are read in the host's process.
    case never = 0
    /// Files are read apart but for those that this library has written and nothing has changed since: see `Seal`.
    case foreign = 1
    /// All files are read apart.
    case always = 2
  }

  /// The mode, seconds that a reader may take for a file (and 0.1 more for each megabyte that goes through libhdf5), and
  /// bytes of address space that it may have.
  public static var setting: (mode: Mode, seconds: Double, bytes: Int) {
    let setting = tw_isolation_get()
    return (Mode(rawValue: setting.mode) ?? .always, setting.seconds, Int(setting.bytes))
  }

  /// Sets it for all that is read from now on, on any thread. Without this call the mode is `foreign` where the reader's
  /// program is found and `never` where it is not; once a mode is set, a file that is to be read apart and cannot be is
  /// an error.
  ///
  /// Errors: `.invalidArgument` for limits under 0.01 seconds or 64 MiB.
  public static func set(
    _ mode: Mode, seconds: Double = 30, bytes: Int = 4 << 30
  ) throws(ThalwegError) {
    guard seconds >= 0.01, bytes >= 64 << 20 else {
      throw ThalwegError(
        .invalidArgument,
        "set_isolation: the limits are \(seconds) seconds and \(bytes) bytes; expected at least 0.01 and 64 MiB"
      )
    }
    tw_isolation_set(
      tw_isolation(mode: mode.rawValue, is_chosen: true, seconds: min(seconds, 1e9), bytes: Int64(bytes)))
  }

  /// The path of the reader's program; "" for where it is installed.
  public static func setProgram(_ path: String) throws(ThalwegError) {
    guard tw_isolation_set_program(path) == 0 else {
      throw ThalwegError(.outOfMemory, "set_isolation_program: there is not enough memory")
    }
  }

  /// The path of the reader's program, "" if it is not found.
  public static var program: String { cText(capacity: 4096) { tw_isolation_program($0, $1) } }

  /// Whether the file at `path` is read apart.
  static func applies(_ path: String) -> Bool { applies { Seal.isIntact(path) } }

  /// Whether the file with these bytes is.
  static func applies(_ bytes: [UInt8]) -> Bool { applies { Seal.isIntact(bytes) } }

  private static func applies(_ isOurs: () -> Bool) -> Bool {
    let setting = tw_isolation_get()
    switch Mode(rawValue: setting.mode) {
    case .never: return false
    case .foreign where isOurs(): return false
    default: return setting.is_chosen || !program.isEmpty
    }
  }
}

extension HDF5Session {
  /// As `run`, for a body that reads the file at `path` and no other that is read differently.
  ///
  /// Errors: `.format` when the file crashes libhdf5 or takes it too long, if it is read apart; `.unavailable` when that is
  /// not possible.
  static func run<Result: ~Copyable>(
    _ function: String, reading path: String, _ body: (HDF5Session) throws(ThalwegError) -> Result
  ) throws(ThalwegError) -> Result {
    try Isolation.applies(path) ? runApart(function, path, body) : run(function, body)
  }

  /// As `run`, for a body that reads files at several paths: all apart if one is.
  static func run<Result: ~Copyable>(
    _ function: String, reading paths: [String], _ body: (HDF5Session) throws(ThalwegError) -> Result
  ) throws(ThalwegError) -> Result {
    try paths.contains { Isolation.applies($0) }
      ? runApart(function, paths.joined(separator: "', '"), body) : run(function, body)
  }

  /// As `run`, for a body that reads a file in memory, which was found in the one at `path`.
  static func run<Result: ~Copyable>(
    _ function: String, readingMemory bytes: [UInt8], of path: String,
    _ body: (HDF5Session) throws(ThalwegError) -> Result
  ) throws(ThalwegError) -> Result {
    try Isolation.applies(bytes) ? runApart(function, path, body) : run(function, body)
  }

  private static func runApart<Result: ~Copyable>(
    _ function: String, _ path: String, _ body: (HDF5Session) throws(ThalwegError) -> Result
  ) throws(ThalwegError) -> Result {
    Memory.prepareForFork()
    var saved = tw_remote_session()
    guard let table = tw_remote_begin(&saved) else {
      throw ThalwegError(.outOfMemory, "\(function): there is not enough memory to read '\(path)' apart")
    }
    defer { tw_remote_end(&saved) }
    let session = HDF5Session(h5: table, function: function)
    do throws(ThalwegError) {
      let result = try body(session)
      if let problem = session.problem(path) { throw problem }
      return result
    } catch {
      throw session.problem(path) ?? error
    }
  }

  /// What befell a reader, whatever the body made of it.
  private func problem(_ path: String) -> ThalwegError? {
    var kind: Int32 = 0
    let text = cText(capacity: 512) { kind = tw_remote_problem($0, $1) }
    return switch kind {
    case 0: nil
    case 1: error(.format, "'\(path)' \(text), in the process of its own in which it was read: it is damaged")
    default: error(.unavailable, "'\(path)' cannot be read apart: \(text)")
    }
  }
}
