import Testing
import ThalwegCore
import ThalwegNN

/// Nets that learn.
@Suite struct TrainingTests {
  /// The loss of the last of some steps on the four points of XOR.
  private func train(
    _ net: Module, _ optimizer: Optimizer, steps: Int, _ loss: (Tensor) throws -> Tensor
  ) throws -> Double {
    var last = Double.nan
    let inputs = try Tensor([0, 0, 0, 1, 1, 0, 1, 1] as [Float], [4, 2])
    for _ in 0..<steps {
      optimizer.zeroGrad()
      let value = try loss(net(inputs))
      try value.backward()
      try optimizer.step()
      last = try value.item()
    }
    return last
  }

  @Test func perceptronLearnsXORByAdam() throws {
    let random = Generator(seed: 3)
    let net = try Sequential(
      ThalwegNN.Linear(2, 16, generator: random), ThalwegNN.Tanh(),
      ThalwegNN.Linear(16, 2, generator: random))
    let classes = try Tensor([0, 1, 1, 0] as [Int64], [4])
    let adam = try Adam(net.parameters(), learningRate: 0.05)
    #expect(try train(net, adam, steps: 200) { try $0.crossEntropy(classes) } < 0.01)
  }

  @Test func perceptronLearnsXORByMomentum() throws {
    let random = Generator(seed: 4)
    let net = try Sequential(
      ThalwegNN.Linear(2, 16, generator: random), ThalwegNN.ReLU(),
      ThalwegNN.Linear(16, 1, generator: random), ThalwegNN.Sigmoid())
    let targets = try Tensor([0, 1, 1, 0] as [Float], [4, 1])
    let sgd = try SGD(net.parameters(), learningRate: 0.5, momentum: 0.9, nesterov: true)
    #expect(try train(net, sgd, steps: 400) { try $0.mseLoss(targets) } < 0.01)
  }
}
