import Testing
import ThalwegCore

@testable import ThalwegNN

@Suite struct NormTests {
  @Test func runningStatisticsAreTheMeanOfAllBatchesWithoutMomentum() throws {
    let norm = try BatchNorm1d(1, momentum: nil)
    for values in [[0, 2], [2, 4], [4, 12]] as [[Float]] { _ = try norm(Tensor(values, [2, 1])) }
    #expect(try norm.buffer("running_mean")?.item() == 4)
    #expect(try norm.buffer("num_batches_tracked")?.itemInt64() == 3)
    norm.train(false)
    _ = try norm(Tensor([1, 2] as [Float], [2, 1]))
    #expect(try norm.buffer("num_batches_tracked")?.itemInt64() == 3)
    try norm.resetRunningStatistics()
    #expect(try norm.buffer("running_mean")?.item() == 0)
    #expect(try norm.buffer("running_var")?.item() == 1)
    #expect(try norm.buffer("num_batches_tracked")?.itemInt64() == 0)
  }

  @Test func describedLayersAreMadeWithoutTensors() throws {
    let layers: [any DescribedLayer] = [
      try BatchNorm2d(3), try InstanceNorm1d(4, momentum: nil, affine: true),
      try ThalwegNN.LayerNorm([2, 3]),
      try ThalwegNN.RMSNorm([3], epsilon: 0.5), try ThalwegNN.GroupNorm(2, 4), try ThalwegNN.PReLU(3),
      try ThalwegNN.Embedding(4, 2, paddingIndex: 1),
      try ThalwegNN.Bilinear(2, 3, 4), try Upsample(scales: [2, 3]), ThalwegNN.Softmax(1), Hardtanh(-2, 3),
      try ReflectionPad2d([1, 2, 3, 4]), try ConstantPad1d([1], 0.5), ThalwegNN.GELU(byTanh: true),
    ]
    for layer in layers {
      let made = try #require(try LayerTypes.make(layer.typeName, layer.options))
      #expect(made.parameters().isEmpty && made.namedBuffers().isEmpty)
      #expect((made as? any DescribedLayer)?.options.pairs.map(\.name) == layer.options.pairs.map(\.name))
      #expect((made as? any DescribedLayer)?.options.pairs.map(\.value) == layer.options.pairs.map(\.value))
    }
  }

  @Test func stateNamesWhatDoesNotFit() throws {
    let net = try Sequential(ThalwegNN.Linear(2, 2), BatchNorm1d(2))
    let names = net.state().map(\.name)
    #expect(
      names == [
        "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var",
        "1.num_batches_tracked",
      ])
    let before = try net.parameter("0.bias")?.toArray()
    let wrong: [(name: String, tensor: Tensor)] = [
      ("0.bias", try Tensor.ones([2])), ("0.weight", try Tensor.ones([3])), ("x", try Tensor.ones([])),
    ]
    #expect(
      failure { _ = try net.load(state: wrong, strict: false) }?.message.contains("[3], not [2, 2]") == true)
    #expect(try net.parameter("0.bias")?.toArray() == before)
    let report = try net.load(state: [wrong[0], wrong[2]], strict: false)
    #expect(report.unexpected == ["x"] && report.missing.count == 6)
    #expect(try net.parameter("0.bias")?.toArray() == [1, 1])
  }

  @Test func traceHearsOfEveryModule() throws {
    let net = try Sequential(Residual(ThalwegNN.Linear(2, 2)), ThalwegNN.ReLU())
    let (output, calls) = try net.trace(Tensor.ones([1, 2]))
    #expect(calls.map(\.name) == ["0.branch", "0", "1", ""])
    #expect(calls.last?.output === output)
    _ = try net(Tensor.ones([1, 2]))  // nobody hears of this one
    #expect(calls.count == 4)
    #expect(net.parameterCount() == 6)
    #expect(try net.multiplyAdds(Tensor.ones([3, 2])) == 12)
  }
}
