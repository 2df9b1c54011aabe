import Testing
@testable import ThalwegCore

/// Checks derivatives against central differences in float64, first and second order.
///
/// First order: for a random seed v, the gradient of v . f(x) against (v . f(x + h) - v . f(x - h)) / 2h for every element
/// of every input. Second order: the same for the function x -> gradient of v . f(x).
/// With h = 1e-5 and values near 1, rounding gives about 1e-16 / 1e-5 = 1e-11 and truncation h^2 f''' / 6, about 1e-10;
/// the tolerance of 1e-6 leaves room for larger derivatives and still catches any wrong factor.
struct GradientCheck {
  let name: String
  var tolerance = 1e-6
  var step = 1e-5

  typealias Function = ([Tensor]) throws(ThalwegError) -> Tensor

  func run(_ inputs: [Tensor], _ function: Function) throws {
    try first(inputs, "first order", function)
    // The gradients with respect to all inputs, as one vector: a function to be differentiated again.
    try first(inputs, "second order") { x throws(ThalwegError) in
      let y = try function(x)
      let seed = try weights(y.shape, 7)
      let gradients = try grad([y], x, seeds: [seed], createGraph: true, allowUnused: true)
      var parts: [Tensor] = []
      for (gradient, input) in zip(gradients, x) {
        let found = if let gradient { gradient } else { try Tensor.zeros(input.shape, dtype: .float64) }
        parts.append(try found.reshape([-1]))
      }
      // Times the inputs, so that a gradient that does not depend on them still is a function of them.
      return try Tensor.cat(parts)
        * Tensor.cat(x.map { input throws(ThalwegError) in try input.reshape([-1]) })
    }
  }

  private func first(_ inputs: [Tensor], _ order: String, _ function: Function) throws {
    let leaves = try inputs.map { input in
      // Keeps strides: a view of a leaf would not be a leaf.
      let leaf = input.detach()
      try leaf.setRequiresGrad(true)
      return leaf
    }
    let y = try function(leaves)
    let seed = try weights(y.shape, 3)
    let gradients = try grad([y], leaves, seeds: [seed], allowUnused: true)
    for (which, input) in inputs.enumerated() {
      let exact = try gradients[which]?.toArray() ?? Array(repeating: 0, count: input.numel)
      let values = try input.toArray()
      for i in values.indices {
        let difference =
          try
          (value(at: values[i] + step, i, which, inputs, seed, function)
          - value(at: values[i] - step, i, which, inputs, seed, function)) / (2 * step)
        #expect(
          abs(exact[i] - difference) <= tolerance * (1 + abs(difference)),
          "\(name), \(order): input \(which), element \(i): \(exact[i]), differences give \(difference)")
      }
    }
  }

  private func value(
    at x: Double, _ i: Int, _ which: Int, _ inputs: [Tensor], _ seed: Tensor, _ function: Function
  ) throws -> Double {
    var moved = inputs
    var values = try inputs[which].toArray()
    values[i] = x
    moved[which] = try Tensor(values, inputs[which].shape)
    for tensor in moved where !tensor.requiresGrad { try tensor.setRequiresGrad(true) }
    return try (function(moved).detach() * seed).sum().item()
  }

  /// Fixed numbers of both signs without a pattern.
  private func weights(_ shape: Dims, _ salt: Int) throws(ThalwegError) -> Tensor {
    try Tensor((0..<shape.product).map { Double(($0 * 37 + salt * 11) % 17) / 8 - 1.01 } as [Double], shape)
  }
}

/// Fixed values in (low, high), none of them equal, so that kinks and ties are not hit.
func spread(_ shape: Dims, _ low: Double = -2, _ high: Double = 2, salt: Int = 0) throws -> Tensor {
  let values = (0..<shape.product).map { i in
    let place = (i * 7919 + salt * 104729) % 9973
    return low + (high - low) * (Double(place) + 0.37) / 9974
  }
  return try Tensor(values, shape)
}
