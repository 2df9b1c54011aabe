import Glibc
import Testing
import ThalwegCore

/// The repository's folders, from this file's place in it.
enum Repository {
  static let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
  static let digits = root + "/Examples/Data/digits.h5"

  static func golden(_ name: String) -> String { root + "/Tests/Golden/hdf5/" + name }
}

/// A folder of a test's own, removed with everything in it at the end.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/thalweg-tests-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw Failure("mkdtemp: \(errno)") }
    path = String(cString: made)
  }

  deinit {
    for name in names { _ = unlink("\(path)/\(name)") }
    for name in names { _ = rmdir("\(path)/\(name)") }
    rmdir(path)
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// What is in the folder, sorted.
  var names: [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var result: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { result.append(name) }
    }
    return result.sorted()
  }
}

struct Failure: Error {
  let text: String
  init(_ text: String) { self.text = text }
}

func readBytes(_ path: String) throws -> [UInt8] {
  let descriptor = open(path, O_RDONLY)
  guard descriptor >= 0 else { throw Failure("open \(path): \(errno)") }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw Failure("fstat: \(errno)") }
  var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
  guard read(descriptor, &bytes, bytes.count) == bytes.count else { throw Failure("read: \(errno)") }
  return bytes
}

func writeBytes(_ bytes: [UInt8], to path: String) throws {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
  guard descriptor >= 0 else { throw Failure("open \(path): \(errno)") }
  defer { close(descriptor) }
  guard write(descriptor, bytes, bytes.count) == bytes.count else { throw Failure("write: \(errno)") }
}

/// Runs `body`, which must throw; checks the error's code and that its message has each of `parts`.
func expectError(
  _ code: ThalwegError.Code, _ parts: String..., location: SourceLocation = #_sourceLocation,
  _ body: () throws(ThalwegError) -> Void
) {
  do throws(ThalwegError) {
    try body()
    Issue.record("no error", sourceLocation: location)
  } catch {
    #expect(error.code == code, "\(error.message)", sourceLocation: location)
    for part in parts {
      #expect(error.message.contains(part), "\(error.message)", sourceLocation: location)
    }
  }
}

extension Tensor {
  /// The elements' bytes, row-major.
  func bytes() throws -> [UInt8] {
    var result = [UInt8](repeating: 0, count: numel * dtype.size)
    try result.withUnsafeMutableBytes { try copy(to: $0) }
    return result
  }
}
