package import ThalwegCore

/// Reads JSON strictly as RFC 8259 has it: one value, UTF-8, no comments, no trailing commas, no name twice in an
/// object. Depth, length and the number of values are bounded, so that no text costs much memory or stack.
package struct JSONReader {
  package static let maxDepth = 100
  package static let maxBytes = 1 << 26
  package static let maxValues = 1 << 20

  /// Errors: `.format` with what is wrong and at which byte.
  ///
  /// - Parameter allowsNonFinite: whether Python's words NaN, Infinity and -Infinity are numbers.
  package static func read(
    _ bytes: [UInt8], allowsNonFinite: Bool = false
  ) throws(ThalwegError) -> JSONValue {
    guard bytes.count <= maxBytes else {
      throw ThalwegError(.format, "the JSON text has \(bytes.count) bytes; at most \(maxBytes) are read")
    }
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw ThalwegError(.format, "the JSON text is not UTF-8")
    }
    var reader = JSONReader(bytes: bytes, allowsNonFinite: allowsNonFinite)
    let value = try reader.value(depth: 0)
    reader.skipSpace()
    guard reader.place == bytes.count else { throw reader.error("something follows the value") }
    return value
  }

  private let bytes: [UInt8]
  private var place = 0
  private var values = 0

  private let allowsNonFinite: Bool

  private init(bytes: [UInt8], allowsNonFinite: Bool) {
    self.bytes = bytes
    self.allowsNonFinite = allowsNonFinite
  }

  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  private func error(_ what: String) -> ThalwegError {
    ThalwegError(.format, "the JSON text is damaged at byte \(place): \(what)")
  }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { place += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard next == UInt8(ascii: character) else { return false }
    place += 1
    return true
  }

  private mutating func value(depth: Int) throws(ThalwegError) -> JSONValue {
    guard depth < JSONReader.maxDepth else { throw error("deeper than \(JSONReader.maxDepth)") }
    values += 1
    guard values <= JSONReader.maxValues else { throw error("more than \(JSONReader.maxValues) values") }
    skipSpace()
    switch next {
    case UInt8(ascii: "{")?: return try object(depth)
    case UInt8(ascii: "[")?: return try array(depth)
    case UInt8(ascii: "\"")?: return .string(try string())
    case UInt8(ascii: "t")?: return try word("true", .bool(true))
    case UInt8(ascii: "f")?: return try word("false", .bool(false))
    case UInt8(ascii: "n")?: return try word("null", .null)
    case UInt8(ascii: "N")? where allowsNonFinite: return try word("NaN", .number(.nan))
    case UInt8(ascii: "I")? where allowsNonFinite: return try word("Infinity", .number(.infinity))
    case UInt8(ascii: "-")? where allowsNonFinite && bytes[place...].starts(with: "-Infinity".utf8):
      return try word("-Infinity", .number(-.infinity))
    default: return try number()
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws(ThalwegError) -> JSONValue {
    let letters = Array("\(word)".utf8)
    guard bytes[place...].starts(with: letters) else { throw error("a value is expected") }
    place += letters.count
    return value
  }

  private mutating func array(_ depth: Int) throws(ThalwegError) -> JSONValue {
    place += 1
    var result: [JSONValue] = []
    if take("]") { return .array(result) }
    repeat { result.append(try value(depth: depth + 1)) } while take(",")
    guard take("]") else { throw error("a comma or ] is expected") }
    return .array(result)
  }

  private mutating func object(_ depth: Int) throws(ThalwegError) -> JSONValue {
    place += 1
    var result: [JSONMember] = []
    var names: Set<String> = []
    if take("}") { return .object(result) }
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw error("a name is expected") }
      let name = try string()
      guard names.insert(name).inserted else { throw error("the name \"\(name)\" is there twice") }
      guard take(":") else { throw error("a colon is expected") }
      result.append(JSONMember(name, try value(depth: depth + 1)))
    } while take(",")
    guard take("}") else { throw error("a comma or } is expected") }
    return .object(result)
  }

  // MARK: - Numbers

  private mutating func number() throws(ThalwegError) -> JSONValue {
    let start = place
    var isInteger = true
    if next == UInt8(ascii: "-") { place += 1 }
    let first = place
    guard digits() else { throw error("a value is expected") }
    guard bytes[first] != UInt8(ascii: "0") || place == first + 1 else {
      throw error("a number begins with 0")
    }
    if next == UInt8(ascii: ".") {
      isInteger = false
      place += 1
      guard digits() else { throw error("a digit is expected") }
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      isInteger = false
      place += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { place += 1 }
      guard digits() else { throw error("a digit is expected") }
    }
    let text = String(decoding: bytes[start..<place], as: UTF8.self)
    if isInteger, let value = Int(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else { throw error("the number is too large") }
    return .number(value)
  }

  private mutating func digits() -> Bool {
    let start = place
    while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { place += 1 }
    return place > start
  }

  // MARK: - Strings

  private mutating func string() throws(ThalwegError) -> String {
    place += 1
    var result: [UInt8] = []
    while let byte = next {
      place += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: result, as: UTF8.self)
      case UInt8(ascii: "\\"): result.append(contentsOf: String(try escape()).utf8)
      case 0..<0x20: throw error("a control character in a string")
      default: result.append(byte)
      }
    }
    throw error("a string does not end")
  }

  private mutating func escape() throws(ThalwegError) -> Unicode.Scalar {
    let letter = next
    place += 1
    switch letter {
    case UInt8(ascii: "\"")?: return "\""
    case UInt8(ascii: "\\")?: return "\\"
    case UInt8(ascii: "/")?: return "/"
    case UInt8(ascii: "b")?: return "\u{8}"
    case UInt8(ascii: "f")?: return "\u{C}"
    case UInt8(ascii: "n")?: return "\n"
    case UInt8(ascii: "r")?: return "\r"
    case UInt8(ascii: "t")?: return "\t"
    case UInt8(ascii: "u")?:
      var code = try hexadecimal()
      if (0xD800..<0xDC00).contains(code), next == UInt8(ascii: "\\") {
        place += 1
        guard next == UInt8(ascii: "u") else { throw error("half a surrogate pair") }
        place += 1
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw error("half a surrogate pair") }
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw error("half a surrogate pair") }
      return scalar
    default: throw error("an unknown escape")
    }
  }

  private mutating func hexadecimal() throws(ThalwegError) -> UInt32 {
    guard bytes.count - place >= 4, bytes[place..<(place + 4)].allSatisfy({ JSONReader.isHexadecimal($0) }),
      let code = UInt32(String(decoding: bytes[place..<(place + 4)], as: UTF8.self), radix: 16)
    else { throw error("four hexadecimal digits are expected") }
    place += 4
    return code
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
  }
}
