public import CThalweg

/// What every fallible function of the engine throws: a code and one sentence that names the function,
/// what came and what would have been right.
public struct ThalwegError: Error, CustomStringConvertible, Sendable {
  /// The kinds of error; raw values are the C interface's statuses.
  public enum Code: tw_status, Sendable {
    case invalidArgument = 1
    case invalidHandle = 2
    case shape = 3
    case dtype = 4
    case outOfMemory = 5
    case autograd = 6
    case io = 7
    case format = 8
    case unavailable = 9
    case cancelled = 10
    case `internal` = 11
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
