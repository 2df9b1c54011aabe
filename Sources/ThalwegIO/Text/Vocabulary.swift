import ThalwegCore

/// What the symbols of a text are. Raw values are the C interface's TW_TEXT_...
public enum TextUnit: Int32, Sendable {
  /// Bytes of UTF-8, or of anything: 256 symbols.
  case bytes = 0
  /// Characters: Unicode scalars.
  case characters = 1
}

/// The symbols of a text and their numbers: the bytes by their values, or some characters in order.
struct Vocabulary: Sendable {
  let unit: TextUnit
  /// The characters in the order of their numbers; empty for bytes.
  let characters: [UInt32]
  /// The numbers of ASCII characters, -1 where there is none.
  private var small = InlineArray<128, Int32>(repeating: -1)
  private var others: [UInt32: Int32] = [:]

  static let bytes = Vocabulary(.bytes, [])

  /// - Parameter characters: each once.
  init(characters: [UInt32]) { self.init(.characters, characters) }

  private init(_ unit: TextUnit, _ characters: [UInt32]) {
    self.unit = unit
    self.characters = characters
    for (i, character) in characters.enumerated() {
      let number = Int32(truncatingIfNeeded: i)
      if character < 128 { small[Int(character)] = number } else { others[character] = number }
    }
  }

  /// The characters of a string, in its order.
  /// - Throws: `.invalidArgument` for a string that is empty or has one twice.
  init(symbols: String, in function: String) throws(ThalwegError) {
    let characters = symbols.unicodeScalars.map(\.value)
    guard !characters.isEmpty, Set(characters).count == characters.count else {
      throw ThalwegError(
        .invalidArgument, "\(function): the symbols must be characters of which none comes twice")
    }
    self.init(characters: characters)
  }

  /// The number of symbols.
  var count: Int { unit == .bytes ? 256 : characters.count }

  /// All characters as one string; empty for bytes.
  var symbols: String {
    var result = String.UnicodeScalarView()
    for character in characters { if let scalar = Unicode.Scalar(character) { result.append(scalar) } }
    return String(result)
  }

  /// A character's number; -1 for one that is not among them.
  @inline(__always)
  func number(of character: UInt32) -> Int32 {
    character < 128 ? small[Int(character)] : others[character] ?? -1
  }
}

/// One character of UTF-8.
enum DecodedCharacter {
  case whole(UInt32, length: Int)
  /// The bytes end in the middle of it.
  case cut
  case damaged

  /// The character at the beginning of `count` bytes, at least one. Overlong forms, surrogates and numbers beyond
  /// U+10FFFF are damage (Unicode 16, table 3-7).
  @inline(__always)
  static func read(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> DecodedCharacter {
    let first = UInt32(bytes[0])
    if first < 0x80 { return .whole(first, length: 1) }
    let length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0
    if length == 0 { return .damaged }
    var value = first & (0x7F >> UInt32(length))
    for i in 1..<length {
      if i >= count { return .cut }
      let byte = UInt32(bytes[i])
      if byte & 0xC0 != 0x80 { return .damaged }
      value = value << 6 | byte & 0x3F
    }
    let least: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
    if value < least || value > 0x10FFFF || (0xD800..<0xE000).contains(value) { return .damaged }
    return .whole(value, length: length)
  }
}
