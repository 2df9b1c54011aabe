import Glibc
public import ThalwegCore

/// Checkpoints in a folder of their own: the last few, and the best.
extension TrainingCheckpoint {
  public struct Keeping: Sendable {
    /// So many of the last checkpoints stay, whatever their steps; 0: all.
    public var last = 3
    /// How good this one is; nil: not known. The best so far stays as "best.h5".
    public var score: Double?
    /// Whether a larger score is a better one.
    public var isLargerBetter = false
    /// Whether the file is written on a thread of its own, see `saveInBackground`.
    public var isInBackground = false

    public init(
      last: Int = 3, score: Double? = nil, isLargerBetter: Bool = false, isInBackground: Bool = false
    ) {
      self.last = last
      self.score = score
      self.isLargerBetter = isLargerBetter
      self.isInBackground = isInBackground
    }
  }

  /// Writes "checkpoint-<step>.h5" in `folder`, which is made if it is not there, and removes those that are not to be
  /// kept. The best is a second name of its file where the file system has such, and a copy where not.
  /// - Throws: as `save`; `.invalidArgument` for fewer than 0 to keep.
  public func keep(in folder: String, _ keeping: Keeping = Keeping()) throws(ThalwegError) {
    guard keeping.last >= 0 else {
      throw ThalwegError(
        .invalidArgument, "checkpoint_keep: keep_last is \(keeping.last); it must be at least 0")
    }
    try wait()
    if mkdir(folder, 0o777) != 0, errno != EEXIST {
      throw ThalwegError(
        .io, "checkpoint_keep: cannot make the folder '\(folder)': \(systemMessage(errno))")
    }
    let before = bestScore
    let isBest = keeping.score.map { isBetter($0, keeping.isLargerBetter) } ?? false
    if isBest { bestScore = keeping.score }
    let folder = CheckpointFolder(path: folder)
    let path = folder.file(ofStep: step)
    do throws(ThalwegError) {
      let snapshot = try CheckpointSnapshot(self, isCopied: keeping.isInBackground, "checkpoint_keep")
      let write: () throws(ThalwegError) -> Void = { () throws(ThalwegError) in
        try snapshot.write(to: path, "checkpoint_keep")
        if isBest, !folder.nameBest(path) { try snapshot.write(to: folder.best, "checkpoint_keep") }
        folder.removeAll(but: keeping.last)
      }
      if keeping.isInBackground { background = try BackgroundSave(write) } else { try write() }
    } catch {
      bestScore = before
      throw error
    }
  }

  /// Goes on from the checkpoint of `folder` that was written last. One that turns out damaged is passed over, with a
  /// warning to the log, for the one before.
  /// - Returns: whether there was one; if not, nothing has changed.
  /// - Throws: as `load`, if there are checkpoints and none can be read.
  public func resume(from folder: String) throws(ThalwegError) -> Bool {
    try wait()
    var failure: ThalwegError?
    for path in CheckpointFolder(path: folder).newestFirst {
      do throws(ThalwegError) {
        try load(path)
        return true
      } catch {
        log(.warning, error.message)
        if failure == nil { failure = error }
      }
    }
    if let failure { throw failure }
    return false
  }

  private func isBetter(_ score: Double, _ isLargerBetter: Bool) -> Bool {
    guard let bestScore else { return !score.isNaN }
    return isLargerBetter ? score > bestScore : score < bestScore
  }
}

/// The files of a folder that are checkpoints by their names.
struct CheckpointFolder {
  let path: String

  private static let prefix = "checkpoint-"
  private static let suffix = ".h5"

  var best: String { "\(path)/best\(Self.suffix)" }

  func file(ofStep step: Int) -> String {
    let digits = "\(step)"
    let zeros = String(repeating: "0", count: max(0, 9 - digits.utf8.count))
    return "\(path)/\(Self.prefix)\(zeros)\(digits)\(Self.suffix)"
  }

  /// Paths, the file that was written last at the head: steps do not say it where training went back.
  var newestFirst: [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var found: [(path: String, seconds: Int, nanoseconds: Int, step: Int)] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
        field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard name.hasPrefix(Self.prefix), name.hasSuffix(Self.suffix),
        let step = Int(name.dropFirst(Self.prefix.count).dropLast(Self.suffix.count))
      else { continue }
      var status = stat()
      let file = "\(path)/\(name)"
      guard stat(file, &status) == 0 else { continue }
      found.append((file, status.st_mtim.tv_sec, status.st_mtim.tv_nsec, step))
    }
    found.sort { ($0.seconds, $0.nanoseconds, $0.step) > ($1.seconds, $1.nanoseconds, $1.step) }
    return found.map(\.path)
  }

  func removeAll(but last: Int) {
    if last == 0 { return }
    for path in newestFirst.dropFirst(last) { _ = unlink(path) }
  }

  /// Makes `path` the best by a second name for it; false if the file system has none.
  func nameBest(_ path: String) -> Bool {
    let temporary = "\(self.path)/.best\(Self.suffix).thalweg-\(getpid()).tmp"
    _ = unlink(temporary)
    guard link(path, temporary) == 0 else { return false }
    if rename(temporary, best) == 0 {
      // Of two names of one file rename keeps both.
      _ = unlink(temporary)
      return true
    }
    _ = unlink(temporary)
    return false
  }
}
