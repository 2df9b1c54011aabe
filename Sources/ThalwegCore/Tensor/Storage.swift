package import CThalweg
package import Synchronization

/// A block of memory that tensors share: from the engine's allocator, or foreign with its deleter.
package final class Storage {
  package let base: UnsafeMutableRawPointer
  package let byteCount: Int
  private let owner: Owner

  /// Counts the changes in place. Backward compares it with what it was when a tensor was saved.
  package let version = Atomic<Int>(0)
  /// The operation that made the latest change, for the error that names it.
  package private(set) var changedBy: StaticString = ""

  /// That of tensors of whom only shape and dtype are wanted.
  nonisolated(unsafe) package static let none = Storage(
    foreign: .allocate(byteCount: 64, alignment: 64), byteCount: 0, deleter: nil, userData: nil)

  private let wasHandedOut = Atomic<Bool>(false)

  /// Whether the elements may change without a word: in foreign memory, and once their address is known outside.
  package var isExposed: Bool {
    if case .foreign = owner { return true }
    return wasHandedOut.load(ordering: .relaxed)
  }

  /// To be called before the address leaves the engine.
  package func expose() { wasHandedOut.store(true, ordering: .relaxed) }

  private enum Owner {
    case engine
    case foreign(tw_deleter?, UnsafeMutableRawPointer?)
  }

  package init(byteCount: Int, for function: StaticString) throws(ThalwegError) {
    self.base = try Memory.allocate(byteCount, for: function)
    self.byteCount = byteCount
    self.owner = .engine
  }

  package init(
    foreign base: UnsafeMutableRawPointer, byteCount: Int, deleter: tw_deleter?,
    userData: UnsafeMutableRawPointer?
  ) {
    self.base = base
    self.byteCount = byteCount
    self.owner = .foreign(deleter, userData)
  }

  deinit {
    switch owner {
    case .engine: Memory.deallocate(base, byteCount)
    case .foreign(let deleter, let userData): deleter?(base, userData)
    }
  }

  package func didChange(by operation: StaticString) {
    version.wrappingAdd(1, ordering: .relaxed)
    changedBy = operation
  }
}
