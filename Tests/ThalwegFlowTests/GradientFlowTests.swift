import Glibc
import Testing
import ThalwegCore
import ThalwegFlow
import ThalwegNN

@Suite struct GradientFlowTests {
  /// Layers of one unit without bias, all weights equal, each followed by an activation.
  private func chain(
    _ depth: Int, weight: Double, dtype: DType = .float64, _ activation: () -> Module
  ) throws -> Sequential {
    let net = try Sequential()
    for _ in 0..<depth {
      let layer = try ThalwegNN.Linear(1, 1, bias: false, dtype: dtype)
      if let tensor = layer.parameter("weight") { try Init.constant(tensor, weight) }
      try net.append(layer)
      try net.append(activation())
    }
    return net
  }

  private func one() throws -> Tensor {
    let tensor = try Tensor([1.0], [1, 1])
    try tensor.setRequiresGrad(true)
    return tensor
  }

  private func isNear(_ value: Double?, _ expected: Double, _ tolerance: Double = 1e-12) -> Bool {
    value.map { abs($0 / expected - 1) < tolerance } ?? false
  }

  /// The textbook's vanishing gradient: six sigmoid layers with weight 0.1 and input 1.
  @Test func sigmoidsMakeTheGradientVanish() throws {
    let net = try chain(6, weight: 0.1) { ThalwegNN.Sigmoid() }
    let input = try one()
    var output = input
    var activations: [Double] = []
    for (_, module) in net.children {
      output = try module(output)
      if module.typeName == "Sigmoid" { activations.append(try output.item()) }
    }
    for (value, expected) in zip(activations, [0.5250, 0.5131, 0.5128, 0.5128, 0.5128, 0.5128]) {
      #expect(abs(value - expected) < 5e-5)
    }
    // The product of the slopes, from the output back.
    var product = 1.0
    let products = activations.reversed().map {
      product *= $0 * (1 - $0)
      return product
    }
    for (value, expected) in zip(products, [0.2498, 0.06242, 0.01559, 3.896e-3, 9.733e-4, 2.427e-4]) {
      #expect(isNear(value, expected, 3e-4))
    }
    try output.backward()
    #expect(isNear(try input.grad?.item(), 2.427e-10, 3e-4))
    #expect(isNear(try input.grad?.item(), product * 1e-6))

    // Each weight's gradient is what arrives from above, times the slope, times the layer's input.
    let report = try GradientReport(net)
    #expect(report.entries.map(\.name) == (0..<6).map { "\($0 * 2).weight" })
    for (i, entry) in report.entries.enumerated() {
      let expected = products[5 - i] * pow(0.1, Double(5 - i)) * (i == 0 ? 1 : activations[i - 1])
      #expect(isNear(entry.gradientNorm, expected))
      #expect(isNear(entry.ratio, expected / 0.1))
      #expect(entry.parameterNorm == 0.1 && entry.shape == [1, 1] && entry.nonFiniteCount == 0)
    }
  }

  @Test func twentySigmoids() throws {
    let net = try chain(20, weight: 0.1) { ThalwegNN.Sigmoid() }
    let x = try one()
    try net(x).backward()
    #expect(isNear(try x.grad?.item(), 8.959e-33, 3e-4))
  }

  /// ReLU removes the slopes' share of the loss, not the weights'.
  @Test func rectifiersKeepTheGradient() throws {
    for (weight, expected) in [(1.0, 1.0), (0.1, 1e-6)] {
      let net = try chain(6, weight: weight) { ThalwegNN.ReLU() }
      let x = try one()
      try net(x).backward()
      #expect(isNear(try x.grad?.item(), expected))
    }
  }

  @Test func explosionIsCounted() throws {
    let net = try chain(60, weight: 5, dtype: .float32) { ThalwegNN.ReLU() }
    try net(Tensor([1] as [Float], [1, 1])).backward()
    let report = try GradientReport(net)
    #expect(report.entries[0].gradientNorm?.isFinite == false)
    #expect(report.entries[0].nonFiniteCount == 1)
    #expect(!report.totalNorm.isFinite)
  }

  @Test func reportsWhatHasNoGradient() throws {
    let report = try GradientReport(ThalwegNN.Linear(3, 2))
    #expect(report.entries.map(\.name) == ["weight", "bias"])
    #expect(report.entries.allSatisfy { $0.gradientNorm == nil && $0.ratio == nil && $0.parameterNorm > 0 })
    #expect(report.totalNorm == 0)
  }
}
