import Testing
@testable import ThalwegCore

/// One table of every differentiable operation: its derivative is checked over shapes, broadcasts and strides, to the
/// second order.
struct Case: CustomTestStringConvertible, @unchecked Sendable {
  let name: String
  let inputs: () throws -> [Tensor]
  let function: GradientCheck.Function

  var testDescription: String { name }

  init(
    _ name: String, _ inputs: @autoclosure @escaping () throws -> [Tensor],
    _ function: @escaping GradientCheck.Function
  ) {
    self.name = name
    self.inputs = inputs
    self.function = function
  }
}

private let elementwise: [Case] = [
  Case("add", [try spread([2, 3]), try spread([3], salt: 1)]) { x throws(ThalwegError) in try x[0] + x[1] },
  Case("add, transposed", [try spread([3, 2]).transpose(0, 1), try spread([2, 1], salt: 1)]) {
    x throws(ThalwegError) in try x[0] + x[1]
  },
  Case("sub", [try spread([2, 1, 3]), try spread([4, 1], salt: 1)]) { x throws(ThalwegError) in
    try x[0] - x[1]
  },
  Case("mul", [try spread([2, 3]), try spread([2, 1], salt: 1)]) { x throws(ThalwegError) in try x[0] * x[1]
  },
  Case("mul, same twice", [try spread([4])]) { x throws(ThalwegError) in try x[0] * x[0] },
  Case("mul by scalar", [try spread([2, 2]), try spread([], salt: 1)]) { x throws(ThalwegError) in
    try x[0] * x[1]
  },
  Case("div", [try spread([2, 3]), try spread([3], 0.5, 2, salt: 1)]) { x throws(ThalwegError) in
    try x[0] / x[1]
  },
  Case("number / x", [try spread([3], 0.5, 2)]) { x throws(ThalwegError) in try 3 / x[0] },
  Case("pow", [try spread([2, 3], 0.3, 2), try spread([3], -1, 3, salt: 1)]) {
    x throws(ThalwegError) in try x[0].pow(x[1])
  },
  Case("pow by number", [try spread([5])]) { x throws(ThalwegError) in try x[0].pow(3) },
  Case("minimum", [try spread([2, 3]), try spread([3], salt: 1)]) { x throws(ThalwegError) in
    try x[0].minimum(x[1])
  },
  Case("maximum", [try spread([2, 3]), try spread([3], salt: 1)]) { x throws(ThalwegError) in
    try x[0].maximum(x[1])
  },
  Case("neg", [try spread([2, 3])]) { x throws(ThalwegError) in try -x[0] },
  Case("abs", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].abs() },
  Case("exp", [try spread([2, 3]).transpose(0, 1)]) { x throws(ThalwegError) in try x[0].exp() },
  Case("log", [try spread([2, 3], 0.3, 2)]) { x throws(ThalwegError) in try x[0].log() },
  Case("sqrt", [try spread([2, 3], 0.3, 2)]) { x throws(ThalwegError) in try x[0].sqrt() },
  Case("tanh", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].tanh() },
  Case("sigmoid", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].sigmoid() },
  Case("relu", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].relu() },
  Case("where", [try spread([2, 3]), try spread([3], salt: 1)]) { x throws(ThalwegError) in
    let condition = try Tensor([1.0, 0, 1, 0, 0, 1], [2, 3]).to(.bool)
    return try Tensor.where(condition, x[0], x[1])
  },
  Case("to and back", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].to(.float64) * 2 },
  Case("clone", [try spread([2, 3]).transpose(0, 1)]) { x throws(ThalwegError) in try x[0].clone() },
]

private let reductions: [Case] = [
  Case("sum", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].sum() },
  Case("sum over dims", [try spread([2, 3, 2])]) { x throws(ThalwegError) in try x[0].sum([0, -1]) },
  Case("sum, kept", [try spread([2, 3]).transpose(0, 1)]) { x throws(ThalwegError) in
    try x[0].sum([1], keepDim: true)
  },
  Case("mean", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].mean([0]) },
  Case("amax", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].amax([1]) },
  Case("amin", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].amin() },
  Case("softmax", [try spread([2, 4])]) { x throws(ThalwegError) in try x[0].softmax(1) },
  Case("softmax, first dim", [try spread([3, 2])]) { x throws(ThalwegError) in try x[0].softmax(0) },
  Case("log_softmax", [try spread([2, 4])]) { x throws(ThalwegError) in try x[0].logSoftmax(-1) },
  Case("cross_entropy", [try spread([3, 4])]) { x throws(ThalwegError) in
    try x[0].crossEntropy(Tensor([Int64(1), 3, 0], [3]))
  },
  Case("cross_entropy, each, one ignored", [try spread([3, 4]).transpose(0, 1)]) { x throws(ThalwegError) in
    try x[0].crossEntropy(Tensor([Int64(1), -100, 0, 2], [4]), reduction: .none)
  },
  Case("mse_loss", [try spread([2, 3]), try spread([2, 3], salt: 1)]) { x throws(ThalwegError) in
    try x[0].mseLoss(x[1])
  },
]

