import CHDF5
import Glibc
import Testing
import ThalwegCore

@testable import ThalwegIO

/// Files that are absent, damaged or something else: an error that names file and data set, never a crash.
@Suite struct DamagedFileTests {
  let types = Repository.golden("types.h5")
  let links = Repository.golden("links.h5")
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func expectRefusal(
    _ path: String, _ code: ThalwegError.Code, _ parts: String..., dataset: String = "train/images",
    location: SourceLocation = #_sourceLocation
  ) {
    do throws(ThalwegError) {
      _ = try HDF5.read(path, dataset)
      Issue.record("no error", sourceLocation: location)
    } catch {
      #expect(error.code == code, "\(error.message)", sourceLocation: location)
      for part in parts + ["hdf5_read: "] {
        #expect(error.message.contains(part), "\(error.message)", sourceLocation: location)
      }
    }
  }

  @Test func files() throws {
    expectRefusal(folder.file("absent.h5"), .io, folder.file("absent.h5"), "No such file")
    expectRefusal("", .invalidArgument, "empty")
    expectRefusal(folder.path, .io, folder.path, "a folder")
    expectRefusal("/dev/null", .io, "not a regular file")
    try writeBytes([], to: folder.file("empty.h5"))
    expectRefusal(folder.file("empty.h5"), .format, "empty.h5", "is empty")
    try writeBytes(Array("not HDF5 but a text\n".utf8), to: folder.file("text.h5"))
    expectRefusal(folder.file("text.h5"), .format, "text.h5", "not a readable HDF5 file")
    let whole = try readBytes(Repository.digits)
    for size in [9, 100, 2000, whole.count / 2, whole.count - 1] {
      try writeBytes(Array(whole.prefix(size)), to: folder.file("truncated.h5"))
      expectRefusal(folder.file("truncated.h5"), .format, "truncated.h5")
    }
  }

  @Test func datasets() {
    expectRefusal(
      Repository.digits, .format, "no data set '/train/imagse'", "'/train' has images, labels",
      dataset: "train/imagse")
    expectRefusal(Repository.digits, .format, "'/'", "a group", dataset: "")
    expectRefusal(
      Repository.digits, .format, "no data set '/valid/images'", dataset: "valid/images")
    expectRefusal(
      Repository.digits, .format, "'/train'", "is a group; expected a data set", dataset: "train")
    expectRefusal(
      Repository.digits, .format, "'/train/images'", "not a group", dataset: "train/images/x")
    expectRefusal(Repository.digits, .invalidArgument, "NUL", dataset: "a\0b")
  }

  @Test func whatLeadsOutOfTheFile() throws {
    #expect(try HDF5.read(links, "group/hard").toArray() == [0, 1, 2])
    expectRefusal(links, .format, "'/soft'", "a soft link", dataset: "soft")
    expectRefusal(
      links, .format, "'/group/dangling'", "a soft link", dataset: "group/dangling")
    expectRefusal(
      links, .format, "'/external'", "a link into another file", dataset: "external")
    expectRefusal(
      links, .format, "'/external'", "a link into another file", dataset: "external/deeper")
    expectRefusal(links, .format, "'/outside'", "in other files", dataset: "outside")
    expectRefusal(links, .format, "'/virtual'", "virtual", dataset: "virtual")
  }

  @Test func circlesEnd() {
    expectError(.format, "links.h5") { () throws(ThalwegError) in
      try HDF5Session.run("test") { session throws(ThalwegError) in
        _ = try KerasTree.datasets(HDF5File(links, session))
      }
    }
  }

  /// fletcher32 notices a changed byte in the middle of a chunk.
  @Test func changedData() throws {
    var bytes = try readBytes(Repository.digits)
    let middle = bytes.count / 2
    for index in middle..<(middle + 4) { bytes[index] ^= 0x55 }
    let path = folder.file("changed.h5")
    try writeBytes(bytes, to: path)
    var failures = 0
    for dataset in ["train/images", "train/labels", "test/images", "test/labels"] {
      do throws(ThalwegError) {
        _ = try HDF5.read(path, dataset)
      } catch {
        failures += 1
        #expect(error.code == .format)
        #expect(error.message.hasPrefix("hdf5_read: cannot read chunk ["), "\(error.message)")
        #expect(error.message.contains(" of data set '/\(dataset)' of '\(path)': its "))
        #expect(error.message.contains("fletcher32 checksum"), "\(error.message)")
      }
    }
    #expect(failures == 1)
  }

  /// Files are closed after success and after each kind of failure.
  @Test func nothingStaysOpen() throws {
    let path = folder.file("types.h5")
    try writeBytes(readBytes(types), to: path)
    _ = try HDF5.read(path, "types/f4")
    for name in ["types/nothing", "types/string", "types/bad_bool", "shapes/rank9", "storage/bomb", "shapes"]
    {
      _ = try? HDF5.read(path, name)
    }
    _ = try? HDF5.readScaled(path, "scaled/text")
    try writeBytes(Array(readBytes(types).prefix(3000)), to: folder.file("truncated.h5"))
    _ = try? HDF5.read(folder.file("truncated.h5"), "types/f4")
    let open = (0..<1024).filter { descriptor in
      var target = [CChar](repeating: 0, count: 256)
      let length = readlink("/proc/self/fd/\(descriptor)", &target, target.count)
      return length > 0
        && String(decoding: target.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self).hasPrefix(
          folder.path)
    }
    #expect(open == [])
  }
}
