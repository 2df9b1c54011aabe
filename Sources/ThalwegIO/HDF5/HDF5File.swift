import CHDF5
import Glibc
import ThalwegCore

/// An HDF5 file that is open for reading.
///
/// Soft and external links, external storage and virtual data sets are refused: they lead out of the file, or
/// in circles. A budget bounds what a file can make its reader allocate: data sets may decode to 1032 times the
/// file's size (what deflate reaches at best) and 1 MiB more, all reads together.
final class HDF5File {
  let session: HDF5Session
  let path: String
  /// Whether the file is a copy in memory, which only libhdf5 reads.
  let isInMemory: Bool
  let id: HDF5ID
  private var budget: Int
  /// What was at `path` before libhdf5 opened it.
  private let identity: PlainFile.Identity?
  private var shared: SharedFile?

  /// Opens the regular file at `path`.
  ///
  /// Locked as libhdf5 does it, so that a writer is noticed, where the file system can lock;
  /// `HDF5_USE_FILE_LOCKING=FALSE` in the environment turns locking off.
  /// - Parameter chunkCache: bytes of decoded chunks that are kept for each data set; 0 is libhdf5's own choice.
  /// Errors: `.io` when there is no readable regular file or a writer holds it; `.format` when it is not a
  /// sound HDF5 file.
  init(_ path: String, _ session: HDF5Session, chunkCache: Int = 0) throws(ThalwegError) {
    let size = try Self.sizeOfReadableFile(path, session)
    identity = PlainFile.identity(path)
    let h5 = session.h5.pointee
    let access = try session.own(
      h5.H5Pcreate(tw_hdf5_constant(h5.file_access)), "cannot make a property list", .internal)
    if let setFileLocking = h5.H5Pset_file_locking {
      try session.check(setFileLocking(access.raw, true, true), "cannot set the file locking", .internal)
    }
    if chunkCache > 0 {
      try session.check(
        h5.H5Pset_cache(access.raw, 0, 521, chunkCache, 0.75), "cannot set the chunk cache", .internal)
    }
    let raw = h5.H5Fopen(path, UInt32(TW_H5F_ACC_RDONLY), access.raw)
    guard raw >= 0 else {
      let reason = session.reason()
      let isLocked = reason.utf8.indices.contains { reason.utf8[$0...].starts(with: "lock file".utf8) }
      if isLocked {
        throw session.error(.io, "'\(path)' is open for writing elsewhere: \(reason)")
      }
      if let other = OtherFormat(path) {
        throw session.error(.format, "'\(path)' is \(other.sentence)")
      }
      throw session.error(.format, "'\(path)' is not a readable HDF5 file: \(reason)")
    }
    self.session = session
    self.path = path
    isInMemory = false
    id = HDF5ID(raw, session.h5)
    let (bound, overflow) = size.multipliedReportingOverflow(by: 1032)
    budget = overflow ? .max : bound &+ (1 << 20)
  }

  /// Opens a file whose bytes are in memory, which are copied; messages call it `path`.
  /// Errors: `.format` when it is not a sound HDF5 file.
  init(bytes: [UInt8], path: String, _ session: HDF5Session) throws(ThalwegError) {
    guard !bytes.isEmpty else { throw session.error(.format, "the HDF5 file in '\(path)' is empty") }
    let h5 = session.h5.pointee
    let access = try session.own(
      h5.H5Pcreate(tw_hdf5_constant(h5.file_access)), "cannot make a property list", .internal)
    try session.check(h5.H5Pset_fapl_core(access.raw, 1 << 16, false), "no file in memory", .internal)
    let status = bytes.withUnsafeBytes { buffer -> herr_t in
      guard let base = buffer.baseAddress else { return -1 }
      return h5.H5Pset_file_image(access.raw, UnsafeMutableRawPointer(mutating: base), buffer.count)
    }
    try session.check(status, "no file in memory", .outOfMemory)
    let raw = h5.H5Fopen("thalweg-in-memory.h5", UInt32(TW_H5F_ACC_RDONLY), access.raw)
    guard raw >= 0 else {
      throw session.error(.format, "'\(path)' has no readable HDF5 file in it: \(session.reason())")
    }
    self.session = session
    self.path = path
    identity = nil
    isInMemory = true
    id = HDF5ID(raw, session.h5)
    let (bound, overflow) = bytes.count.multipliedReportingOverflow(by: 1032)
    budget = overflow ? .max : bound &+ (1 << 20)
  }

  private static func sizeOfReadableFile(_ path: String, _ session: HDF5Session) throws(ThalwegError) -> Int {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw session.error(.invalidArgument, "the path is empty or has a NUL in it")
    }
    var status = stat()
    guard stat(path, &status) == 0, access(path, R_OK) == 0 else {
      throw session.error(.io, "cannot open '\(path)': \(systemMessage(errno))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "not a regular file"
      throw session.error(.io, "'\(path)' is \(kind); expected an HDF5 file")
    }
    guard status.st_size > 0 else {
      throw session.error(.format, "'\(path)' is empty; expected an HDF5 file")
    }
    return Int(status.st_size)
  }

