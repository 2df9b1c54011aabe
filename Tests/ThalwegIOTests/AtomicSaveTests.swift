import CHDF5
import Glibc
import Testing
import ThalwegCore
import ThalwegNN

@testable import ThalwegIO

/// A save replaces the file in one step or leaves it alone, and leaves no other file behind.
@Suite struct AtomicSaveTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("model.weights.h5")
  }

  @Test func theSameWeightsGiveTheSameBytes() throws {
    let model = try Sequential(ThalwegNN.Linear(3, 4), ThalwegNN.ReLU(), ThalwegNN.Linear(4, 2))
    try model.saveWeights(path)
    let first = try readBytes(path)
    sleep(2)  // longer than a time stamp's unit
    try model.saveWeights(folder.file("again.h5"))
    #expect(try readBytes(folder.file("again.h5")) == first)
    try model.saveWeights(path)
    #expect(try readBytes(path) == first)
    #expect(folder.names == ["again.h5", "model.weights.h5"])
  }

  @Test func placesThatCannotBeWritten() throws {
    let model = try ThalwegNN.Linear(2, 2)
    for (path, part) in [
      (folder.path, "a folder"), ("/dev/null", "not a regular file"),
      (folder.file("absent/x.h5"), "no folder"),
      ("/proc/x.h5", "/proc/x.h5"),
    ] {
      expectError(.io, "save_weights: ", part) { () throws(ThalwegError) in try model.saveWeights(path) }
    }
    for path in ["", "a\0b"] {
      expectError(.invalidArgument, "save_weights: the path") { () throws(ThalwegError) in
        try model.saveWeights(path)
      }
    }
    #expect(folder.names == [])
  }

  @Test func foldersThatMayNotBeWritten() throws {
    let model = try ThalwegNN.Linear(2, 2)
    try model.saveWeights(path)
    let before = try readBytes(path)
    chmod(folder.path, 0o555)
    defer { chmod(folder.path, 0o755) }
    let status = try inChild {
      if geteuid() == 0, setuid(65534) != 0 { return 2 }  // root may write everywhere
      do throws(ThalwegError) {
        try model.saveWeights(folder.file("new.h5"))
        return 3
      } catch {
        return error.code == .io && error.message.contains("new.h5': the folder") ? 0 : 4
      }
    }
    #expect(status == 0)
    #expect(try readBytes(path) == before)
    #expect(folder.names == ["model.weights.h5"])
  }

  /// A failure in the middle: a device with too little space is simulated by a limit on the size of files.
  @Test func aFailureLeavesTheOldFile() throws {
    let model = try ThalwegNN.Linear(300, 300)
    try model.saveWeights(path)
    let before = try readBytes(path)
    let status = try inChild {
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
      guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { return 2 }
      do throws(ThalwegError) {
        try model.saveWeights(path)
        return 3
      } catch {
        return error.code == .io && error.message.contains("save_weights: ") ? 0 : 4
      }
    }
    #expect(status == 0)
    #expect(try readBytes(path) == before)
    #expect(folder.names == ["model.weights.h5"])
  }

  /// Killed at any moment of a save, the process leaves a file that loads; the next save clears up.
  @Test func aKillLeavesAWholeFile() throws {
    let model = try ThalwegNN.Linear(400, 400)
    try model.saveWeights(path)
    for round in 0..<20 {
      let child = forkProcess {
        while true { try? model.saveWeights(path) }
      }
      usleep(UInt32(2000 + 1700 * round))
      kill(child, SIGKILL)
      var status: Int32 = 0
      waitpid(child, &status, 0)
      try model.loadWeights(path)
    }
    try model.saveWeights(path)
    #expect(folder.names == ["model.weights.h5"])
  }

  @Test func leftovers() throws {
    let model = try ThalwegNN.Linear(2, 2)
    let stale = folder.file(".model.weights.h5.thalweg-999999999.tmp")
    let alive = folder.file(".model.weights.h5.thalweg-\(getppid()).tmp")
    let other = folder.file(".other.h5.thalweg-999999999.tmp")
    let locked = folder.file(".model.weights.h5.thalweg-999999998.tmp")
    for file in [stale, alive, other, locked] { try writeBytes([1], to: file) }
    let descriptor = open(locked, O_RDONLY)
    flock(descriptor, LOCK_EX)
    defer { close(descriptor) }
    try model.saveWeights(path)
    #expect(access(stale, F_OK) != 0)
    for file in [alive, other, locked] { #expect(access(file, F_OK) == 0) }
  }

  @Test func linksAndPermissionsStay() throws {
    let model = try ThalwegNN.Linear(2, 2)
    let target = folder.file("target.h5")
    try model.saveWeights(target)
    chmod(target, 0o640)
    symlink("target.h5", path)
    try model.saveWeights(path)
    var status = stat()
    #expect(lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    #expect(stat(target, &status) == 0 && status.st_mode & 0o777 == 0o640)
    try model.loadWeights(path)
  }

  /// The exit status of a child process that runs `body`. Another test's thread may have held a lock of the Swift
  /// runtime while we forked; the child then waits for ever, is stopped by an alarm, and a new one is tried.
  private func inChild(_ body: () -> Int32) throws -> Int32 {
    for _ in 0..<3 {
      let child = forkProcess {
        alarm(10)
        _exit(body())
      }
      var status: Int32 = 0
      guard waitpid(child, &status, 0) == child else { throw Failure("waitpid") }
      if status & 0x7F == 0 { return (status >> 8) & 0xFF }
      guard status & 0x7F == SIGALRM else { return -(status & 0x7F) }
    }
    return -SIGALRM
  }
}

/// fork, which Swift does not import, by its address.
private func forkProcess(_ body: () -> Void) -> pid_t {
  typealias Fork = @convention(c) () -> pid_t
  guard let address = dlsym(nil, "fork") else { return -1 }
  let child = unsafeBitCast(address, to: Fork.self)()
  if child == 0 {
    body()
    _exit(0)
  }
  return child
}
