import Glibc
import Testing
import ThalwegCore
import ThalwegNN

@testable import ThalwegIO

/// Batches of the digits, which are stored in compressed chunks of 64, and of a file with its data in one piece.
@Suite struct LoaderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func options(
    batch: Int = 32, window: Int = 40_000, prefetch: Int = 2, seed: UInt64 = 3
  ) -> LoaderOptions {
    var options = LoaderOptions(batchSize: batch, isShuffled: true, seed: seed)
    options.windowBytes = window
    options.prefetch = prefetch
    return options
  }

  /// A file with `count` rows of three numbers that are the row's, and their numbers.
  private func writeContiguous(_ count: Int, to path: String) throws {
    let rows = (0..<count).flatMap { [Float($0), Float($0), Float($0)] }
    let numbers = (0..<count).map { Int64($0) }
    try HDF5Session.run("test") { session throws(ThalwegError) in
      let writer = try HDF5Writer(creating: path, as: path, session)
      try writer.write("rows", shape: [count, 3], dtype: .float32, rows)
      try writer.write("numbers", shape: [count], dtype: .int64, numbers)
      try writer.close()
    }
  }

  private func numbers(_ loader: DataLoader, _ epoch: Int) throws -> [Double] {
    var result: [Double] = []
    try loader.startEpoch(epoch)
    while let batch = try loader.next() {
      let numbers = try batch[1].toArray()
      #expect(try batch[0].toArray() == numbers.flatMap { [$0, $0, $0] })
      result += numbers
    }
    return result
  }

  @Test(arguments: [1, 500, 8000, 1 << 20])
  func everySampleOnceAndInStep(_ window: Int) throws {
    let path = folder.file("rows.h5")
    try writeContiguous(300, to: path)
    let sources = [HDF5Source(path, "rows"), HDF5Source(path, "numbers")]
    var orders: [[Double]] = []
    for prefetch in [0, 1, 4] {
      let loader = try HDF5Loader(sources, options: options(batch: 7, window: window, prefetch: prefetch))
      #expect(loader.sampleCount == 300 && loader.batchCount == 43 && loader.arrayCount == 2)
      for epoch in 0..<2 { orders.append(try numbers(loader, epoch)) }
    }
    for order in orders { #expect(order.sorted() == (0..<300).map(Double.init)) }
    #expect(orders[0] != orders[1] && orders[0] != orders[0].sorted())
    for i in 2..<6 { #expect(orders[i] == orders[i % 2]) }
    var inOrder = options(batch: 7, window: window)
    inOrder.isShuffled = false
    inOrder.limit = 100
    inOrder.dropsLast = true
    #expect(try numbers(HDF5Loader(sources, options: inOrder), 0) == (0..<98).map(Double.init))
  }

  @Test func severalFilesAndScaling() throws {
    let copy = folder.file("copy.h5")
    try writeBytes(readBytes(Repository.digits), to: copy)
    let loader = try HDF5Loader(
      [
        HDF5Source(Repository.digits, "test/images", isScaled: true), HDF5Source(copy, "test/images"),
        HDF5Source(copy, "test/labels"),
      ], options: options())
    var count = 0
    while let batch = try loader.next() {
      #expect(batch.map(\.dtype) == [.float32, .uint8, .uint8])
      #expect(batch[0].shape == batch[1].shape && batch[2].rank == 1)
      #expect(try batch[0].toArray() == batch[1].toArray().map { $0 / 16 })
      count += batch[0].shape[0]
    }
    #expect(count == 364)
  }

  @Test func refused() throws {
    let types = Repository.golden("types.h5")
    func expectRefusal(
      _ code: ThalwegError.Code, _ names: [String], _ parts: String...,
      location: SourceLocation = #_sourceLocation
    ) {
      do throws(ThalwegError) {
        _ = try HDF5Loader(names.map { HDF5Source(types, $0) })
        Issue.record("no error", sourceLocation: location)
      } catch {
        #expect(error.code == code, "\(error.message)", sourceLocation: location)
        for part in parts {
          #expect(error.message.contains(part), "\(error.message)", sourceLocation: location)
        }
      }
    }
    expectRefusal(
      .dtype, ["types/string"], "loader_open: data set '/types/string' of '\(types)' holds strings")
    expectRefusal(.dtype, ["types/u1", "types/compound"], "'/types/compound'")
    expectRefusal(.shape, ["shapes/scalar"], "is a scalar")
    expectRefusal(.shape, ["types/u1", "types/bool"], "has 3 samples", "4", "the same number")
    expectRefusal(.format, ["storage/bomb"], "8796093022208 bytes")
    expectRefusal(.format, ["storage/huge_chunk"], "a chunk of")
    expectRefusal(.invalidArgument, [], "no data sets")
    expectError(.invalidArgument, "a chunk of data set '/test/images'", "window_bytes is 8000") {
      () throws(ThalwegError) in
      _ = try HDF5Loader([HDF5Source(Repository.digits, "test/images")], options: options(window: 8000))
    }
  }

  /// Bools are checked where they are read.
  @Test func badBool() throws {
    let loader = try HDF5Loader([HDF5Source(Repository.golden("types.h5"), "types/bad_bool")])
    expectError(.format, "loader_next: ", "'/types/bad_bool'", "neither 0 nor 1") {
      () throws(ThalwegError) in _ = try loader.next()
    }
  }

  @Test(arguments: [0, 2])
  func damagedChunk(_ prefetch: Int) throws {
    let path = folder.file("damaged.h5")
    let whole = try readBytes(Repository.digits)
    var damaged = whole
    damaged[whole.count / 2] ^= 0x55
    try writeBytes(whole, to: path)
    let loader = try HDF5Loader([HDF5Source(path, "train/images")], options: options(prefetch: prefetch))
    try loader.startEpoch()
    #expect(try loader.next() != nil)
    try writeBytes(damaged, to: path)
    var sentences: Set<String> = []
    for _ in 0..<2 {
      for _ in 0..<2 {
        do throws(ThalwegError) {
          while try loader.next() != nil {}
          Issue.record("no error")
        } catch {
          #expect(error.code == .format)
          sentences.insert(error.message)
        }
      }
      try loader.startEpoch()
    }
    let sentence = sentences.first ?? ""
    #expect(sentences.count == 1)
    #expect(sentence.hasPrefix("loader_next: cannot read chunk ["), "\(sentence)")
    #expect(sentence.contains(", 0, 0, 0], rows "), "\(sentence)")
    #expect(sentence.contains(" of data set '/train/images' of '\(path)': "), "\(sentence)")
    try writeBytes(whole, to: path)
    try loader.startEpoch()
    var count = 0
    while let batch = try loader.next() { count += batch[0].shape[0] }
    #expect(count == 1433)
  }

  @Test func fileThatChanges() throws {
    let path = folder.file("changing.h5")
    try writeContiguous(300, to: path)
    let loader = try HDF5Loader([HDF5Source(path, "rows")], options: options(window: 2000))
    #expect(try loader.next() != nil)
    try writeBytes(Array(readBytes(path).prefix(3000)), to: path)
    expectError(.format, "loader_next: cannot read rows ", " of data set '/rows' of '\(path)': ") {
      () throws(ThalwegError) in
      while try loader.next() != nil {}
    }
    unlink(path)
    try writeContiguous(20, to: path)
    expectError(.format, "has changed", "[300, 3]", "[20, 3]") { () throws(ThalwegError) in
      try loader.startEpoch()
      _ = try loader.next()
    }
  }

  /// Loaders are given up at every stage; nothing hangs and no file stays open.
  @Test func releaseWhileReading() throws {
    for round in 0..<60 {
      let loader = try HDF5Loader(
        [HDF5Source(Repository.digits, "train/images")], options: options(prefetch: 9))
      if round % 3 > 0 { try loader.startEpoch() }
      if round % 3 > 1 { _ = try loader.next() }
      usleep(UInt32(round * 20))
    }
  }

  /// The plan keeps to its memory, and its blocks to the chunks of the largest data set.
  @Test func plan() throws {
    let sources = try HDF5Session.run("test") { session throws(ThalwegError) in
      var result: [StreamSource] = []
      for name in ["train/images", "train/labels"] {
        let source = HDF5Source(Repository.digits, name)
        result.append(
          try StreamSource(HDF5Dataset(name, in: HDF5File(source.path, session)), isScaled: source.isScaled))
      }
      return result
    }
    for window in [9_000, 40_000, 1 << 20, 1 << 40] {
      let plan = try StreamPlan(sources, options(window: window))
      #expect(plan.blockRows % 64 == 0)
      #expect(plan.windowBlocks * plan.blockRows * 81 <= max(window / 2, 64 * 81))
      #expect(plan.portionBlocks >= 1)
      let rows = (0..<plan.blockCount).flatMap { Array(plan.rows(ofBlock: $0)) }
      #expect(rows == Array(0..<1433))
    }
  }
}
