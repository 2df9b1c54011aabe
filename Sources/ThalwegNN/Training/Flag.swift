import Synchronization

/// A truth value that any thread may read and set.
final class Flag: Sendable {
  private let state = Atomic<Bool>(false)

  var value: Bool {
    get { state.load(ordering: .relaxed) }
    set { state.store(newValue, ordering: .relaxed) }
  }
}
