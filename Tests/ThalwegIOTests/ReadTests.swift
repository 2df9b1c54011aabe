import Testing
import ThalwegCore

@testable import ThalwegIO

/// Data sets of Tests/Golden/hdf5/types.h5, which h5py wrote, and of the digits.
@Suite struct ReadTests {
  let types = Repository.golden("types.h5")

  @Test(arguments: [
    ("u1", DType.uint8, [0, 0, 1, 255]), ("i1", .int32, [-128, 0, 1, 127]), ("u2", .int64, [0, 0, 1, 65535]),
    ("i2", .int32, [-32768, 0, 1, 32767]), ("u4", .int64, [0, 0, 1, 4_294_967_295]),
    ("i4", .int32, [-2_147_483_648, 0, 1, 2_147_483_647]), ("f2", .float32, [-2.5, 0, 1, 3.25]),
    ("f4", .float32, [-2.5, 0, 1, 3.25]), ("f8", .float64, [-2.5, 0, 1, 3.25]),
    ("big_i2", .int32, [-32768, 0, 1, 32767]), ("big_u4", .int64, [0, 0, 1, 4_294_967_295]),
    ("big_f4", .float32, [-2.5, 0, 1, 3.25]), ("big_f8", .float64, [-2.5, 0, 1, 3.25]),
    ("bool", .bool, [1, 0, 1]),
  ])
  func elementTypes(_ name: String, _ dtype: DType, _ values: [Double]) throws {
    let tensor = try HDF5.read(types, "types/\(name)")
    #expect(tensor.dtype == dtype)
    #expect(tensor.shape == [values.count])
    #expect(try tensor.toArray() == values)
  }

  @Test(arguments: ["i8", "big_i8"])
  func int64IsExact(_ name: String) throws {
    let tensor = try HDF5.read(types, "types/\(name)")
    #expect(tensor.dtype == .int64)
    #expect(try tensor.slice(0, 0, 1).itemInt64() == Int64.min)
    #expect(try tensor.slice(0, 3, 4).itemInt64() == Int64.max)
  }

  @Test(arguments: [
    ("string", "strings"), ("fixed_string", "strings"), ("compound", "compound values"),
  ])
  func whatIsNoNumberIsRefused(_ name: String, _ description: String) {
    expectError(.dtype, "hdf5_read: data set '/types/\(name)' of '\(types)' holds \(description)", "expected")
    {
      () throws(ThalwegError) in _ = try HDF5.read(types, "types/\(name)")
    }
  }

  @Test func unusualNumbers() throws {
    expectError(.format, "'/types/u8'", "above those of int64") { () throws(ThalwegError) in
      _ = try HDF5.read(types, "types/u8")
    }
    let first = try HDF5.read(types, "types/u8", rows: Tensor([0, 2, 0] as [Int64], [3]))
    #expect(try first.toArray() == [0, 1, 0])
    let colours = try HDF5.read(types, "types/enum")
    #expect(colours.dtype == .int32)
    #expect(try colours.toArray() == [0, 2])
    let names = try HDF5.enumeration(types, "types/enum")
    #expect(names.map(\.name) == ["GREEN", "RED"])
    #expect(names.map(\.value) == [2, 0])
    #expect(try HDF5.read(types, "types/long_double").dtype == .float64)
    let member = try HDF5.read(types, "types/compound/im")
    #expect(member.dtype == .float32)
    #expect(try member.toArray() == [0, 0])
    expectError(.format, "no member 'abs'", "re, im") { () throws(ThalwegError) in
      _ = try HDF5.read(types, "types/compound/abs")
    }
  }

  @Test(arguments: ["string", "fixed_string"])
  func strings(_ name: String) throws {
    let (values, offsets) = try HDF5.readSequences(types, "types/\(name)")
    #expect(try values.toArray() == Array("onetwo".utf8).map { Double($0) })
    #expect(try offsets.toArray() == [0, 3, 6])
    let (padded, lengths) = try HDF5.readPadded(types, "types/\(name)")
    #expect(padded.shape == [2, 3])
    #expect(try lengths.toArray() == [3, 3])
  }

  @Test func boolsAreZeroOrOne() {
    expectError(.format, "/types/bad_bool", "neither 0 nor 1") { () throws(ThalwegError) in
      _ = try HDF5.read(types, "types/bad_bool")
    }
  }

