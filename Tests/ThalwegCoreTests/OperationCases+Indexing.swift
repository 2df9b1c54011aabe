@testable import ThalwegCore

extension OperationCase {
  static let indexing: [OperationCase] = []
}
