import Glibc
import Testing
import ThalwegCore

@testable import ThalwegNN

@Suite struct OptimizerTests {
  typealias Make = @Sendable ([Tensor]) throws -> Optimizer

  /// As in Tests/Golden/optimizers.py.
  static let variants: [(name: String, make: Make)] = [
    ("sgd", { try SGD($0, learningRate: 0.1) }),
    ("sgd-decay", { try SGD($0, learningRate: 0.1, weightDecay: 0.1) }),
    ("sgd-maximize", { try SGD($0, learningRate: 0.01, momentum: 0.9, maximize: true) }),
    ("sgd-momentum", { try SGD($0, learningRate: 0.1, momentum: 0.9) }),
    ("sgd-dampening", { try SGD($0, learningRate: 0.1, momentum: 0.9, dampening: 0.3) }),
    ("sgd-nesterov", { try SGD($0, learningRate: 0.1, momentum: 0.9, weightDecay: 0.1, nesterov: true) }),
    ("sgd-skip", { try SGD($0, learningRate: 0.1, momentum: 0.9) }),
    ("adam", { try Adam($0, learningRate: 0.01) }),
    (
      "adam-decay",
      { try Adam($0, learningRate: 0.05, betas: (0.8, 0.95), epsilon: 1e-6, weightDecay: 0.1) }
    ),
    ("adam-amsgrad", { try Adam($0, learningRate: 0.05, betas: (0.7, 0.8), amsgrad: true) }),
    ("adam-maximize", { try Adam($0, learningRate: 0.01, maximize: true) }),
    ("adam-skip", { try Adam($0, learningRate: 0.01) }),
    ("adamw", { try Adam($0, learningRate: 0.01, weightDecay: 0.1, decoupledWeightDecay: true) }),
    (
      "adamw-amsgrad",
      {
        try Adam(
          $0, learningRate: 0.05, betas: (0.7, 0.8), weightDecay: 0.1, amsgrad: true,
          decoupledWeightDecay: true)
      }
    ),
  ]

  /// Twenty steps of each variant against PyTorch's numbers. `layout` copies values into a tensor of the layout in
  /// question.
  private func compare(_ dtype: DType, tolerance: Double, layout: (Tensor) throws -> Tensor) throws {
    let lines = try golden("optimizers.txt")
    for (name, make) in Self.variants {
      let expected = lines.filter { $0[0] == name }
      #expect(expected.count == 2)
      let p = try layout(Tensor((0..<37).map { cos(0.4 * Double($0)) }, [37]).to(dtype))
      let optimizer = try make([p])
      for step in 0..<20 {
        let shift = try Tensor((0..<37).map { sin(1.3 * Double(step) + 0.7 * Double($0)) }, [37]).to(dtype)
        try p.setGrad(name.hasSuffix("skip") && step == 4 ? nil : layout(shift + p))
        try optimizer.step()
        for line in expected where line[1] == "\(step + 1)" {
          let values = line[2...].compactMap { Double($0) }
          #expect(try distance(p.toArray(), values) < tolerance, "\(name), step \(step + 1), \(dtype)")
        }
      }
    }
  }

  @Test func float64AsPyTorch() throws {
    try compare(.float64, tolerance: 1e-12) { try $0.clone() }
  }

  @Test func float32AsPyTorch() throws {
    try compare(.float32, tolerance: 2e-6) { try $0.clone() }
  }

  @Test func stridedParameters() throws {
    try compare(.float32, tolerance: 2e-6) { values in
      let column = try Tensor.zeros([37, 2], dtype: values.dtype).select(1, 1)
      try column.copy(from: values)
      #expect(!column.isContiguous)
      return column
    }
  }

