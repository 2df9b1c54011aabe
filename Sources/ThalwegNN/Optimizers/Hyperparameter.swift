import ThalwegCore

/// A number that an optimiser's rule has, one a group: its name, PyTorch's, and what it may be. Flags are 0 or 1; of
/// PyTorch's pair "betas" each is one of its own, "beta1" and "beta2".
public struct Hyperparameter: Sendable {
  public let name: StaticString
  private let least: Double
  private let most: Double
  private let mayBeMost: Bool
  public let isFlag: Bool

  /// Any finite number of at least `least`.
  static func number(_ name: StaticString, atLeast least: Double = 0) -> Hyperparameter {
    Hyperparameter(name: name, least: least, most: .infinity, mayBeMost: false, isFlag: false)
  }

  /// A number of [0, 1).
  static func share(_ name: StaticString) -> Hyperparameter {
    Hyperparameter(name: name, least: 0, most: 1, mayBeMost: false, isFlag: false)
  }

  /// A number of [0, 1].
  static func closedShare(_ name: StaticString) -> Hyperparameter {
    Hyperparameter(name: name, least: 0, most: 1, mayBeMost: true, isFlag: false)
  }

  /// Any finite number.
  static func any(_ name: StaticString) -> Hyperparameter {
    Hyperparameter(
      name: name, least: -.greatestFiniteMagnitude, most: .infinity, mayBeMost: false, isFlag: false)
  }

  static func flag(_ name: StaticString) -> Hyperparameter {
    Hyperparameter(name: name, least: 0, most: 1, mayBeMost: true, isFlag: true)
  }

  /// - Parameter owner: the optimiser's name, for the error.
  /// - Throws: `.invalidArgument` for a value outside the range.
  func check(_ value: Double, of owner: StaticString) throws(ThalwegError) {
    if isFlag {
      if value == 0 || value == 1 { return }
      throw ThalwegError(.invalidArgument, "\(owner): \(name) is \(value); it must be 0 or 1")
    }
    if value >= least, value < most || (mayBeMost && value == most) { return }
    let low = least.isFinite && least > -.greatestFiniteMagnitude ? "at least \(least) and " : ""
    let high = most == .infinity ? "finite" : (mayBeMost ? "at most \(most)" : "below \(most)")
    throw ThalwegError(.invalidArgument, "\(owner): \(name) is \(value); it must be \(low)\(high)")
  }
}
