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

  /// Whether the elements may change without a word: in foreign memory, in that of a recorded step, and once their address
  /// is known outside.
  package var isExposed: Bool {
    if case .engine = owner { return wasHandedOut.load(ordering: .relaxed) }
    return true
  }

  /// To be called before the address leaves the engine.
  package func expose() { wasHandedOut.store(true, ordering: .relaxed) }

  private enum Owner {
    case engine
    case foreign(tw_deleter?, UnsafeMutableRawPointer?)
    case step(StepMemory)
  }

  package init(byteCount: Int, for function: StaticString) throws(ThalwegError) {
    self.byteCount = byteCount
    if Recording.isActive, let (base, memory) = try Recording.allocate(byteCount, for: function) {
      (self.base, owner) = (base, .step(memory))
      return
    }
    self.base = try Memory.allocate(byteCount, for: function)
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
    case .step(let memory): memory.deallocate(base)
    }
  }

  /// Whether it is of a recorded step's memory.
  func belongs(to memory: StepMemory) -> Bool {
    if case .step(let own) = owner { return own === memory }
    return false
  }

  package func didChange(by operation: StaticString) {
    if Recording.isActive { Recording.changes(self, operation) }
    version.wrappingAdd(1, ordering: .relaxed)
    changedBy = operation
  }
}
