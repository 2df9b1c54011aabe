import ThalwegCore

/// C strings that stay where they are as long as the pool lives: the names that the C interface hands out.
package final class NamePool {
  private let lock = SpinLock()
  private var strings: [String: UnsafeMutablePointer<CChar>] = [:]

  package init() {}

  deinit {
    for string in strings.values { string.deallocate() }
  }

  /// The string's copy, the same address at every call.
  package func pointer(to text: String) -> UnsafePointer<CChar> {
    lock.lock()
    defer { lock.unlock() }
    if let known = strings[text] { return UnsafePointer(known) }
    let characters = text.utf8CString
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: characters.count)
    for (i, character) in characters.enumerated() { (copy + i).initialize(to: character) }
    strings[text] = copy
    return UnsafePointer(copy)
  }
}
