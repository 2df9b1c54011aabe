@testable import ThalwegCore

extension OperationCase {
  static let activations: [OperationCase] = []
}
