import Glibc
import ThalwegCore

/// The bytes of a text, in a file or in memory, read a piece at a time from any place by any thread.
final class TextBytes: @unchecked Sendable {
  private enum Source {
    case file(Int32)
    case memory([UInt8])
  }

  private let source: Source
  private let name: String
  let count: Int

  init(_ content: [UInt8]) {
    source = .memory(content)
    name = "the text"
    count = content.count
  }

  /// Opens a regular file; it stays open.
  /// - Throws: `.io` when it is not there or cannot be read, `.invalidArgument` for no path.
  init(path: String, in function: String) throws(ThalwegError) {
    guard !path.isEmpty else {
      throw ThalwegError(.invalidArgument, "\(function): the path is empty")
    }
    // Opening a pipe waits for its writer unless told not to.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw ThalwegError(.io, "\(function): cannot open '\(path)': \(systemMessage(errno))")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "not a regular file"
      close(descriptor)
      throw ThalwegError(.io, "\(function): '\(path)' is \(kind); expected a text")
    }
    source = .file(descriptor)
    name = "'\(path)'"
    count = Int(status.st_size)
  }

  deinit {
    if case .file(let descriptor) = source { close(descriptor) }
  }

  /// Copies `length` bytes from `offset` on to `target`.
  /// - Throws: `.io` if they are not there, which is so after the file has become shorter.
  func read(
    _ offset: Int, _ length: Int, to target: UnsafeMutablePointer<UInt8>, in function: String
  ) throws(ThalwegError) {
    switch source {
    case .memory(let bytes):
      guard offset >= 0, length >= 0, offset <= bytes.count, length <= bytes.count - offset else {
        throw failure(function, offset, "it ends before")
      }
      bytes.withUnsafeBufferPointer { bytes in
        if let base = bytes.baseAddress, length > 0 { target.update(from: base + offset, count: length) }
      }
    case .file(let descriptor):
      var done = 0
      while done < length {
        let got = pread(descriptor, target + done, length - done, offset + done)
        if got > 0 {
          done += got
        } else if got == 0 {
          throw failure(function, offset + done, "the file has become shorter")
        } else if errno != EINTR {
          throw failure(function, offset + done, systemMessage(errno))
        }
      }
    }
  }

  func failure(
    _ function: String, _ offset: Int, _ reason: String, _ code: ThalwegError.Code = .io
  ) -> ThalwegError {
    ThalwegError(code, "\(function): \(name) at byte \(offset): \(reason)")
  }
}
