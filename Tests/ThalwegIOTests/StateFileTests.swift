import Testing
import ThalwegCore
import ThalwegNN

@testable import ThalwegIO

/// State dictionaries and data sets that are written, from Swift.
@Suite struct StateFileTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("state.h5")
  }

  @Test(arguments: [false, true]) func thereAndBack(nested: Bool) throws {
    let model = try Sequential(ThalwegNN.Linear(3, 4), ThalwegNN.Linear(4, 2))
    let other = try Sequential(ThalwegNN.Linear(3, 4), ThalwegNN.Linear(4, 2))
    try model.saveState(path, nested: nested)
    let report = try other.loadState(path)
    #expect(report.isEmpty)
    for (ours, theirs) in zip(model.state(), other.state()) {
      #expect(ours.name == theirs.name)
      #expect(try ours.tensor.bytes() == theirs.tensor.bytes())
    }
    #expect(folder.names == ["state.h5"])
  }

  @Test func partial() throws {
    let model = try ThalwegNN.Linear(3, 2)
    let narrow = try ThalwegNN.Linear(2, 2)
    try model.saveState(path)
    #expect(throws: ThalwegError.self) { try narrow.loadState(path) }
    let report = try narrow.loadState(path, strict: false)
    #expect(report.mismatched.map(\.name) == ["weight"])
    #expect(report.missing.isEmpty && report.unexpected.isEmpty)
    let (ours, theirs) = (model.state()[1], narrow.state()[1])
    #expect(try ours.tensor.bytes() == theirs.tensor.bytes())
  }

  @Test func rowsAreAppended() throws {
    let rows = try Tensor([1, 2, 3, 4, 5, 6] as [Float], [2, 3])
    let writer = try DataWriter(path)
    try writer.define("x", .float32, shape: [-1, 3], storage: DataWriter.Storage(gzip: 1))
    try writer.append("x", rows)
    #expect(folder.names != ["state.h5"])
    try writer.close()
    let more = try DataWriter(path, appending: true)
    try more.append("x", rows)
    try more.close()
    #expect(folder.names == ["state.h5"])
    let read = try HDF5.read(path, "x")
    #expect(read.shape == [4, 3])
    #expect(try read.bytes() == rows.bytes() + rows.bytes())
    let listing = try HDF5Listing(path)
    #expect(listing.entries.map(\.path) == ["/", "/x"] && listing.entries[1].shape == [4, 3])
  }
}
