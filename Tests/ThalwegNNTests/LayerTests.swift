import Testing
import ThalwegCore

@testable import ThalwegNN

@Suite struct LayerTests {
  @Test func linear() throws {
    let layer = try ThalwegNN.Linear(2, 3)
    try noGrad { () throws(ThalwegError) in
      try layer.parameter("weight")?.copy(from: Tensor([1, 2, 3, 4, 5, 6] as [Float], [3, 2]))
      try layer.parameter("bias")?.copy(from: Tensor([0.5, -0.5, 0] as [Float], [3]))
    }
    let y = try layer(Tensor([1, 1, -1, 2] as [Float], [2, 2]))
    #expect(try y.toArray() == [3.5, 6.5, 11, 3.5, 4.5, 7])
    try y.sum().backward()
    #expect(try layer.parameter("weight")?.grad?.toArray() == [0, 3, 0, 3, 0, 3])
    #expect(try layer.parameter("bias")?.grad?.toArray() == [2, 2, 2])
    #expect(layer.namedParameters().map(\.name) == ["weight", "bias"])
    #expect(try layer(Tensor.ones([5, 4, 2])).shape == [5, 4, 3])
  }

  @Test func linearWithoutBiasAndInFloat64() throws {
    let layer = try ThalwegNN.Linear(4, 2, bias: false, dtype: .float64)
    #expect(layer.namedParameters().map(\.name) == ["weight"])
    #expect(layer.parameters().allSatisfy { $0.dtype == .float64 && $0.requiresGrad })
    #expect(try layer(Tensor.ones([1, 4], dtype: .float64)).dtype == .float64)
  }

  @Test func linearStartsAsPyTorchs() throws {
    let layer = try ThalwegNN.Linear(100, 400, generator: Generator(seed: 1))
    for tensor in layer.parameters() {
      let values = try tensor.toArray()
      #expect(values.allSatisfy { abs($0) <= 0.1 + 1e-8 })
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
      #expect(abs(mean) < 0.01)
      #expect(abs(variance - 0.01 / 3) < 0.0006)
    }
    let again = try ThalwegNN.Linear(100, 400, generator: Generator(seed: 1))
    #expect(try again.parameters().map { try $0.toArray() } == layer.parameters().map { try $0.toArray() })
  }

  @Test func linearRefuses() throws {
    #expect(failure { _ = try ThalwegNN.Linear(0, 1) }?.code == .invalidArgument)
    #expect(failure { _ = try ThalwegNN.Linear(1, -1) }?.code == .invalidArgument)
    #expect(failure { _ = try ThalwegNN.Linear(1, 1, dtype: .int64) }?.code == .dtype)
    #expect(failure { _ = try ThalwegNN.Linear(.max, .max) }?.code == .outOfMemory)
    let layer = try ThalwegNN.Linear(2, 2)
    try layer.registerParameter("weight", nil)
    #expect(failure { _ = try layer(Tensor.ones([1, 2])) }?.message.contains("weight") == true)
  }

  @Test func activations() throws {
    let x = try Tensor([-1, 0, 2] as [Float], [3])
    #expect(try ThalwegNN.ReLU()(x).toArray() == [0, 0, 2])
    #expect(distance(try ThalwegNN.Tanh()(x).toArray(), [-0.7615941560, 0, 0.9640275801]) < 1e-6)
    #expect(distance(try ThalwegNN.Sigmoid()(x).toArray(), [0.2689414214, 0.5, 0.8807970780]) < 1e-6)
  }

  @Test func flatten() throws {
    let x = try Tensor.ones([2, 3, 4, 5])
    #expect(try Flatten()(x).shape == [2, 60])
    #expect(try Flatten(1, 2)(x).shape == [2, 12, 5])
    #expect(try Flatten(0, -1)(x).shape == [120])
    #expect(failure { _ = try Flatten(3, 9)(x) }?.code == .invalidArgument)
  }

  @Test func sequential() throws {
    let x = try Tensor([-3, 3] as [Float], [2])
    #expect(try Sequential()(x) === x)
    let net = try Sequential(CustomModule("Negate") { (_, x) throws(ThalwegError) in try -x })
    try net.append(ThalwegNN.ReLU())
    #expect(try net(x).toArray() == [3, 0])
    #expect(net.children.map(\.module.typeName) == ["Negate", "ReLU"])
  }

  @Test func ownForwardSeesItsModule() throws {
    let scale = CustomModule("Scale") { (module, x) throws(ThalwegError) in
      guard let weight = module.parameter("weight") else { throw ThalwegError(.invalidArgument, "no weight") }
      return try x * weight
    }
    #expect(failure { _ = try scale(Tensor.ones([1])) }?.message == "no weight")
    try scale.registerParameter("weight", leaf([3], [1]))
    let y = try Sequential(scale)(Tensor([2] as [Float], [1]))
    try y.sum().backward()
    #expect(try y.item() == 6)
    #expect(try scale.parameter("weight")?.grad?.item() == 2)
  }
}
