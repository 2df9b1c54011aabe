import Testing
@testable import ThalwegCore

/// Tangents and batches of gradients against products by two backward passes, for every operation of the table.
@Suite struct ForwardModeTests {
  /// A case's result at leaves, and fixed vectors of the shapes of inputs and result.
  private struct Point {
    let leaves: [Tensor]
    let tangents: [Tensor]
    let output: Tensor
    let vector: Tensor

    init(_ test: OperationCase) throws {
      leaves = try test.inputs().map { $0.detach() }
      for leaf in leaves { try leaf.setRequiresGrad(true) }
      tangents = try leaves.enumerated().map { try spread($0.element.shape, salt: 11 + $0.offset) }
      output = try test.function(leaves)
      vector = try spread(output.shape, salt: 7)
    }
  }

  /// J v by transposing vᵀ J.
  private func reference(
    _ outputs: [Tensor], _ inputs: [Tensor], _ tangents: [Tensor], createGraph: Bool = false
  ) throws -> [[Double]] {
    try outputs.map { output in
      guard output.requiresGrad else { return Array(repeating: 0, count: output.numel) }
      let vector = try Tensor.zeros(output.shape, dtype: output.dtype)
      try vector.setRequiresGrad(true)
      let products = try grad(
        [output], inputs, seeds: [vector], retainGraph: true, createGraph: true, allowUnused: true)
      let (found, seeds) = zip(products, tangents).reduce(into: ([Tensor](), [Tensor]())) { pair, next in
        guard let product = next.0, product.requiresGrad else { return }
        pair.0.append(product)
        pair.1.append(next.1)
      }
      if found.isEmpty { return Array(repeating: 0, count: output.numel) }
      let result = try grad(found, [vector], seeds: seeds, retainGraph: true, allowUnused: true)[0]
      return try result?.toArray() ?? Array(repeating: 0, count: output.numel)
    }
  }

  private func compare(_ found: [Double], _ expected: [Double], _ what: String) {
    #expect(found.count == expected.count, "\(what)")
    for (i, (x, y)) in zip(found, expected).enumerated() where !(abs(x - y) <= 1e-9 * (1 + abs(y))) {
      Issue.record("\(what), element \(i): \(x), expected \(y)")
      return
    }
  }

  @Test(arguments: OperationCase.all)
  func tangents(_ test: OperationCase) throws {
    let point = try Point(test)
    let expected = try reference([point.output], point.leaves, point.tangents)[0]
    // Through the graph, recorded or not, and as dual numbers.
    for createGraph in [false, true] {
      let swept = try jvp([point.output], point.leaves, tangents: point.tangents, createGraph: createGraph)
      try compare(swept[0].toArray(), expected, "\(test.name): jvp")
      #expect(createGraph || !swept[0].requiresGrad)
    }
    let (outputs, moved) = try jvp(
      of: { x throws(ThalwegError) in [try test.function(x)] }, at: point.leaves.map { $0.detach() },
      tangents: point.tangents)
    try compare(moved[0].toArray(), expected, "\(test.name): dual numbers")
    try compare(outputs[0].toArray(), point.output.toArray(), "\(test.name): values")
    #expect(!outputs[0].requiresGrad && !moved[0].requiresGrad, "\(test.name) keeps a graph")
  }

  /// The tangents of gradients, by forward over reverse: through both graphs, and in dual numbers.
  @Test(arguments: OperationCase.all)
  func forwardOverReverse(_ test: OperationCase) throws {
    let point = try Point(test)
    guard point.output.requiresGrad else { return }
    let gradients = try grad(
      [point.output], point.leaves, seeds: [point.vector], createGraph: true, allowUnused: true)
    let present = gradients.compactMap { $0 }
    let expected = try reference(present, point.leaves, point.tangents)
    let swept = try jvp(present, point.leaves, tangents: point.tangents)
    for (found, wanted) in zip(swept, expected) {
      try compare(found.toArray(), wanted, "\(test.name): through the graphs")
    }
    let dual = try jvp(
      of: { x throws(ThalwegError) in
        let leaves = try x.map { x throws(ThalwegError) in try x.point() }
        let y = try test.function(leaves)
        return try grad([y], leaves, seeds: [point.vector], allowUnused: true).compactMap { $0 }
      }, at: point.leaves.map { $0.detach() }, tangents: point.tangents)
    for (found, wanted) in zip(dual.tangents, expected) {
      try compare(found.toArray(), wanted, "\(test.name): in dual numbers")
    }
  }

