import Synchronization
package import ThalwegCore

/// How a recurrent module's state goes from one call to the next.
package enum StateCarrying: Int, Sendable {
  /// Every call begins with zeros.
  case none = 0
  /// With the values alone: gradients end at the beginning of the call.
  case detached = 1
  /// With the graph: gradients flow into the calls before.
  case attached = 2
}

/// The state that a module keeps between calls. Calls on several threads take turns: none is torn, but whose state the next
/// call finds is open.
package final class CarriedState {
  private let lock = SpinLock()
  private var mode = StateCarrying.none
  private var kept: RecurrentState?

  package var carrying: StateCarrying {
    get { locked { mode } }
    set {
      let old = locked {
        mode = newValue
        let old = kept
        kept = newValue == .none ? nil : newValue == .detached ? kept?.detached() : kept
        return old
      }
      withExtendedLifetime(old) {}  // freed behind the lock
    }
  }

  package var state: RecurrentState? {
    get { locked { kept } }
    set {
      // A step that is recorded would go on from this call's state for good.
      if Recording.isActive { Recording.refuse() }
      let old = locked {
        let old = kept
        kept = newValue
        return old
      }
      withExtendedLifetime(old) {}
    }
  }

  /// What a call begins with.
  func begin(with given: RecurrentState?) -> RecurrentState? {
    if given != nil { return given }
    return locked { mode == .none ? nil : kept }
  }

  /// Keeps what a call ended with.
  func end(with state: RecurrentState) {
    switch carrying {
    case .none: break
    case .detached: self.state = state.detached()
    case .attached: self.state = state
    }
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    lock.lock()
    defer { lock.unlock() }
    return body()
  }
}

/// A module that can keep its state between calls.
package protocol Recurring: Module {
  var carried: CarriedState { get }
  /// - Throws: `.shape` or `.dtype` for a state that this module cannot have.
  func check(_ state: RecurrentState) throws(ThalwegError)
}

extension Module {
  /// The recurrent modules here and below, each once, in order.
  package final var recurring: [any Recurring] { namedModules().compactMap { $0.module as? any Recurring } }

  /// Whether the recurrent modules here and below begin a call that is given no state where the call before ended, rather
  /// than with zeros: for text that comes in pieces, or one step at a time. Gradients do not flow from one call into the
  /// one before. What is kept is lost with `false`, and at `resetState`.
  ///
  /// Of a layer with two directions the first goes on; the second begins with zeros at the end of every piece, as what
  /// follows there has not come yet (Zhang et al. 2016, "Highway long short-term memory RNNs for distant speech
  /// recognition", latency-controlled). A state that is given or set counts for both.
  ///
  /// A module that keeps its state is for one thread at a time.
  public final func setStateful(_ value: Bool) {
    for module in recurring { module.carried.carrying = value ? .detached : .none }
  }

  /// Lets the recurrent modules here and below forget the state that they keep: the next call begins with zeros.
  public final func resetState() {
    for module in recurring { module.carried.state = nil }
  }
}
