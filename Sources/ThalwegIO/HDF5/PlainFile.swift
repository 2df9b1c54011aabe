import CHDF5
import Glibc
import ThalwegCore

/// A file that is open for reading without libhdf5.
///
/// It is locked as libhdf5 locks it, so that a writer is noticed; `HDF5_USE_FILE_LOCKING=FALSE` in the environment turns
/// that off.
struct PlainFile: ~Copyable {
  /// Which file it is, and in which state.
  struct Identity: Equatable, Sendable {
    var device: UInt64, number: UInt64, size: Int
    var modified: Int, modifiedNanoseconds: Int, changed: Int, changedNanoseconds: Int

    init(_ status: stat) {
      device = UInt64(status.st_dev)
      number = UInt64(status.st_ino)
      size = Int(status.st_size)
      (modified, modifiedNanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
      (changed, changedNanoseconds) = (status.st_ctim.tv_sec, status.st_ctim.tv_nsec)
    }
  }

  let descriptor: Int32
  let identity: Identity

  /// Errors: `.io` when it cannot be opened, is not a regular file or a writer holds it.
  init(_ path: String, _ function: String) throws(ThalwegError) {
    let opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard opened >= 0 else {
      throw ThalwegError(.io, "\(function): cannot open '\(path)': \(systemMessage(errno))")
    }
    var status = stat()
    var problem: String?
    if fstat(opened, &status) != 0 {
      problem = "cannot read '\(path)': \(systemMessage(errno))"
    } else if status.st_mode & S_IFMT != S_IFREG {
      problem = "'\(path)' is not a regular file; expected an HDF5 file"
    } else if Self.locks, flock(opened, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK {
      problem = "'\(path)' is open for writing elsewhere"
    }
    if let problem {
      _ = close(opened)
      throw ThalwegError(.io, "\(function): \(problem)")
    }
    descriptor = opened
    identity = Identity(status)
  }

  deinit { _ = close(descriptor) }

  private static var locks: Bool {
    guard let setting = getenv("HDF5_USE_FILE_LOCKING") else { return true }
    let text = String(cString: setting)
    return text != "FALSE" && text != "0"
  }

  /// An open file's state now, nil if that cannot be said.
  static func identity(_ descriptor: Int32) -> Identity? {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Identity(status) : nil
  }

  /// What is at `path` now, nil if that cannot be said.
  static func identity(_ path: String) -> Identity? {
    var status = stat()
    return stat(path, &status) == 0 ? Identity(status) : nil
  }
}

/// Reads `count` bytes from the place `offset` on; nil, or why that is impossible.
func readBytes(
  _ descriptor: Int32, _ offset: Int, _ count: Int, to memory: UnsafeMutableRawPointer
) -> String? {
  guard offset >= 0, count >= 0 else { return "its place in the file is not one" }
  var done = 0
  while done < count {
    let got = pread(descriptor, memory + done, count - done, off_t(offset &+ done))
    if got > 0 {
      done += got
    } else if got == 0 {
      return "the file is truncated: it ends before byte \(offset &+ count)"
    } else if errno != EINTR {
      return systemMessage(errno)
    }
  }
  return nil
}