private let products: [Case] = [
  Case("matmul", [try spread([2, 3]), try spread([3, 4], salt: 1)]) { x throws(ThalwegError) in
    try x[0].matmul(x[1])
  },
  Case(
    "matmul, transposed", [try spread([3, 2]).transpose(0, 1), try spread([4, 3], salt: 1).transpose(0, 1)]
  ) {
    x throws(ThalwegError) in try x[0].matmul(x[1])
  },
  Case("matmul, vectors", [try spread([3]), try spread([3], salt: 1)]) { x throws(ThalwegError) in
    try x[0].matmul(x[1])
  },
  Case("matmul, matrix and vector", [try spread([2, 3]), try spread([3], salt: 1)]) {
    x throws(ThalwegError) in try x[0].matmul(x[1])
  },
  Case("matmul, batches", [try spread([2, 1, 2, 3]), try spread([3, 3, 2], salt: 1)]) {
    x throws(ThalwegError) in try x[0].matmul(x[1])
  },
  Case("linear", [try spread([2, 3]), try spread([4, 3], salt: 1), try spread([4], salt: 2)]) {
    x throws(ThalwegError) in try x[0].linear(x[1], x[2])
  },
  Case("linear without bias", [try spread([2, 2, 3]), try spread([2, 3], salt: 1)]) {
    x throws(ThalwegError) in try x[0].linear(x[1])
  },
]

private let views: [Case] = [
  Case("reshape", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].reshape([3, 2]) },
  Case("reshape, copied", [try spread([2, 3]).transpose(0, 1)]) { x throws(ThalwegError) in
    try x[0].reshape([6])
  },
  Case("permute", [try spread([2, 3, 2])]) { x throws(ThalwegError) in try x[0].permute([2, 0, 1]) },
  Case("expand", [try spread([2, 1])]) { x throws(ThalwegError) in try x[0].expand([3, 2, 4]) },
  Case("slice", [try spread([5, 2])]) { x throws(ThalwegError) in try x[0].slice(0, 1, 5, step: 2) },
  Case("slice to nothing", [try spread([3])]) { x throws(ThalwegError) in try x[0].slice(0, 2, 2) },
  Case("select", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].select(1, -1) },
  Case("index_select", [try spread([4, 2])]) { x throws(ThalwegError) in
    try x[0].indexSelect(0, Tensor([Int64(2), 0, 2], [3]))
  },
  Case("cat", [try spread([2, 1]), try spread([2, 3], salt: 1), try spread([2, 2], salt: 2)]) {
    x throws(ThalwegError) in try Tensor.cat(x, dim: 1)
  },
]

private let images: [Case] = [
  Case("conv2d", [try spread([2, 2, 4, 5]), try spread([3, 2, 2, 3], salt: 1), try spread([3], salt: 2)]) {
    x throws(ThalwegError) in try x[0].conv2d(x[1], x[2])
  },
  Case("conv2d, strided and padded", [try spread([2, 2, 5, 4]), try spread([2, 2, 3, 2], salt: 1)]) {
    x throws(ThalwegError) in try x[0].conv2d(x[1], stride: [2, 3], padding: [1, 2])
  },
  Case(
    "conv2d, dilated, transposed",
    [
      try spread([6, 5, 2, 1]).transpose(0, 3).transpose(1, 2), try spread([2, 2, 2, 2], salt: 1),
    ]
  ) { x throws(ThalwegError) in
    try x[0].conv2d(x[1], padding: [1, 0, 0, 2], dilation: [1, 2])
  },
  Case(
    "conv2d, groups",
    [try spread([1, 4, 5, 5]), try spread([4, 2, 3, 3], salt: 1), try spread([4], salt: 2)]
  ) {
    x throws(ThalwegError) in
    try x[0].conv2d(x[1], x[2], stride: [2], padding: [2], dilation: [2], groups: 2)
  },
  Case("conv2d, one image, kernel 1", [try spread([3, 2, 3]), try spread([2, 3, 1, 1], salt: 1)]) {
    x throws(ThalwegError) in try x[0].conv2d(x[1])
  },
  Case("max_pool2d", [try spread([2, 2, 5, 4])]) { x throws(ThalwegError) in try x[0].maxPool2d([2]) },
  Case("max_pool2d, overlapping", [try spread([1, 2, 5, 6])]) { x throws(ThalwegError) in
    try x[0].maxPool2d([3, 2], stride: [2, 1], padding: [1], dilation: [1, 2], ceilMode: true)
  },
  Case("avg_pool2d", [try spread([2, 2, 5, 4])]) { x throws(ThalwegError) in
    try x[0].avgPool2d([3, 2], stride: [2], padding: [1], ceilMode: true)
  },
  Case("avg_pool2d, not counting padding", [try spread([1, 1, 5, 5])]) { x throws(ThalwegError) in
    try x[0].avgPool2d([3], stride: [1], padding: [1], countsPadding: false)
  },
  Case("dropout", [try spread([4, 5])]) { x throws(ThalwegError) in
    try x[0].dropout(0.4, generator: Generator(seed: 9))
  },
]

@Suite struct DerivativeTests {
  @Test(arguments: elementwise + reductions + products + views + images)
  func agreesWithDifferences(_ test: Case) throws {
    try GradientCheck(name: test.name).run(test.inputs(), test.function)
  }
}
