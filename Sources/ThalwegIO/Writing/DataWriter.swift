import CHDF5
import Glibc
public import ThalwegCore

/// Writes data sets to an HDF5 file: a new one, or more of one that is there.
///
/// The file appears, or changes, in one step when `close` succeeds. A crash or a kill before leaves what was at the path,
/// byte for byte, whatever was written meanwhile: the work goes to a file beside it, when appending to a copy of it, which
/// takes no time and room where the file system shares blocks (btrfs, XFS). One thread at a time uses a writer.
public final class DataWriter: Object {
  /// How a data set lies in the file.
  public struct Storage: Sendable {
    /// Samples in a chunk; 0: chosen. Data sets that neither grow nor are compressed have no chunks.
    public var chunkRows = 0
    /// 0: not compressed; 1 to 9: gzip's level.
    public var gzip = 0
    /// Whether bytes are sorted by their places in numbers before they are compressed.
    public var isShuffled = true
    /// Whether each chunk has a checksum.
    public var hasChecksum = false
    /// Whether rows can be appended later.
    public var grows = false

    public init(
      chunkRows: Int = 0, gzip: Int = 0, isShuffled: Bool = true, hasChecksum: Bool = false,
      grows: Bool = false
    ) {
      self.chunkRows = chunkRows
      self.gzip = gzip
      self.isShuffled = isShuffled
      self.hasChecksum = hasChecksum
      self.grows = grows
    }
  }

  private let path: String
  private let process = getpid()
  private var file: AtomicFile
  /// What the file was that is being added to; nil for a new one.
  private let before: FileState?
  private var content: WriterContent?
  /// A write that failed leaves data behind that nobody knows: the file is not put in place any more.
  private var failure: ThalwegError?

  /// - Parameter appending: whether what is in the file at `path` stays; without such a file a new one is begun.
  /// - Throws: `.io` when it cannot be written there or another program is writing it; `.format` when it is not an HDF5
  ///   file; `.unavailable`.
  public init(_ path: String, appending: Bool = false) throws(ThalwegError) {
    // Damage is found out apart, before the file is opened here.
    if appending, access(path, F_OK) == 0, Isolation.applies(path),
      let problem = try HDF5Listing(path, "writer_open").problem
    {
      throw ThalwegError(.format, "\(problem); nothing is added to a file that is damaged")
    }
    // All of it under the lock: saves in other threads take files that nobody holds for leftovers.
    let begun = try HDF5Session.run("writer_open") { session throws(ThalwegError) in
      try DataWriter.begin(path, appending, session)
    }
    self.path = path
    before = begun.before
    content = begun.content
    file = begun.file
    super.init()
  }

  private struct Begun: ~Copyable {
    var file: AtomicFile
    let before: FileState?
    let content: WriterContent
  }

  private static func begin(
    _ path: String, _ appending: Bool, _ session: HDF5Session
  ) throws(ThalwegError) -> Begun {
    var file = try AtomicFile(replacing: path, session.function)
    let place = file.temporaryPath
    let before = appending && access(path, F_OK) == 0 ? try file.copyOld() : nil
    let writer =
      if before == nil { try HDF5Writer(creating: place, as: path, session) } else {
        try HDF5Writer(opening: place, as: path, session)
      }
    try file.adopt(writer.descriptor())
    return Begun(file: file, before: before, content: WriterContent(writer))
  }

  deinit {
    guard let open = content else { return }
    if getpid() != process {
      _ = Unmanaged.passRetained(open)  // the parent's: closing it would write
    } else {
      HDF5Session.close(open)
    }
    content = nil
  }

  /// Makes a data set without values yet, which `append` brings. Its first size is the number of rows to come, or -1: it
  /// grows.
  /// - Parameter labels: names of the values 0, 1, ... of integers; empty: they are numbers.
  public func define(
    _ name: String, _ dtype: DType, shape: [Int], labels: [String] = [], storage: Storage = Storage()
  ) throws(ThalwegError) {
    try change("writer_define") { content throws(ThalwegError) in
      var storage = storage
      guard let rows = shape.first, rows >= -1, shape.dropFirst().allSatisfy({ $0 >= 0 }) else {
        throw content.error(
          .shape, "'\(name)' cannot have the shape \(shape); the first size is at least -1, the others 0")
      }
      storage.grows = rows == -1
      let type = try content.type(dtype, labels, name)
      _ = try content.make(
        name, type, dtype, labels: labels.count, shape: [max(rows, 0)] + shape.dropFirst(), storage, of: path)
    }
  }

  /// Writes a new data set with the values of `tensor`.
  public func write(
    _ name: String, _ tensor: Tensor, labels: [String] = [], storage: Storage = Storage()
  ) throws(ThalwegError) {
    try change("writer_write") { content throws(ThalwegError) in
      let type = try content.type(tensor.dtype, labels, name)
      let values = try tensor.detach().contiguous()
      try content.check(values, labels: labels.count, name)
      let target = try content.make(
        name, type, values.dtype, labels: labels.count, shape: Array(values.shape), storage, of: path)
      target.rows = target.shape.first ?? 1
      guard values.numel > 0 else { return }
      try content.write(values.data, to: target)
    }
  }

