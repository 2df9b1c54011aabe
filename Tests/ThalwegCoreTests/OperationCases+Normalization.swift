@testable import ThalwegCore

extension OperationCase {
  static let normalization: [OperationCase] = []
}
