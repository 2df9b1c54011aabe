import Testing
@testable import ThalwegCore

/// A differentiable operation with inputs to check its derivative at. One table of all of them, a file a family
/// (`OperationCases+Family.swift`), over shapes, broadcasts and strides.
struct OperationCase: CustomTestStringConvertible, @unchecked Sendable {
  let name: String
  let inputs: () throws -> [Tensor]
  let function: GradCheck.Function

  var testDescription: String { name }

  init(
    _ name: String, _ inputs: @autoclosure @escaping () throws -> [Tensor],
    _ function: @escaping GradCheck.Function
  ) {
    self.name = name
    self.inputs = inputs
    self.function = function
  }
}

extension OperationCase {
  static let all: [OperationCase] = [
    elementwise, activations, reductions, products, views, indexing, images, normalization, losses, layers,
    recurrent,
  ].flatMap { $0 }
}

/// Fixed values in (low, high), none of them equal, so that kinks and ties are not hit.
func spread(_ shape: Dims, _ low: Double = -2, _ high: Double = 2, salt: Int = 0) throws -> Tensor {
  let values = (0..<shape.product).map { i in
    let place = (i * 7919 + salt * 104729) % 9973
    return low + (high - low) * (Double(place) + 0.37) / 9974
  }
  return try Tensor(values, shape)
}
