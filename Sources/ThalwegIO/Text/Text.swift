public import ThalwegCore
package import ThalwegNN

/// A text as numbers: the bytes or characters of a file, which may be larger than memory, or of a string.
///
/// A file is read through once when it is opened for characters: which there are, and where every 64 Ki-th of them
/// begins; after that only what is asked for, and it stays open. Any thread may use a text.
public final class Text: Object, @unchecked Sendable {
  /// Symbols.
  public let count: Int
  let vocabulary: Vocabulary
  let bytes: TextBytes
  /// For characters, the first byte of every `step`-th.
  private let marks: [Int]
  private static let step = 1 << 16
  /// What the C interface has handed out of it.
  package let names = NamePool()

  /// The text in the file at `path`.
  ///
  /// - Parameters:
  ///   - symbols: the characters in the order of their numbers, such as those of the text that a net was trained on; nil:
  ///     those of this text, sorted.
  /// - Throws: `.io` when there is no such file, `.format` when it is empty, no UTF-8 where characters are asked for, or has
  ///   a character that is not among `symbols`.
  public convenience init(
    path: String, unit: TextUnit = .characters, symbols: String? = nil
  ) throws(ThalwegError) {
    try self.init(TextBytes(path: path, in: "text_open"), unit, symbols, "text_open")
  }

  /// A text in memory. Throws as the other one.
  public convenience init(
    _ content: String, unit: TextUnit = .characters, symbols: String? = nil
  ) throws(ThalwegError) {
    try self.init(TextBytes(Array(content.utf8)), unit, symbols, "text_create")
  }

  private init(
    _ bytes: TextBytes, _ unit: TextUnit, _ symbols: String?, _ function: String
  ) throws(ThalwegError) {
    guard bytes.count > 0 else { throw bytes.failure(function, 0, "it is empty", .format) }
    guard unit == .characters || symbols == nil else {
      throw ThalwegError(
        .invalidArgument, "\(function): symbols are for characters; bytes are numbered by their values")
    }
    self.bytes = bytes
    var given: Vocabulary?
    if let symbols { given = try Vocabulary(symbols: symbols, in: function) }
    if unit == .bytes {
      (vocabulary, count, marks) = (.bytes, bytes.count, [])
    } else {
      let survey = try Self.survey(bytes, given, function)
      (vocabulary, count, marks) = (given ?? survey.vocabulary, survey.count, survey.marks)
    }
    super.init()
  }

  /// The number of different symbols: 256 for bytes.
  public var vocabularyCount: Int { vocabulary.count }

  /// All characters, in the order of their numbers; empty for bytes.
  public var symbols: String { vocabulary.symbols }

  /// Reads the whole text for what there is to know of it.
  private static func survey(
    _ bytes: TextBytes, _ given: Vocabulary?, _ function: String
  ) throws(ThalwegError) -> (vocabulary: Vocabulary, count: Int, marks: [Int]) {
    let block = 1 << 18
    let buffer = try Workspace(block, for: "text")
    let base = buffer.base.bindMemory(to: UInt8.self, capacity: block)
    var seen = [Bool](repeating: false, count: 0x110000)
    var (marks, count, start): ([Int], Int, Int) = ([], 0, 0)
    while start < bytes.count {
      let length = min(block, bytes.count - start)
      try bytes.read(start, length, to: base, in: function)
      var place = 0
      reading: while place < length {
        switch DecodedCharacter.read(base + place, length &- place) {
        case .whole(let character, length: let size):
          if let given, given.number(of: character) < 0 {
            throw bytes.failure(
              function, start + place, "\(shown(character)) is not among the symbols given", .format)
          }
          if count & (step &- 1) == 0 { marks.append(start + place) }
          seen[Int(character)] = true
          count &+= 1
          place &+= size
        case .cut where start + length < bytes.count: break reading
        case .cut, .damaged:
          throw bytes.failure(function, start + place, "no UTF-8; read it as bytes", .format)
        }
      }
      start += place
      try Checkpoint.pass()
    }
    withExtendedLifetime(buffer) {}
    if seen[0] { throw bytes.failure(function, 0, "it has a NUL in it; read it as bytes", .format) }
    let found = seen.indices.filter { seen[$0] }.map { UInt32($0) }
    return (Vocabulary(characters: found), count, marks)
  }

  private static func shown(_ character: UInt32) -> String {
    "the character U+" + String(character, radix: 16, uppercase: true)
  }

  // MARK: - Reading

