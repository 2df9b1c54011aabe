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
    ("adagrad", { try Adagrad($0, learningRate: 0.1) }),
    (
      "adagrad-all",
      {
        try Adagrad(
          $0, learningRate: 0.1, learningRateDecay: 0.2, weightDecay: 0.1, initialAccumulatorValue: 0.5,
          epsilon: 1e-3)
      }
    ),
    ("adagrad-maximize", { try Adagrad($0, learningRate: 0.01, maximize: true) }),
    ("adadelta", { try Adadelta($0) }),
    ("adadelta-all", { try Adadelta($0, learningRate: 0.5, rho: 0.7, epsilon: 1e-3, weightDecay: 0.1) }),
    ("adadelta-maximize", { try Adadelta($0, learningRate: 0.1, maximize: true) }),
    ("rmsprop", { try RMSprop($0) }),
    ("rmsprop-centered", { try RMSprop($0, alpha: 0.8, epsilon: 1e-3, centered: true) }),
    ("rmsprop-momentum", { try RMSprop($0, weightDecay: 0.1, momentum: 0.6) }),
    ("rmsprop-all", { try RMSprop($0, epsilon: 1e-2, momentum: 0.6, centered: true, maximize: true) }),
    ("nadam", { try NAdam($0, learningRate: 0.05) }),
    (
      "nadam-decay",
      { try NAdam($0, learningRate: 0.05, betas: (0.8, 0.95), weightDecay: 0.1, momentumDecay: 0.1) }
    ),
    (
      "nadam-decoupled",
      { try NAdam($0, learningRate: 0.05, weightDecay: 0.1, decoupledWeightDecay: true, maximize: true) }
    ),
    ("radam", { try RAdam($0, learningRate: 0.05) }),
    (
      "radam-decay",
      { try RAdam($0, learningRate: 0.05, betas: (0.8, 0.95), epsilon: 1e-4, weightDecay: 0.1) }
    ),
    (
      "radam-decoupled",
      { try RAdam($0, learningRate: 0.05, weightDecay: 0.1, decoupledWeightDecay: true, maximize: true) }
    ),
    ("radam-skip", { try RAdam($0, learningRate: 0.05, betas: (0.8, 0.95)) }),
    ("adamax", { try Adamax($0, learningRate: 0.05) }),
    (
      "adamax-all",
      {
        try Adamax(
          $0, learningRate: 0.05, betas: (0.8, 0.9), epsilon: 1e-2, weightDecay: 0.1, maximize: true)
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

  @Test func groupsHaveValuesOfTheirOwn() throws {
    let (a, b) = (try leaf([1], [1]), try leaf([1], [1]))
    let sgd = try SGD([a], learningRate: 0.5)
    try sgd.addGroup([b], [("lr", 0.25), ("weight_decay", 1)])
    for p in [a, b] { try p.setGrad(Tensor.full([1], 1)) }
    try sgd.step()
    #expect(try a.item() == 0.5)
    #expect(try b.item() == 0.5)
    try sgd.setValue("lr", group: 1, 0)
    try sgd.step()
    #expect(try (a.item(), b.item()) == (0, 0.5))
    #expect(try sgd.value("weight_decay", group: 1) == 1)
    #expect(failure { try sgd.addGroup([b]) }?.message.contains("parameters 1 and 2") == true)
    #expect(
      failure { try sgd.addGroup([leaf([1], [1])], [("beta1", 1)]) }?.message.contains("nesterov") == true)
    #expect(failure { try sgd.setValue("nesterov", group: 0, 1) }?.code == .invalidArgument)
    #expect(failure { try sgd.setValue("maximize", group: 0, 0.5) }?.code == .invalidArgument)
    #expect(failure { try sgd.setValue("lr", group: 2, 0.5) }?.code == .invalidArgument)
    #expect(failure { _ = try sgd.value("initial_lr", group: 0) }?.code == .invalidArgument)
    #expect(sgd.groups.count == 2)
  }

  /// A momentum that is switched on begins with the gradient; one that is switched off does without.
  @Test func momentumMayChange() throws {
    let p = try leaf([0], [1])
    let sgd = try SGD([p], learningRate: 1, dampening: 0.5)
    try p.setGrad(Tensor.full([1], 1))
    try sgd.step()
    try sgd.setValue("momentum", group: 0, 0.5)
    try sgd.step()
    #expect(try p.item() == -2)
    try sgd.step()
    #expect(try p.item() == -3)
    try sgd.setValue("momentum", group: 0, 0)
    try sgd.step()
    #expect(try p.item() == -4)
  }

  @Test func statesGoOnToTheBit() throws {
    for (name, make) in Self.variants {
      let parameters = try (0..<2).map { _ in try [leaf([1, -2, 3], [3]), leaf([0.5], [])] }
      let optimizers = try parameters.map(make)
      func go(_ copy: Int, _ steps: Range<Int>) throws {
        for step in steps {
          for p in parameters[copy] { try p.setGrad((p + Double(step) * 0.3).detach().cos()) }
          if step < 3 { try parameters[copy][1].setGrad(nil) }
          try optimizers[copy].step()
        }
      }
      try go(0, 0..<5)
      try noGrad { () throws(ThalwegError) in
        for (p, q) in zip(parameters[1], parameters[0]) { try p.copy(from: q) }
      }
      try optimizers[1].loadState(optimizers[0].stateTensors())
      try go(0, 5..<9)
      try go(1, 5..<9)
      for (p, q) in zip(parameters[1], parameters[0]) {
        #expect(try p.toArray() == q.toArray(), "\(name)")
      }
    }
  }

  @Test func statesThatAreNone() throws {
    let adam = try Adam([leaf([1, 2], [2])])
    let bad: [(ThalwegError.Code, String, Tensor)] = [
      (.invalidArgument, "exp_avg", try .zeros([2])), (.invalidArgument, "1.exp_avg", try .zeros([2])),
      (.invalidArgument, "0.nonsense", try .zeros([2])), (.shape, "0.exp_avg", try .zeros([3])),
      (.invalidArgument, "0.step", try .scalar(-1)), (.shape, "0.step", try .zeros([2])),
    ]
    for (code, name, tensor) in bad {
      #expect(failure { try adam.loadState([(name, tensor)]) }?.code == code, "\(name)")
    }
    #expect(try adam.stateTensors().isEmpty)
  }

  /// Chen et al. 2023, two steps by hand.
  @Test func lion() throws {
    let p = try leaf([1, 1, 1], [3])
    let lion = try Lion([p], learningRate: 0.125, betas: (0.5, 0.75), weightDecay: 1)
    try p.setGrad(Tensor([1, -2, 0].map(Float.init), [3]))
    try lion.step()
    #expect(try p.toArray() == [0.75, 1, 0.875])
    try p.setGrad(Tensor([-1, 0, 0].map(Float.init), [3]))
    try lion.step()
    // Momenta 0.25, -0.5, 0: directions 0.125 - 0.5, -0.25, 0.
    #expect(try p.toArray() == [0.78125, 1, 0.765625])
  }

  private func rosenbrock(_ x: Tensor) throws(ThalwegError) -> Double {
    try x.setGrad(nil)
    let (a, b) = (try x.select(0, 0), try x.select(0, 1))
    let (u, v) = (try b - a * a, try 1 - a)
    let loss = try u * u * 100 + v * v
    try loss.backward()
    return try loss.item()
  }

  @Test func quasiNewton() throws {
    for strongWolfe in [true, false] {
      let x = try Tensor([-1.5, 2], [2])
      try x.setRequiresGrad(true)
      let optimizer = try LBFGS(
        [x], learningRate: strongWolfe ? 1 : 1e-3, maxIterations: 30, strongWolfe: strongWolfe)
      let first = try optimizer.step { () throws(ThalwegError) in try rosenbrock(x) }
      #expect(abs(first - 12.5) < 1e-12)
      for _ in 0..<2 { try optimizer.step { () throws(ThalwegError) in try rosenbrock(x) } }
      let last = try rosenbrock(x)
      #expect(last < (strongWolfe ? 1e-9 : 12.5), "\(last)")
    }
  }

  @Test func quasiNewtonGoesOnFromItsState() throws {
    let (x, y) = (try leaf([-1.5, 2], [2]), try leaf([0, 0], [2]))
    let (a, b) = (
      try LBFGS([x], maxIterations: 4, strongWolfe: true), try LBFGS([y], maxIterations: 4, strongWolfe: true)
    )
    try a.step { () throws(ThalwegError) in try rosenbrock(x) }
    try noGrad { () throws(ThalwegError) in try y.copy(from: x) }
    try b.loadState(a.stateTensors())
    try a.step { () throws(ThalwegError) in try rosenbrock(x) }
    try b.step { () throws(ThalwegError) in try rosenbrock(y) }
    #expect(try x.toArray() == y.toArray())
    #expect(try a.stateTensors().contains { $0.name == "0.old_dirs.0" })
  }

  @Test func quasiNewtonAfterAnError() throws {
    let x = try Tensor([-1.5, 2], [2])
    try x.setRequiresGrad(true)
    let optimizer = try LBFGS([x], strongWolfe: true)
    var calls = 0
    let error = failure {
      try optimizer.step { () throws(ThalwegError) in
        calls += 1
        if calls == 3 { throw ThalwegError(.cancelled, "enough") }
        return try rosenbrock(x)
      }
    }
    #expect(error?.message == "enough")
    #expect(try x.toArray() == [-1.5, 2])
    #expect(failure { try optimizer.step() }?.message.contains("closure") == true)
    #expect(failure { try optimizer.addGroup([leaf([1], [1])]) }?.code == .invalidArgument)
  }

  @Test func averages() throws {
    let (a, p) = (try Tensor.zeros([40_000]), try Tensor.full([40_000], 1))
    try Average.update([a], with: [p], weight: 0.25)
    try Average.update([a], with: [p], weight: 0.5)
    #expect(try a.toArray().allSatisfy { $0 == 0.625 })
    #expect(failure { try Average.update([a], with: [], weight: 0.5) }?.code == .invalidArgument)
    #expect(failure { try Average.update([a], with: [p], weight: 2) }?.code == .invalidArgument)
    #expect(failure { try Average.update([a], with: [Tensor.zeros([3])], weight: 0.5) }?.code == .shape)
    #expect(
      failure { try Average.update([a], with: [p.to(.float64)], weight: 0.5) }?.code == .dtype)
  }

  @Test func zeroGrad() throws {
    let p = try leaf([1], [1])
    let sgd = try SGD([p])
    try p.setGrad(Tensor.full([1], 2))
    sgd.zeroGrad(setToNone: false)
    #expect(try p.grad?.item() == 0)
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
      (.invalidArgument, { _ = try Adagrad([p], learningRateDecay: -1) }),
      (.invalidArgument, { _ = try Adadelta([p], rho: 1.5) }),
      (.invalidArgument, { _ = try RMSprop([p], alpha: -1) }),
      (.invalidArgument, { _ = try NAdam([p], momentumDecay: -1) }),
      (.invalidArgument, { _ = try RAdam([p], betas: (0.9, 1)) }),
      (.invalidArgument, { _ = try Adamax([p], epsilon: -1) }),
      (.invalidArgument, { _ = try Lion([p], betas: (1, 0.9)) }),
      (.invalidArgument, { _ = try LBFGS([p], maxIterations: -1) }),
    ]
    for (i, (code, body)) in bad.enumerated() { #expect(failure(body)?.code == code, "case \(i)") }
  }
}