  @Test func shapes() throws {
    let scalar = try HDF5.read(types, "shapes/scalar")
    #expect(scalar.shape == [])
    #expect(try scalar.item() == 1.5)
    #expect(try HDF5.read(types, "/shapes/no_rows").shape == [0, 3])
    let values = (0..<24).map(Double.init)
    #expect(try HDF5.read(types, "/shapes/rank3").toArray() == values)
    let rank8 = try HDF5.read(types, "//shapes/./rank8/")
    #expect(rank8.shape == [1, 2, 1, 3, 1, 4, 1, 1])
    #expect(try rank8.toArray() == values)
    expectError(.shape, "'/shapes/rank9'", "9 dimensions", "at most 8") { () throws(ThalwegError) in
      _ = try HDF5.read(types, "shapes/rank9")
    }
    expectError(.shape, "'/shapes/null'", "no data") { () throws(ThalwegError) in
      _ = try HDF5.read(types, "shapes/null")
    }
  }

  @Test func storage() throws {
    let values = (0..<24).map(Double.init)
    #expect(try HDF5.read(types, "storage/chunked").toArray() == values)
    #expect(try HDF5.read(types, "storage/all_filters").toArray() == values)
    #expect(try HDF5.read(types, "storage/lzf").toArray() == values)
    let rows = try HDF5.read(types, "storage/all_filters", rows: Tensor([1] as [Int64], [1]))
    #expect(rows.shape == [1, 3, 4])
    #expect(try rows.toArray() == Array(values[12...]))
    expectError(.invalidArgument, "no row 2", "0 to 1") { () throws(ThalwegError) in
      _ = try HDF5.read(types, "storage/lzf", rows: Tensor([0, 2] as [Int64], [2]))
    }
  }

  /// Sizes that a small file claims are not allocated.
  @Test func bombs() {
    for (name, part) in [
      ("bomb", "8796093022208 bytes"), ("overflow", "more bytes than can be counted"),
      ("empty_overflow", "more bytes than can be counted"), ("huge_chunk", "a chunk of"),
    ] {
      expectError(.format, "/storage/\(name)", part) { () throws(ThalwegError) in
        _ = try HDF5.read(types, "storage/\(name)")
      }
      expectError(.format, "/storage/\(name)", part) { () throws(ThalwegError) in
        _ = try HDF5.read(types, "storage/\(name)", rows: Tensor([] as [Int64], [0]))
      }
    }
  }

  @Test func scaled() throws {
    let both = try HDF5.readScaled(types, "scaled/both")
    #expect(both.dtype == .float32)
    let scale = Double(Float(0.1))
    #expect(try both.toArray() == [0.0, 1, 255].map { Double(Float($0 * scale - 3)) })
    #expect(try HDF5.readScaled(types, "scaled/none").toArray() == [1.5, -2.5])
    #expect(try HDF5.readScaled(types, "types/bool").toArray() == [1, 0, 1])
    expectError(.format, "attribute 'scale'", "/scaled/array", "2 values") { () throws(ThalwegError) in
      _ = try HDF5.readScaled(types, "scaled/array")
    }
    expectError(.format, "attribute 'scale'", "/scaled/text", "expected a number") {
      () throws(ThalwegError) in
      _ = try HDF5.readScaled(types, "scaled/text")
    }
  }

  @Test func attributes() throws {
    try HDF5Session.run("test") { session throws(ThalwegError) in
      let file = try HDF5File(types, session)
      let object = try file.object("attributes")
      guard let object else { throw ThalwegError(.internal, "no group") }
      #expect(try file.string("variable", of: object.id, "it") == "Größe")
      #expect(try file.string("fixed", of: object.id, "it") == "fixed")
      #expect(try file.string("empty", of: object.id, "it") == "")
      #expect(try file.string("nothing", of: object.id, "it") == nil)
      #expect(try file.number("one", of: object.id, "it") == 2.5)
      #expect(try file.integers("integers", of: object.id, "it") == [3, -1, 2])
      #expect(try file.members("shapes")?.first == "no_rows")
      #expect(try file.members("attributes") == [])
      #expect(try file.members("nothing") == nil)
      expectError(.format, "neither a scalar nor") { () throws(ThalwegError) in
        _ = try file.number("matrix", of: object.id, "it")
      }
      expectError(.format, "not a string") { () throws(ThalwegError) in
        _ = try file.string("one", of: object.id, "it")
      }
    }
  }

  @Test func digits() throws {
    let images = try HDF5.read(Repository.digits, "train/images")
    #expect(images.dtype == .uint8)
    #expect(images.shape == [1433, 1, 8, 8])
    let scaled = try HDF5.readScaled(Repository.digits, "train/images")
    #expect(scaled.shape == images.shape)
    #expect(try scaled.toArray() == images.toArray().map { $0 / 16 })
    #expect(try HDF5.read(Repository.digits, "test/labels").shape == [364])
    #expect(HDF5.isAvailable)
  }
}