  /// Writes a new data set of rank 1 with strings, of variable length in UTF-8.
  public func write(_ name: String, texts: [String], storage: Storage = Storage()) throws(ThalwegError) {
    try change("writer_write") { content throws(ThalwegError) in
      let type = try content.textType()
      let rows = try content.encode(texts)
      let target = try content.make(name, type, nil, labels: 0, shape: [texts.count], storage, of: path)
      target.rows = texts.count
      try content.write(rows, at: 0, to: target)
    }
  }

  /// Adds rows at the end of a data set: of one that grows, or as long as those that were announced are not complete.
  public func append(_ name: String, _ tensor: Tensor) throws(ThalwegError) {
    try change("writer_append") { content throws(ThalwegError) in
      let target = try content.target(name)
      guard target.dtype == tensor.dtype else {
        throw content.error(
          .dtype, "'\(name)' holds \(target.dtype.map { "\($0)" } ?? "strings"); the rows are \(tensor.dtype)"
        )
      }
      guard tensor.rank == target.shape.count, let count = tensor.shape.first,
        target.shape.dropFirst() == Array(tensor.shape)[1...]
      else {
        throw content.error(
          .shape, "'\(name)' has rows of shape \(Array(target.shape.dropFirst())); got \(tensor.shape)")
      }
      let values = try tensor.detach().contiguous()
      try content.check(values, labels: target.labels, name)
      let start = try content.makeRoom(count, in: target)
      guard values.numel > 0 else { return }
      try content.write(values.data, rows: start..<(start + count), to: target)
    }
  }

  /// Adds strings at the end of a data set.
  public func append(_ name: String, texts: [String]) throws(ThalwegError) {
    try change("writer_append") { content throws(ThalwegError) in
      let target = try content.target(name)
      guard target.dtype == nil, target.shape.count == 1 else {
        throw content.error(.dtype, "'\(name)' is not a list of strings")
      }
      let rows = try content.encode(texts)
      let start = try content.makeRoom(texts.count, in: target)
      try content.write(rows, at: start, to: target)
    }
  }

  /// An attribute of the data set or group `object` ("/": of the file), in the place of one of that name.
  public func setAttribute(_ object: String, _ name: String, text: String) throws(ThalwegError) {
    try change("writer_set_text") { content throws(ThalwegError) in
      guard !text.utf8.contains(0) else {
        throw content.error(.invalidArgument, "the text has a NUL in it")
      }
      let object = try content.prepareAttribute(object, name)
      try content.writer.setAttribute(name, of: object, to: text)
    }
  }

  /// As above: float64, one number as a scalar, several as an array.
  public func setAttribute(_ object: String, _ name: String, numbers: [Double]) throws(ThalwegError) {
    try change("writer_set_numbers") { content throws(ThalwegError) in
      let object = try content.prepareAttribute(object, name)
      try content.writer.setAttribute(name, of: object, to: numbers)
    }
  }

  /// Names the dimensions of a data set, all of them: each becomes a dimension scale, which netCDF and xarray read as a
  /// dimension. Data sets that name the same one must be of the same size there; a data set of rank 1 with the name of a
  /// dimension gives its coordinates.
  public func setDimensions(_ dataset: String, _ names: [String]) throws(ThalwegError) {
    try change("writer_set_dimensions") { content throws(ThalwegError) in
      try content.setDimensions(dataset, names)
    }
  }

  /// Puts the file in place; nothing else is called after that.
  /// - Throws: `.io` when it could not be written, or the file that was added to has changed meanwhile; `.shape` when
  ///   announced rows are missing. Then nothing changes at the path.
  public func close() throws(ThalwegError) {
    try change("writer_close") { content throws(ThalwegError) in
      if let failure {
        throw content.error(.io, "an earlier call failed, so the file is not complete: \(failure.message)")
      }
      for (name, target) in content.targets.sorted(by: { $0.key < $1.key })
      where target.rows < target.shape.first ?? 0 {
        throw content.error(.shape, "'\(name)' has \(target.rows) of its \(target.shape[0]) rows")
      }
      try content.writeScales()
      content.closeTargets()
      self.content = nil
      try content.writer.close()
      if let before, !file.isStill(before) {
        throw content.error(.io, "'\(path)' was changed by somebody else meanwhile; nothing was added to it")
      }
      try file.commit()
    }
  }

  private func change(
    _ function: String, _ body: (WriterContent) throws(ThalwegError) -> Void
  ) throws(ThalwegError) {
    guard let content, getpid() == process else {
      let reason = content == nil ? "the writer is closed" : "the writer is that of the parent process"
      throw ThalwegError(.invalidArgument, "\(function): \(reason)")
    }
    do throws(ThalwegError) {
      try HDF5Session.run(function) { session throws(ThalwegError) in
        content.writer.session = session
        try body(content)
      }
    } catch {
      if error.code == .io { failure = failure ?? error }
      throw error
    }
  }
}

extension HDF5Session {
  /// Gives back everything that `content` has open.
  fileprivate static func close(_ content: WriterContent) {
    do throws(ThalwegError) {
      try run("writer_release") { session throws(ThalwegError) in
        content.writer.session = session
        content.closeTargets()
        content.writer.abandon()
      }
    } catch {}
  }
}
