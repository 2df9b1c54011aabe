@testable import ThalwegCore

extension OperationCase {
  static let custom: [OperationCase] = [
    OperationCase("custom", [try spread([2, 3]), try spread([3], salt: 1)]) { x throws(ThalwegError) in
      try scaledSine(x[0], x[1])[0]
    },
    OperationCase("custom, saved output", [try spread([2, 3])]) { x throws(ThalwegError) in
      try exponential(x[0])
    },
    OperationCase("custom, jvp", [try spread([2, 3]), try spread([2, 3], salt: 1)]) {
      x throws(ThalwegError) in
      try productWithJvp(x[0], x[1].sin())
    },
    OperationCase("checkpoint", [try spread([2, 3])]) { x throws(ThalwegError) in
      try checkpoint([x[0]]) { x throws(ThalwegError) in [try (x[0].tanh() * x[0]).exp()] }[0]
    },
    OperationCase("checkpoint in checkpoint", [try spread([2, 3])]) { x throws(ThalwegError) in
      try checkpoint([x[0] * 2]) { x throws(ThalwegError) in
        let inner = try checkpoint([x[0].sin()]) { y throws(ThalwegError) in [try (y[0] * y[0]).tanh()] }
        return [try inner[0].exp() * x[0]]
      }[0]
    },
  ]
}

/// a sin(x) and x + a, a broadcast; `backward` leaves the sum over the repeated dimension to the engine.
func scaledSine(_ x: Tensor, _ a: Tensor) throws(ThalwegError) -> [Tensor] {
  try applyCustom(
    "scaled sine", [x, a],
    forward: { context, inputs throws(ThalwegError) in
      for input in inputs { try context.save(input) }
      return [try inputs[1] * inputs[0].sin(), try inputs[0] + inputs[1]]
    },
    backward: { context, gradients throws(ThalwegError) in
      let (x, a) = (try context.saved(0), try context.saved(1))
      guard let g = gradients[0], let h = gradients[1] else { return [nil, nil] }
      return [
        try context.needsGradient(0) ? g * a * x.cos() + h : nil,
        try context.needsGradient(1) ? g * x.sin() + h : nil,
      ]
    })
}

private func exponential(_ x: Tensor) throws(ThalwegError) -> Tensor {
  try applyCustom(
    "exponential", [x],
    forward: { context, inputs throws(ThalwegError) in
      let y = try inputs[0].exp()
      try context.save(y)
      return [y]
    },
    backward: { context, gradients throws(ThalwegError) in
      guard let g = gradients[0] else { return [nil] }
      return [try g * context.saved(0)]
    })[0]
}

/// x y, with a forward mode of its own.
private func productWithJvp(_ x: Tensor, _ y: Tensor) throws(ThalwegError) -> Tensor {
  try applyCustom(
    "product", [x, y],
    forward: { context, inputs throws(ThalwegError) in
      for input in inputs { try context.save(input) }
      try context.setJvp { context, tangents throws(ThalwegError) in
        let (x, y) = (try context.saved(0), try context.saved(1))
        let first = if let tangent = tangents[0] { try tangent * y } else { nil as Tensor? }
        guard let tangent = tangents[1] else { return [first] }
        let second = try x * tangent
        return [try first.map { first throws(ThalwegError) in try first + second } ?? second]
      }
      return [try inputs[0] * inputs[1]]
    },
    backward: { context, gradients throws(ThalwegError) in
      guard let g = gradients[0] else { return [nil, nil] }
      return [try g * context.saved(1), try g * context.saved(0)]
    })[0]
}
