import ThalwegCore

/// The names that Keras 3 gives to groups in its files: "dense", "re_lu", "dense_1", ... by class, in order.
package struct KerasNames {
  private var used: [String: Int] = [:]

  package init() {}

  package mutating func name(_ className: String) -> String {
    let name = KerasNames.snakeCase(className)
    let count = used[name, default: 0]
    used[name] = count &+ 1
    return count == 0 ? name : "\(name)_\(count)"
  }
  /// Keras's snake case: "Dense" is dense, "ReLU" re_lu, "BatchNormalization" batch_normalization, "Conv2D" conv2d,
  /// "LSTMCell" lstm_cell. Other characters than ASCII letters, digits and "_" are left out.
  package static func snakeCase(_ className: String) -> String {
    let letters = className.utf8.filter { isWord($0) }
    // First an underscore before an upper-case letter that lower-case ones follow, then one between a lower-case
    // and an upper-case letter; a letter that the first step has consumed starts no second match.
    var first: [UInt8] = []
    var index = 0
    while index < letters.count {
      first.append(letters[index])
      var end = index + 2
      if index + 1 < letters.count, isUpper(letters[index + 1]) {
        while end < letters.count, isLower(letters[end]) { end += 1 }
      }
      if index + 1 < letters.count, isUpper(letters[index + 1]), end > index + 2 {
        first.append(UInt8(ascii: "_"))
        first.append(contentsOf: letters[(index + 1)..<end])
        index = end
      } else {
        index += 1
      }
    }
    var result: [UInt8] = []
    for (index, letter) in first.enumerated() {
      if index > 0, isUpper(letter), isLower(first[index - 1]) { result.append(UInt8(ascii: "_")) }
      result.append(isUpper(letter) ? letter | 0x20 : letter)
    }
    return result.isEmpty ? "layer" : String(decoding: result, as: UTF8.self)
  }

  private static func isUpper(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
  }
  private static func isLower(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }
  private static func isWord(_ byte: UInt8) -> Bool {
    isUpper(byte) || isLower(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || byte == UInt8(ascii: "_")
  }

}