  /// A place in the text.
  struct Cursor {
    var symbol: Int
    var byte: Int
  }

  /// The place of a symbol; `buffer` is memory for the way there.
  func cursor(at symbol: Int, _ buffer: inout [UInt8]) throws(ThalwegError) -> Cursor {
    if vocabulary.unit == .bytes { return Cursor(symbol: symbol, byte: symbol) }
    let mark = symbol / Self.step
    guard mark < marks.count else { return Cursor(symbol: count, byte: bytes.count) }
    var cursor = Cursor(symbol: mark &* Self.step, byte: marks[mark])
    while cursor.symbol < symbol {
      try read(&cursor, min(symbol - cursor.symbol, 4096), nil, stride: 0, &buffer)
    }
    return cursor
  }

  /// The next `count` symbols' numbers, `stride` apart, to `target` if it is not nil. They must be there.
  /// - Throws: `.io` or `.format` if the file has changed.
  func read(
    _ cursor: inout Cursor, _ count: Int, _ target: UnsafeMutablePointer<Int64>?, stride: Int,
    _ buffer: inout [UInt8]
  ) throws(ThalwegError) {
    let most = vocabulary.unit == .bytes ? count : 4 * count
    let length = min(most, bytes.count - cursor.byte)
    if buffer.count < length { buffer = [UInt8](repeating: 0, count: length) }
    let function = "loader_next"
    let start = cursor.byte
    let used = try buffer.withUnsafeMutableBufferPointer { (buffer) throws(ThalwegError) in
      guard let base = buffer.baseAddress, length >= count else {
        throw bytes.failure(function, start, "the text has changed")
      }
      try bytes.read(start, length, to: base, in: function)
      if vocabulary.unit == .bytes {
        if let target { for i in 0..<count { target[i &* stride] = Int64(base[i]) } }
        return count
      }
      var place = 0
      for i in 0..<count {
        guard place < length,
          case .whole(let character, length: let size) = DecodedCharacter.read(base + place, length &- place)
        else { throw bytes.failure(function, start + place, "the text has changed", .format) }
        let number = vocabulary.number(of: character)
        guard number >= 0 else {
          throw bytes.failure(function, start + place, "the text has changed", .format)
        }
        target?[i &* stride] = Int64(number)
        place &+= size
      }
      return place
    }
    cursor = Cursor(symbol: cursor.symbol + count, byte: start + used)
  }

  // MARK: - Strings

  /// The numbers [n], int64, of a string's symbols.
  /// - Throws: `.invalidArgument` for a character that is not among the text's.
  public func encode(_ string: String) throws(ThalwegError) -> Tensor {
    var numbers: [Int64] = []
    if vocabulary.unit == .bytes {
      numbers = string.utf8.map { Int64($0) }
    } else {
      for scalar in string.unicodeScalars {
        let number = vocabulary.number(of: scalar.value)
        guard number >= 0 else {
          throw ThalwegError(
            .invalidArgument, "text_encode: \(Self.shown(scalar.value)) is not among the text's symbols")
        }
        numbers.append(Int64(number))
      }
    }
    return try Tensor(numbers, [numbers.count])
  }

  /// The UTF-8 of numbers of symbols, int64 or int32 of any shape, row-major.
  /// - Throws: `.invalidArgument` for a number that stands for no symbol, `.dtype` for other dtypes.
  public func decode(_ numbers: Tensor) throws(ThalwegError) -> [UInt8] {
    guard numbers.dtype == .int64 || numbers.dtype == .int32 else {
      throw ThalwegError(.dtype, "text_decode: the numbers are \(numbers.dtype); int64 or int32 is needed")
    }
    let dense = try numbers.to(.int64).contiguous()
    let values = UnsafeBufferPointer(
      start: dense.data.assumingMemoryBound(to: Int64.self), count: dense.numel)
    var result: [UInt8] = []
    for value in values {
      guard value >= 0, value < Int64(vocabulary.count) else {
        throw ThalwegError(
          .invalidArgument,
          "text_decode: there is no symbol \(value); they are numbered from 0 to \(vocabulary.count - 1)")
      }
      if vocabulary.unit == .bytes {
        result.append(UInt8(truncatingIfNeeded: value))
      } else if let scalar = Unicode.Scalar(vocabulary.characters[Int(value)]) {
        result += UTF8.encode(scalar) ?? UTF8.EncodedScalar()
      }
    }
    withExtendedLifetime(dense) {}
    return result
  }
}
