import CHDF5
import Glibc
import Synchronization
import ThalwegCore

/// A file that takes the place of `path` in one step when it is complete, or leaves no trace.
///
/// It is written under a temporary name in the same folder, ".<name>.thalweg-<process>-<number>.tmp", then synchronised,
/// renamed, and the folder synchronised. Whoever opens `path` meanwhile, or after a crash at any moment, sees
/// the old file whole or the new one whole. A temporary file that a killed process left behind is removed by the
/// next save to the same name.
struct AtomicFile: ~Copyable {
  private let function: String
  private let path: String
  private let folder: String
  let temporaryPath: String
  private let mode: mode_t?
  private var descriptor: Int32 = -1
  private var isDone = false
  /// A forked child has a copy of this, and must not touch the file.
  private let process = getpid()

  /// So that no two of this process have one name.
  private static let made = Atomic<Int>(0)

  /// Chooses the temporary name for a file to appear at `path`, and removes leftovers. If `path` is a symbolic
  /// link to a file, that file is replaced and the link stays.
  ///
  /// Errors: `.io` when the folder is not there or `path` is something else than a file that may be written.
  init(replacing path: String, _ function: String) throws(ThalwegError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw ThalwegError(.invalidArgument, "\(function): the path is empty or has a NUL in it")
    }
    let target = Self.resolved(path)
    var status = stat()
    var mode: mode_t?
    if stat(target, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFREG else {
        let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "not a regular file"
        throw ThalwegError(.io, "\(function): '\(path)' is \(kind); expected a file to write")
      }
      guard access(target, W_OK) == 0 else {
        throw ThalwegError(.io, "\(function): cannot replace '\(path)': \(systemMessage(errno))")
      }
      mode = status.st_mode & 0o777
    }
    let slash = target.lastIndex(of: "/")
    let folder = slash.map { $0 == target.startIndex ? "/" : String(target[..<$0]) } ?? "."
    let name = slash.map { String(target[target.index(after: $0)...]) } ?? target
    guard !name.isEmpty, stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw ThalwegError(.io, "\(function): cannot write '\(path)': there is no folder '\(folder)'")
    }
    guard access(folder, W_OK | X_OK) == 0 else {
      throw ThalwegError(
        .io, "\(function): cannot write '\(path)': the folder '\(folder)': \(systemMessage(errno))")
    }
    self.function = function
    self.path = target
    self.folder = folder
    self.mode = mode
    let prefix = ".\(name).thalweg-"
    Self.removeLeftovers(folder, prefix)
    let number = Self.made.wrappingAdd(1, ordering: .relaxed).newValue
    temporaryPath = "\(folder)/\(prefix)\(getpid())-\(number).tmp"
  }

  /// Has the system forget its copy in memory of the file that is to be replaced: the new one takes that memory, which
  /// is faster than such as was never used.
  func forgetOld() {
    let old = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard old >= 0 else { return }
    _ = posix_fadvise(old, 0, 0, POSIX_FADV_DONTNEED)
    _ = Glibc.close(old)
  }

  /// Remembers the open temporary file, through a descriptor of its own, and marks it as in use.
  mutating func adopt(_ open: Int32) throws(ThalwegError) {
    descriptor = fcntl(open, F_DUPFD_CLOEXEC, 0)
    guard descriptor >= 0 else { throw failure("cannot write") }
    _ = flock(descriptor, LOCK_EX | LOCK_NB)
  }

  /// Copies the file that is to be replaced to the temporary name: in no time where the file system shares blocks.
  ///
  /// Errors: `.io`, also when another program is writing it.
  func copyOld() throws(ThalwegError) -> FileState {
    let source = open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { throw failure("cannot open") }
    defer { _ = Glibc.close(source) }
    guard flock(source, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      throw ThalwegError(.io, "\(function): '\(path)' is open for writing elsewhere")
    }
    guard let state = FileState(descriptor: source) else { throw failure("cannot read") }
    let target = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard target >= 0 else { throw failure("cannot copy") }
    defer { _ = Glibc.close(target) }
    guard tw_copy_file(source, target) == 0 else { throw failure("cannot copy") }
    return state
  }

  /// Whether the file that is to be replaced is as it was.
  func isStill(_ state: FileState) -> Bool { FileState(path: path) == state }

  /// Puts the temporary file, complete and closed by its writer, in place.
  mutating func commit() throws(ThalwegError) {
    if let mode { _ = fchmod(descriptor, mode) }
    guard fsync(descriptor) == 0 else { throw failure("cannot write") }
    guard rename(temporaryPath, path) == 0 else { throw failure("cannot put the new file in place of") }
    isDone = true
    _ = Glibc.close(descriptor)  // and the lock with it: others may open the file from here on
    descriptor = -1
    // The new file is in place; what a failure from here on could lose in a power cut is the rename alone.
    let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return }
    _ = fsync(directory)
    _ = close(directory)
  }

  deinit {
    if !isDone, getpid() == process { _ = unlink(temporaryPath) }
    if descriptor >= 0 { _ = Glibc.close(descriptor) }
  }

  private func failure(_ what: String) -> ThalwegError {
    ThalwegError(.io, "\(function): \(what) '\(path)': \(systemMessage(errno))")
  }

  /// What `path` leads to through symbolic links, or `path` itself when there is nothing.
  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  /// Removes temporary files whose writer is gone: no process has the number in the name (our own number may
  /// be that of an earlier process), and nobody holds the lock on the file.
  private static func removeLeftovers(_ folder: String, _ prefix: String) {
    guard let directory = opendir(folder) else { return }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
        field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard name.hasPrefix(prefix), name.hasSuffix(".tmp"),
        let process = pid_t(name.dropFirst(prefix.count).dropLast(4).prefix { $0 != "-" })
      else { continue }
      if process != getpid(), kill(process, 0) == 0 || errno == EPERM { continue }
      let leftover = "\(folder)/\(name)"
      let descriptor = open(leftover, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      guard descriptor >= 0 else { continue }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK { _ = unlink(leftover) }
      _ = Glibc.close(descriptor)
    }
  }
}

/// Which file it is, and how it was when it was looked at.
struct FileState: Equatable {
  private let device: UInt
  private let number: UInt
  private let size: Int
  private let seconds: Int
  private let nanoseconds: Int

  init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    device = UInt(status.st_dev)
    number = UInt(status.st_ino)
    size = Int(status.st_size)
    seconds = status.st_mtim.tv_sec
    nanoseconds = status.st_mtim.tv_nsec
  }
}
