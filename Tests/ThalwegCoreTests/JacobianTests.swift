import Testing
@testable import ThalwegCore

@Suite struct JacobianTests {
  /// y = [a b, a^2 + b] of two inputs: everything is known by hand.
  @Test func productsAndMatrices() throws {
    let (a, b) = (try leaf([2], []), try leaf([3], []))
    let y = try Tensor.cat([(a * b).reshape([1]), (a * a + b).reshape([1])])
    let matrices = try jacobian(y, [a, b])
    #expect(try matrices.map { try $0.toArray() } == [[3, 4], [2, 1]])
    #expect(matrices[0].shape == [2])
    let products = try vjp([y], [a, b], vectors: [Tensor([10.0, 1], [2])])
    #expect(try products.map { try $0.item() } == [34, 21])
    let along = try jvp(
      [y], [a, b], tangents: [Tensor.scalar(1, dtype: .float64), Tensor.scalar(10, dtype: .float64)])
    #expect(try along[0].toArray() == [23, 14])
    #expect(a.grad == nil)
  }

  @Test func secondDerivatives() throws {
    let x = try leaf([1, 2, 3], [3])
    let unused = try leaf([1, 1], [2])
    let y = try (x * x * x).sum()
    let blocks = try hessian(y, [x, unused])
    #expect(try blocks[0][0].toArray() == [6, 0, 0, 0, 12, 0, 0, 0, 18])
    #expect(blocks[0][1].shape == [3, 2] && blocks[1][0].shape == [2, 3])
    #expect(try blocks[1][1].toArray() == [0, 0, 0, 0])
    let product = try hvp(y, [x], vectors: [Tensor([1.0, 1, -1], [3])])
    #expect(try product[0].toArray() == [6, 12, -18])
  }

  /// v^T J and J v against the matrix, for a function with a matrix in and a vector out; all differentiable again.
  @Test func productsAgreeWithTheMatrix() throws {
    let x = try spread([3, 2])
    try x.setRequiresGrad(true)
    let y = try x.matmul(x.transpose(0, 1)).tanh().sum([0])
    let matrix = try jacobian(y, [x], createGraph: true)[0].reshape([3, 6])
    let v = try spread([3], salt: 1)
    let u = try spread([3, 2], salt: 2)
    let left = try vjp([y], [x], vectors: [v], createGraph: true)[0]
    let right = try jvp([y], [x], tangents: [u], createGraph: true)[0]
    #expect(try close(left.reshape([6]), v.matmul(matrix)))
    #expect(try close(right, matrix.matmul(u.reshape([6]))))
    for result in [left, right] {
      let product = try grad([(result * result).sum()], [x])[0]
      #expect(product != nil)
    }
    try GradCheck(eps: 1e-5, atol: 1e-6, rtol: 1e-6).run([x]) { x throws(ThalwegError) in
      let y = try x[0].matmul(x[0].transpose(0, 1)).tanh().sum([0])
      return try jvp([y], [x[0]], tangents: [u], createGraph: true)[0]
    }
  }

  @Test func emptyAndIndependent() throws {
    let x = try leaf([1, 2], [2])
    let empty = try x.slice(0, 0, 0)
    #expect(try jacobian(empty, [x])[0].shape == [0, 2])
    let constant = try Tensor([1.0], [1])
    #expect(try jacobian(constant, [x])[0].toArray() == [0, 0])
    #expect(try jvp([constant], [x], tangents: [x.detach()])[0].toArray() == [0])
  }

  @Test func errorsSayWhatIsWrong() throws {
    let x = try leaf([1, 2], [2])
    let y = try x * x
    #expect(failure { _ = try hessian(y, [x]) }?.message.contains("scalar") == true)
    #expect(failure { _ = try vjp([y], [x], vectors: []) }?.message.contains("one for each") == true)
    #expect(
      failure { _ = try jvp([y], [x], tangents: [Tensor([1.0], [1])]) }?.message.contains("[1]") == true)
    let big = try Tensor.zeros([1, 1, 1, 1, 1, 1])
    try big.setRequiresGrad(true)
    #expect(failure { _ = try jacobian(big * big, [big]) }?.code == .shape)
  }

  private func close(_ a: Tensor, _ b: Tensor) throws -> Bool {
    let (x, y) = (try a.toArray(), try b.toArray())
    return a.shape == b.shape && zip(x, y).allSatisfy { abs($0 - $1) < 1e-12 }
  }
}

@Suite struct GradCheckTests {
  @Test func wrongGradientsAreFound() throws {
    let x = try spread([3])
    let check = GradCheck()
    try check.run([x]) { x throws(ThalwegError) in try x[0] * x[0] }
    // Half of the derivative of x^2 is hidden.
    let message = failure {
      try check.run([x]) { x throws(ThalwegError) in try x[0].detach() * x[0] }
    }?.message
    #expect(message?.contains("element 0 of input 0") == true)
    // Right to the first order only.
    let once: GradCheck.Function = { x throws(ThalwegError) in
      try x[0].detach() * x[0] * 2 - (x[0] * x[0]).detach()
    }
    try check.run([x], once)
    #expect(failure { try check.runSecondOrder([x], once) } != nil)
  }

  @Test func inputsWithoutGradientAreLeftAlone() throws {
    let (x, mask) = (try spread([3]), try Tensor([1.0, 0, 1], [3]).to(.bool))
    try GradCheck().run([x, mask]) { x throws(ThalwegError) in try Tensor.where(x[1], x[0], x[0] * 2) }
    #expect(failure { try GradCheck().run([mask]) { x throws(ThalwegError) in x[0] } }?.code == .autograd)
    #expect(
      failure { try GradCheck().run([x.to(.float32)]) { x throws(ThalwegError) in x[0] } }?.code == .dtype)
  }
}
