import Testing
@testable import ThalwegCore

/// A differentiable operation with inputs to check its derivative at. One table of all of them, a file a family
/// (`OperationCases+Family.swift`), over shapes, broadcasts and strides.
struct OperationCase: CustomTestStringConvertible, @unchecked Sendable {
  let name: String
  let inputs: () throws -> [Tensor]
  let function: GradientCheck.Function

  var testDescription: String { name }

  init(
    _ name: String, _ inputs: @autoclosure @escaping () throws -> [Tensor],
    _ function: @escaping GradientCheck.Function
  ) {
    self.name = name
    self.inputs = inputs
    self.function = function
  }
}

extension OperationCase {
  static let all =
    elementwise + activations + reductions + products + views + indexing + images + normalization + losses
}