  @Test func largeParametersAreCutRightly() throws {
    // Many sizes around the chunk's, each compared with a single element that goes the same way.
    let sizes = [1, 3, 16383, 16384, 16385, 40000, 7, 0, 100_003]
    let parameters = try sizes.map { try Tensor.full([$0], 0.75) }
    let alone = try Tensor.full([1], 0.75)
    let (many, one) = (try Adam(parameters, learningRate: 0.1), try Adam([alone], learningRate: 0.1))
    for step in 0..<3 {
      for p in parameters + [alone] { try p.setGrad(Tensor.full(p.shape, Double(step) - 0.5)) }
      try many.step()
      try one.step()
    }
    let expected = try alone.item()
    for p in parameters { #expect(try p.toArray().allSatisfy { $0 == expected }) }
  }

  @Test func changesAreNoticedByBackward() throws {
    let p = try leaf([1, 2], [2])
    let loss = try (p * p).sum()
    try p.setGrad(Tensor.ones([2]))
    try SGD([p]).step()
    let error = failure { try loss.backward() }
    #expect(error?.code == .autograd)
    #expect(error?.message.contains("SGD") == true)
  }

  @Test func withoutGradientsNothingHappens() throws {
    let p = try leaf([1, 2], [2])
    let adam = try Adam([p])
    try adam.step()
    #expect(try p.toArray() == [1, 2])
    #expect(try adam.stateTensors().isEmpty)
  }

  @Test func stateHasPyTorchsNames() throws {
    let (a, b) = (try leaf([1, 2], [2]), try leaf([3], [1]))
    let adam = try Adam([a, b], amsgrad: true)
    let sgd = try SGD([a, b], momentum: 0.9)
    try b.setGrad(Tensor.full([1], 2))
    for _ in 0..<2 {
      try adam.step()
      try sgd.step()
    }
    let state = try adam.stateTensors()
    #expect(state.map(\.name) == ["1.step", "1.exp_avg", "1.exp_avg_sq", "1.max_exp_avg_sq"])
    #expect(try state[0].tensor.itemInt64() == 2)
    #expect(abs(try state[1].tensor.item() - (0.9 * 0.2 + 0.2)) < 1e-6)
    let velocities = try sgd.stateTensors()
    #expect(velocities.map(\.name) == ["1.momentum_buffer"])
    #expect(abs(try velocities[0].tensor.item() - 3.8) < 1e-6)
  }

  @Test func learningRate() throws {
    let p = try leaf([1], [1])
    let sgd = try SGD([p], learningRate: 0.5)
    #expect(sgd.learningRate == 0.5)
    try sgd.setLearningRate(0.25)
    try p.setGrad(Tensor.full([1], 2))
    try sgd.step()
    #expect(try p.item() == 0.5)
    #expect(failure { try sgd.setLearningRate(-1) }?.code == .invalidArgument)
    #expect(failure { try sgd.setLearningRate(.nan) }?.code == .invalidArgument)
    #expect(sgd.learningRate == 0.25)
    sgd.zeroGrad()
    #expect(p.grad == nil)
  }

  @Test func refusesWhatMakesNoSense() throws {
    let p = try leaf([1, 2], [2])
    let result = try p * 2
    let expanded = try Tensor.ones([1]).expand([4])
    let bad: [(ThalwegError.Code, () throws -> Void)] = [
      (.invalidArgument, { _ = try SGD([]) }),
      (.invalidArgument, { _ = try SGD([p, p]) }),
      (.invalidArgument, { _ = try SGD([expanded]) }),
      (.autograd, { _ = try SGD([result]) }),
      (.dtype, { _ = try SGD([Tensor.zeros([2], dtype: .int64)]) }),
      (.invalidArgument, { _ = try SGD([p], learningRate: -0.1) }),
      (.invalidArgument, { _ = try SGD([p], learningRate: .infinity) }),
      (.invalidArgument, { _ = try SGD([p], momentum: -1) }),
      (.invalidArgument, { _ = try SGD([p], dampening: .nan) }),
      (.invalidArgument, { _ = try SGD([p], weightDecay: -1) }),
      (.invalidArgument, { _ = try SGD([p], nesterov: true) }),
      (.invalidArgument, { _ = try SGD([p], momentum: 0.9, dampening: 0.1, nesterov: true) }),
      (.invalidArgument, { _ = try Adam([p], betas: (1, 0.9)) }),
      (.invalidArgument, { _ = try Adam([p], betas: (0.9, -0.1)) }),
      (.invalidArgument, { _ = try Adam([p], epsilon: -1) }),
      (.invalidArgument, { _ = try Adam([p], weightDecay: .nan) }),
    ]
    for (i, (code, body)) in bad.enumerated() { #expect(failure(body)?.code == code, "case \(i)") }
  }
}
