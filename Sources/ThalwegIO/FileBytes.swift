import Glibc
import ThalwegCore

/// Whole files in memory.
enum FileBytes {
  /// The bytes of the regular file at `path`.
  /// Errors: `.invalidArgument` for an impossible path, `.io` when it cannot be read, `.format` for more than `most` bytes.
  static func read(_ path: String, atMost most: Int, _ function: String) throws(ThalwegError) -> [UInt8] {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw ThalwegError(.invalidArgument, "\(function): the path is empty or has a NUL in it")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw ThalwegError(.io, "\(function): cannot open '\(path)': \(systemMessage(errno))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw ThalwegError(.io, "\(function): '\(path)' is a folder or no regular file")
    }
    guard status.st_size <= most else {
      throw ThalwegError(
        .format, "\(function): '\(path)' has \(status.st_size) bytes; at most \(most) are read")
    }
    let size = Int(status.st_size)
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: max(size, 1)) { buffer, count in
      guard let base = buffer.baseAddress else { return }
      while count < size {
        let got = Glibc.read(descriptor, base + count, size - count)
        if got < 0 && errno == EINTR { continue }
        if got < 0 { code = errno }
        if got <= 0 { break }
        count += got
      }
    }
    guard code == 0 else {
      throw ThalwegError(.io, "\(function): cannot read '\(path)': \(systemMessage(code))")
    }
    return bytes
  }

  /// The first bytes of a file, as many as there are up to `count`.
  static func start(_ path: String, _ count: Int, _ function: String) throws(ThalwegError) -> [UInt8] {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw ThalwegError(.invalidArgument, "\(function): the path is empty or has a NUL in it")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw ThalwegError(.io, "\(function): cannot open '\(path)': \(systemMessage(errno))")
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: count)
    let got = Glibc.read(descriptor, &bytes, count)
    return got > 0 ? Array(bytes.prefix(got)) : []
  }

  /// Writes all of `bytes` to an open file.
  static func write(
    _ bytes: [UInt8], _ descriptor: Int32, _ path: String, _ function: String
  ) throws(ThalwegError) {
    var done = 0
    var code: Int32 = 0
    bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return }
      while done < buffer.count {
        let wrote = Glibc.write(descriptor, base + done, buffer.count - done)
        if wrote < 0 && errno == EINTR { continue }
        if wrote <= 0 {
          code = errno
          break
        }
        done += wrote
      }
    }
    guard done == bytes.count else {
      throw ThalwegError(.io, "\(function): cannot write '\(path)': \(systemMessage(code))")
    }
  }
}
