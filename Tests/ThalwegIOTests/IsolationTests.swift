import CHDF5
import Glibc
import Testing
import ThalwegCore

@testable import ThalwegIO

/// Files that crash libhdf5, read in a process of their own. One test: the setting is the whole process's.
@Suite struct IsolationTests {
  @Test func readsApart() throws {
    let (mode, seconds, bytes) = Isolation.setting
    defer { try? Isolation.set(mode, seconds: seconds, bytes: bytes) }
    let program = Isolation.program
    try #require(!program.isEmpty, "the program thalweg-reader is not beside the tests")
    #expect(throws: ThalwegError.self) { try Isolation.set(.always, seconds: 0) }
    #expect(throws: ThalwegError.self) { try Isolation.set(.always, seconds: .nan) }
    #expect(throws: ThalwegError.self) { try Isolation.set(.always, bytes: 1) }
    try Isolation.set(.always, seconds: 2)

    let folder = Repository.golden("../hostile")
    let names = try #require(hostile(in: folder))
    // What damage does to libhdf5 also depends on what is in its memory: a file may get through now and then.
    let crashes = names.compactMap { failure(of: "\(folder)/\($0)") }
    #expect(crashes.allSatisfy { $0.code == .format && $0.message.contains("libhdf5") })
    #expect(crashes.count >= 3)

    let types = Repository.golden("types.h5")
    let apart = try HDF5Listing(types).entries
    let values = try HDF5.read(types, "/types/f4")
    try Isolation.set(.never)
    let here = try HDF5Listing(types).entries
    #expect(apart.map(\.path) == here.map(\.path))
    #expect(apart.map(\.details) == here.map(\.details))
    #expect(try values.shape == HDF5.read(types, "/types/f4").shape)
  }

  private func failure(of path: String) -> ThalwegError? {
    do throws(ThalwegError) {
      _ = try HDF5Listing(path)
      return nil
    } catch {
      return error
    }
  }

  private func hostile(in folder: String) -> [String]? {
    guard let directory = opendir(folder) else { return nil }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
        field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".h5") { names.append(name) }
    }
    return names
  }
}
