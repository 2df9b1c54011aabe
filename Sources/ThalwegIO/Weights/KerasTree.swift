import CHDF5
import ThalwegCore

/// The names that Keras 3 gives to groups in a `.weights.h5` file (keras/src/saving/saving_lib.py).
enum KerasTree {
  /// Layers of one container: "dense", "re_lu", "dense_1", ... by class, in order.
  struct Counter {
    private var used: [String: Int] = [:]

    mutating func name(_ className: String) -> String {
      let name = snakeCase(className)
      let count = used[name, default: 0]
      used[name] = count &+ 1
      return count == 0 ? name : "\(name)_\(count)"
    }
  }

  /// Keras's snake case: "Dense" is dense, "ReLU" re_lu, "BatchNormalization" batch_normalization, "Conv2D" conv2d,
  /// "LSTMCell" lstm_cell. Other characters than ASCII letters, digits and "_" are left out.
  static func snakeCase(_ className: String) -> String {
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

  /// The paths of all data sets in a file of Keras's but for its optimiser's.
  ///
  /// Errors: `.format` when groups nest so deep, or there are so many objects, that links must go in circles.
  static func datasets(_ file: HDF5File) throws(ThalwegError) -> [String] {
    var found: [String] = []
    var waiting: [(path: String, depth: Int)] = [("", 0)]
    var seen = 0
    while let (path, depth) = waiting.popLast() {
      for name in try file.members(path.isEmpty ? "/" : path) ?? [] where !(depth == 0 && name == "optimizer")
      {
        seen += 1
        guard depth < 64, seen < 1_000_000 else {
          throw file.session.error(.format, "the groups of '\(file.path)' go in circles or nest too deep")
        }
        let child = "\(path)/\(name)"
        guard let object = try file.object(child) else { continue }
        switch Int(object.kind) {
        case TW_H5I_GROUP: waiting.append((child, depth + 1))
        case TW_H5I_DATASET: found.append(child)
        default: break
        }
      }
    }
    return found.sorted()
  }
}
