import Testing
import ThalwegCore
import ThalwegNN

@Suite struct ClipTests {
  /// Parameters with these gradients.
  private func parameters(_ gradients: [[Float]]) throws -> [Tensor] {
    try gradients.map { values in
      let parameter = try leaf([Float](repeating: 1, count: values.count), [values.count])
      try parameter.setGrad(Tensor(values, [values.count]))
      return parameter
    }
  }

  private func gradients(_ parameters: [Tensor]) throws -> [[Double]] {
    try parameters.map { try $0.grad?.toArray() ?? [] }
  }

  @Test func byValue() throws {
    let all = try parameters([[-3, -0.7, 0.1], [0.9, .nan]])
    try Clip.value(all, 0.7)
    let clipped = try gradients(all)
    #expect(clipped[0] == [-0.7, -0.7, 0.1].map { Double(Float($0)) })
    #expect(clipped[1][0] == Double(Float(0.7)))
    #expect(clipped[1][1].isNaN)
  }

  /// Norm 20 at limit 10 is 10, not PyTorch's 9.9999995.
  @Test func byGlobalNorm() throws {
    let all = try parameters([[12], [0, 16]]) + [leaf([1], [1])]
    #expect(try Clip.norm(all, 10) == 20)
    #expect(try gradients(all) == [[6], [0, 8], []])
    #expect(try Clip.norm(all, 10) == 10)
    #expect(try gradients(all) == [[6], [0, 8], []])
    #expect(try Clip.norm(all, .infinity) == 10)
    #expect(try gradients(all) == [[6], [0, 8], []])
  }

  @Test func orders() throws {
    for (order, norm) in [
      (0.5, 13.9282032302755), (1, 7.0), (2, 5.0), (3, 4.497941445275415), (.infinity, 4),
    ] {
      let all = try parameters([[3], [-4]])
      #expect(abs(try Clip.norm(all, 1, order: order) - norm) < 1e-12 * norm, "order \(order)")
      let gradients = try gradients(all)
      #expect(abs(gradients[0][0] - 3 / norm) < 1e-7 && abs(gradients[1][0] + 4 / norm) < 1e-7)
    }
  }

  @Test func perTensor() throws {
    let all = try parameters([[3, 4], [0.3, 0.4]]) + [leaf([1], [1])]
    let norms = try Clip.normPerTensor(all, 1)
    #expect(norms[0] == 5)
    #expect(abs(norms[1] - 0.5) < 1e-7)
    #expect(norms[2] == 0)
    let gradients = try gradients(all)
    #expect(gradients[0] == [0.6, 0.8].map { Double(Float($0)) })
    #expect(gradients[1] == [0.3, 0.4].map { Double(Float($0)) })
  }

  /// Rows of weights of norms 5 and 0 (counts as 1e-3), gradients of norms 0.1 and 0.1, factor 0.01.
  @Test func adaptive() throws {
    let weight = try Tensor([3, 4, 0, 0].map(Float.init), [2, 2])
    try weight.setGrad(Tensor([0.06, 0.08, 0.06, 0.08].map(Float.init), [2, 2]))
    let bias = try leaf([3, 4], [2])
    try bias.setGrad(Tensor([0.006, 0.008].map(Float.init), [2]))
    let norm = try Clip.adaptive([weight, bias])
    #expect(abs(norm - 0.1417744688) < 1e-8)
    let expected = [0.03, 0.04, 6e-6, 8e-6]
    #expect(distance(try gradients([weight])[0], expected) < 1e-8)  // float32 at 0.04: 2e-9
    #expect(distance(try gradients([bias])[0], [0.006, 0.008]) < 1e-9)  // as it was
  }

  @Test func stridedGradients() throws {
    let parameter = try leaf([1, 1, 1, 1], [2, 2])
    let gradient = try Tensor([Float](arrayLiteral: 3, 0, 0, 4), [2, 2]).transpose(0, 1)
    try parameter.setGrad(gradient)
    #expect(try Clip.norm([parameter], 1) == 5)
    #expect(distance(try gradients([parameter])[0], [0.6, 0, 0, 0.8]) < 1e-7)
    try Clip.value([parameter], 0.7)
    #expect(distance(try gradients([parameter])[0], [0.6, 0, 0, 0.7]) < 1e-7)
    try Clip.adaptive([parameter], factor: 0.1)
    #expect(distance(try gradients([parameter])[0], [0.1414213562, 0, 0, 0.1414213562]) < 1e-7)
  }

  @Test func nonFinite() throws {
    for bad in [Float.infinity, .nan] {
      let all = try parameters([[1, 2], [bad]])
      let error = failure { try Clip.norm(all, 1, refusesNonFinite: true) }
      #expect(error?.code == .invalidArgument)
      #expect(failure { try Clip.normPerTensor(all, 1, refusesNonFinite: true) }?.code == .invalidArgument)
      #expect(failure { try Clip.adaptive(all, refusesNonFinite: true) }?.code == .invalidArgument)
      #expect(try gradients(all)[0] == [1, 2])
      let norm = try Clip.norm(all, 1)
      #expect(bad.isNaN ? norm.isNaN : norm == .infinity)
      let left = try gradients(all)[0]
      #expect(bad.isNaN ? left.allSatisfy(\.isNaN) : left == [0, 0])
    }
  }

  /// Many chunks: squares that overflow in float32, and the same bits however many threads there are.
  @Test func largeNorms() throws {
    let many = try Tensor.full([100_003], 1e30)
    let norm = try Clip.totalNorm([many, Tensor.full([5], 1e30, dtype: .float64)])
    #expect(abs(norm / (Double(Float(1e30)) * 100_008.squareRoot()) - 1) < 1e-7)
    #expect(try Clip.totalNorm([]) == 0)
  }

  @Test func refusesWhatMakesNoSense() throws {
    let all = try parameters([[1]])
    #expect(failure { try Clip.value(all, -1) }?.code == .invalidArgument)
    #expect(failure { try Clip.value(all, .nan) }?.code == .invalidArgument)
    #expect(failure { try Clip.norm(all, -1) }?.code == .invalidArgument)
    #expect(failure { try Clip.norm(all, 1, order: 0) }?.code == .invalidArgument)
    #expect(failure { try Clip.norm(all, 1, order: .nan) }?.code == .invalidArgument)
    #expect(failure { try Clip.adaptive(all, factor: -1) }?.code == .invalidArgument)
  }
}
