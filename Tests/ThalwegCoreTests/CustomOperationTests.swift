import Testing
@testable import ThalwegCore

@Suite struct CustomOperationTests {
  @Test func severalOutputs() throws {
    let (x, a) = (try leaf([0.5, -1], [2]), try leaf([3], [1]))
    let y = try scaledSine(x, a)
    #expect(try grad([y[1].sum()], [x, a], retainGraph: true).map { try $0?.toArray() } == [[1, 1], [2]])
    let both = try grad([(y[0] * y[1]).sum()], [x])[0]
    let expected = try grad([(a * x.sin() * (x + a)).sum()], [x])[0]
    #expect(try both?.toArray() == expected?.toArray())
    #expect(y[0].node === y[1].node && y[0].node?.name == "scaled sine")
  }

  /// What the user's function refers to is gone with the graph, whether that was gone through or not.
  @Test func nothingIsKept() throws {
    final class Data {}
    weak var seen: Data?
    func apply(_ x: Tensor) throws -> Tensor {
      let data = Data()
      seen = data
      return try applyCustom(
        "identity", [x], forward: { _, inputs throws(ThalwegError) in inputs },
        backward: { _, gradients throws(ThalwegError) in
          withExtendedLifetime(data) {}
          return gradients
        })[0]
    }
    let x = try leaf([1], [1])
    do {
      let y = try apply(x)
      #expect(seen != nil && y !== x)
      try y.sum().backward(retainGraph: true)
      #expect(seen != nil)
      try y.sum().backward()
      #expect(seen == nil)
      #expect(failure { try y.sum().backward() }?.message.contains("identity") == true)
    }
    _ = try apply(x)
    #expect(seen == nil)
    #expect(try x.grad?.toArray() == [2])
  }

  @Test func whatIsNoGradient() throws {
    let x = try leaf([1, 2], [2])
    func apply(_ gradient: @escaping (Tensor) throws(ThalwegError) -> [Tensor?]) throws -> Tensor {
      try applyCustom(
        "identity", [x], forward: { _, inputs throws(ThalwegError) in inputs },
        backward: { _, gradients throws(ThalwegError) in try gradient(gradients[0]!) })[0]
    }
    let wrongShape = try apply { _ throws(ThalwegError) in [try Tensor([1.0, 2, 3], [3])] }
    #expect(failure { try wrongShape.sum().backward() }?.message.contains("gradient of input 0") == true)
    let wrongCount = try apply { g throws(ThalwegError) in [g, g] }
    #expect(failure { try wrongCount.sum().backward() }?.code == .autograd)
    let none = try apply { _ throws(ThalwegError) in [nil] }
    try none.sum().backward()
    #expect(x.grad == nil)
    // Narrower floats are converted, and what leaves accumulate is theirs alone.
    let constant = try Tensor([1.0, 1], [2]).to(.float32)
    let narrow = try apply { _ throws(ThalwegError) in [constant] }
    try narrow.sum().backward()
    #expect(x.grad?.dtype == .float64)
    let shared = try Tensor([1.0, 1], [2])
    let kept = try apply { _ throws(ThalwegError) in [shared] }
    try x.setGrad(nil)
    try kept.sum().backward()
    #expect(x.grad?.storage !== shared.storage)
  }

  @Test func constantsAndMissingGradients() throws {
    let x = try leaf([3, 1], [2])
    var arrived: [[Double]?] = []
    let y = try applyCustom(
      "sorted", [x],
      forward: { context, inputs throws(ThalwegError) in
        try context.markNonDifferentiable(1)
        try context.setMaterializesGradients(false)
        return [try inputs[0].flip([0]), try Tensor([1.0, 0], [2]), try inputs[0] * 2]
      },
      backward: { _, gradients throws(ThalwegError) in
        arrived = try gradients.map { g throws(ThalwegError) in try g?.toArray() }
        return [try gradients[0]?.flip([0])]
      })
    #expect(y[0].requiresGrad && !y[1].requiresGrad && y[2].requiresGrad)
    try (y[0] * y[1]).sum().backward()
    #expect(arrived == [[1, 0], nil, nil])
    #expect(try x.grad?.toArray() == [0, 1])
  }
}