  @Test(arguments: OperationCase.all)
  func batchesOfGradients(_ test: OperationCase) throws {
    let point = try Point(test)
    // In one dimension: a Jacobian has those of input and output.
    let output = try point.output.rank < 4 ? point.output : point.output.flatten()
    let rows = try jacobian(output, point.leaves)
    let columns = try forwardJacobian(output, point.leaves)
    let recorded = try jacobian(output, point.leaves, createGraph: true)
    for (k, leaf) in point.leaves.enumerated() {
      var expected: [Double] = []
      for i in 0..<point.output.numel {
        var unit = Array(repeating: 0.0, count: point.output.numel)
        unit[i] = 1
        let row = try vjp([point.output], [leaf], vectors: [Tensor(unit, point.output.shape)])
        expected += try row[0].toArray()
      }
      try compare(rows[k].toArray(), expected, "\(test.name): jacobian by input \(k)")
      try compare(recorded[k].toArray(), expected, "\(test.name): recorded jacobian by input \(k)")
      try compare(columns[k].toArray(), expected, "\(test.name): forward jacobian by input \(k)")
    }
  }

  /// The derivative of x³ three levels deep, and none of a constant.
  @Test func nestedLevels() throws {
    let one = try Tensor.scalar(1, dtype: .float64)
    func derivative(
      _ f: @escaping (Tensor) throws(ThalwegError) -> Tensor
    ) -> (Tensor) throws(ThalwegError) -> Tensor {
      { x throws(ThalwegError) in
        try jvp(of: { y throws(ThalwegError) in [try f(y[0])] }, at: [x], tangents: [one]).tangents[0]
      }
    }
    let x = try Tensor.scalar(2, dtype: .float64)
    let first = derivative { x throws(ThalwegError) in try x * x * x }
    #expect(try first(x).item() == 12)
    #expect(try derivative(first)(x).item() == 12)
    #expect(try derivative(derivative(first))(x).item() == 6)
    // d/dx (x d/dy (x + y)) = 1: the inner level must not see the outer one's tangent as its own.
    let confused = derivative { x throws(ThalwegError) in
      let inner = derivative { y throws(ThalwegError) in try x + y }
      return try x * inner(one)
    }
    #expect(try confused(x).item() == 1)
  }

  @Test func levels() throws {
    let (x, v) = (try Tensor([1.0, 2], [2]), try Tensor([1.0, 10], [2]))
    let level = ForwardLevel.enter()
    let y = try level.makeDual(x, v) * 3
    #expect(try level.unpack(y).tangent?.toArray() == [3, 30])
    #expect(try noGrad { () throws(ThalwegError) in level.unpack(try y * y).tangent } == nil)
    #expect(level.unpack(y.detach()).tangent == nil)
    #expect(failure { try y.fill(0) }?.code == .autograd)
    #expect(failure { _ = try level.makeDual(x, v.to(.float32)) }?.code == .dtype)
    #expect(failure { _ = try level.makeDual(x, v.sum()) }?.code == .shape)
    let inner = ForwardLevel.enter()
    #expect(failure { try level.leave() }?.code == .autograd)
    try inner.leave()
    try level.leave()
    #expect(failure { try level.leave() }?.code == .autograd)
    #expect(failure { _ = try level.makeDual(x, v) }?.code == .autograd)
    #expect(!y.requiresGrad)
    #expect(try !(y * 2).requiresGrad)
  }

  /// A tensor of the largest rank has no room for a batch; hooks hear of every gradient by itself.
  @Test func jacobiansOneByOne() throws {
    let x = try leaf([1, 2], [2, 1, 1, 1, 1, 1, 1, 1])
    let y = try (x * x).reshape([2]).slice(0, 0, 2)
    let flat = try leaf([1, 2], [2])
    var heard = 0
    try flat.registerHook { _ throws(ThalwegError) in
      heard += 1
      return nil
    }
    #expect(failure { _ = try jacobian(y, [x]) }?.code == .shape)
    #expect(try jacobian(flat * flat, [flat])[0].toArray() == [2, 0, 0, 4])
    #expect(heard == 2)
  }
}