  /// Takes `bytes` from the budget.
  ///
  /// Errors: `.format` naming `what` when nothing that a file of this size holds can be that large.
  func charge(_ bytes: Int, _ what: String) throws(ThalwegError) {
    guard bytes <= budget else {
      throw session.error(
        .format, "\(what) claims \(bytes) bytes, more than a file of this size can reasonably hold")
    }
    budget -= bytes
  }

  /// The file, opened once more for reading without libhdf5.
  ///
  /// Errors: `.io` when that is impossible, or another file has its name by now.
  func sharedFile() throws(ThalwegError) -> SharedFile {
    if let shared { return shared }
    let opened = try SharedFile(path, session.function)
    guard let identity, identity == opened.identity else {
      throw session.error(.io, "'\(path)' was changed while it was read")
    }
    shared = opened
    return opened
  }

  /// Whether bytes of the user's come before HDF5's, which moves the addresses of chunks in some versions of libhdf5.
  func hasUserBlock() -> Bool {
    let h5 = session.h5.pointee
    guard let list = try? session.own(h5.H5Fget_create_plist(id.raw), "") else { return true }
    var size: hsize_t = 0
    return h5.H5Pget_userblock(list.raw, &size) < 0 || size > 0
  }

  /// "data set '/train/images' of 'digits.h5'"
  func label(_ kind: String, _ name: String) -> String { "\(kind) '\(name)' of '\(path)'" }

  /// An object reached by hard links alone, with its path in normal form ("/train/images").
  struct Object: ~Copyable {
    let id: HDF5ID
    let name: String
    /// TW_H5I_GROUP, TW_H5I_DATASET or something else
    let kind: Int32
    /// What of the name that was looked up is left: not empty where something on the way is not a group.
    var rest: [String] = []
  }

  /// Opens what is at `name`, which may or may not start with "/"; nil when nothing is there.
  ///
  /// Errors: `.format` when a link on the way is not a hard link, or something on the way is not a group.
  func object(_ name: String) throws(ThalwegError) -> Object? {
    guard let found = try find(name) else { return nil }
    if let next = found.rest.first { throw notAGroup(found.name, next) }
    return found
  }

  func notAGroup(_ name: String, _ next: String) -> ThalwegError {
    session.error(.format, "\(label("object", name)) is not a group, so it has no '\(next)'")
  }

  /// Opens what is at `name`, or the first thing on the way there that is not a group.
  func find(_ name: String) throws(ThalwegError) -> Object? {
    guard !name.utf8.contains(0) else {
      throw session.error(.invalidArgument, "the name of an object in '\(path)' has a NUL in it")
    }
    let h5 = session.h5.pointee
    var here = ""
    let parts = name.split(separator: "/").filter { $0 != "." }
    for (index, part) in parts.enumerated() {
      if !here.isEmpty {
        var parent = try open(here)
        if parent.kind != TW_H5I_GROUP {
          parent.rest = parts[index...].map { String($0) }
          return parent
        }
      }
      here += "/\(part)"
      let exists = h5.H5Lexists(id.raw, here, 0)
      try session.check(exists, "cannot look up \(label("object", here))")
      guard exists > 0 else { return nil }
      try checkLink(tw_hdf5_link_type(id.raw, here), here)
    }
    return try open(here.isEmpty ? "/" : here)
  }

  private func open(_ name: String) throws(ThalwegError) -> Object {
    let opened = try session.own(
      session.h5.pointee.H5Oopen(id.raw, name, 0), "cannot open \(label("object", name))")
    let kind = session.h5.pointee.H5Iget_type(opened.raw)
    return Object(id: opened, name: name, kind: kind)
  }

  private func checkLink(_ type: Int32, _ name: String) throws(ThalwegError) {
    guard type != TW_H5L_TYPE_HARD else { return }
    let kind =
      switch Int(type) {
      case TW_H5L_TYPE_SOFT: "a soft link"
      case TW_H5L_TYPE_EXTERNAL: "a link into another file"
      default: "a link of unknown kind"
      }
    throw session.error(.format, "'\(name)' in '\(path)' is \(kind); only hard links are followed")
  }

  /// The names in the group `name`, sorted bytewise; nil when there is no such group.
  ///
  /// Errors: `.format` when one of them is not a hard link, or `name` is not a group.
  func members(_ name: String) throws(ThalwegError) -> [String]? {
    guard let group = try object(name) else { return nil }
    guard group.kind == TW_H5I_GROUP else {
      throw session.error(.format, "\(label("object", group.name)) is not a group")
    }
    let links = try links(group)
    for link in links { try checkLink(link.type, "\(name)/\(link.name)") }
    return links.map(\.name)
  }
}
