import CHDF5
import ThalwegCore
import ThalwegNN

/// The names that Keras 3 gives to groups in a `.weights.h5` file (keras/src/saving/saving_lib.py).
enum KerasTree {
  typealias Counter = KerasNames

  static func snakeCase(_ className: String) -> String { KerasNames.snakeCase(className) }

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
