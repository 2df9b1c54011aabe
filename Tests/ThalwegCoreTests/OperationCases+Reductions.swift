@testable import ThalwegCore

extension OperationCase {
  static let reductions: [OperationCase] = [
    OperationCase("sum", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].sum() },
    OperationCase("sum over dims", [try spread([2, 3, 2])]) { x throws(ThalwegError) in try x[0].sum([0, -1])
    },
    OperationCase("sum, kept", [try spread([2, 3]).transpose(0, 1)]) { x throws(ThalwegError) in
      try x[0].sum([1], keepDim: true)
    },
    OperationCase("mean", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].mean([0]) },
    OperationCase("amax", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].amax([1]) },
    OperationCase("amin", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].amin() },
    OperationCase("softmax", [try spread([2, 4])]) { x throws(ThalwegError) in try x[0].softmax(1) },
    OperationCase("softmax, first dim", [try spread([3, 2])]) { x throws(ThalwegError) in try x[0].softmax(0)
    },
    OperationCase("log_softmax", [try spread([2, 4])]) { x throws(ThalwegError) in try x[0].logSoftmax(-1) },
    OperationCase("nansum", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].nanSum([1]) },
    OperationCase("nanmean", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].nanMean() },
    OperationCase("var", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].variance() },
    OperationCase("var, transposed, dims, no correction", [try spread([2, 3, 2]).transpose(0, 2)]) {
      x throws(ThalwegError) in try x[0].variance([0, -1], correction: 0, keepDim: true)
    },
    OperationCase("std", [try spread([3, 4])]) { x throws(ThalwegError) in try x[0].standardDeviation([1]) },
    OperationCase("std, fraction of a correction", [try spread([2, 2, 3])]) { x throws(ThalwegError) in
      try x[0].standardDeviation([0, 2], correction: 0.5)
    },
    OperationCase("logsumexp", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].logSumExp() },
    OperationCase("logsumexp, dims", [try spread([2, 3, 2]).transpose(0, 1)]) { x throws(ThalwegError) in
      try x[0].logSumExp([0, 2], keepDim: true)
    },
    OperationCase("vector_norm, order 1", [try spread([3, 4], 0.2, 2)]) { x throws(ThalwegError) in
      try x[0].norm(1, [1])
    },
    OperationCase("vector_norm, order 2", [try spread([3, 4], 0.2, 2)]) { x throws(ThalwegError) in
      try x[0].norm(2, [1])
    },
    OperationCase("vector_norm, order 3", [try spread([3, 4], 0.2, 2)]) { x throws(ThalwegError) in
      try x[0].norm(3, [1])
    },
    OperationCase("vector_norm, order 1.5", [try spread([3, 4], 0.2, 2)]) { x throws(ThalwegError) in
      try x[0].norm(1.5, [1])
    },
    OperationCase("vector_norm, order 0.5", [try spread([3, 4], 0.2, 2)]) { x throws(ThalwegError) in
      try x[0].norm(0.5, [1])
    },
    OperationCase("vector_norm, order -1", [try spread([3, 4], 0.2, 2)]) { x throws(ThalwegError) in
      try x[0].norm(-1, [1])
    },
    OperationCase("vector_norm, order -2.5", [try spread([3, 4], 0.2, 2)]) { x throws(ThalwegError) in
      try x[0].norm(-2.5, [1])
    },
    OperationCase("vector_norm, order infinity", [try spread([3, 4], 0.2, 2)]) { x throws(ThalwegError) in
      try x[0].norm(.infinity, [1])
    },
    OperationCase("vector_norm, order -infinity", [try spread([3, 4], 0.2, 2)]) { x throws(ThalwegError) in
      try x[0].norm(-.infinity, [1])
    },
    OperationCase("vector_norm, all, both signs", [try spread([2, 3]).transpose(0, 1)]) {
      x throws(ThalwegError) in try x[0].norm()
    },
    OperationCase("vector_norm, order 3, both signs", [try spread([2, 3, 2])]) { x throws(ThalwegError) in
      try x[0].norm(3, [0, -1], keepDim: true)
    },
    OperationCase("normalize", [try spread([3, 4])]) { x throws(ThalwegError) in try x[0].normalized() },
    OperationCase("normalize, clamped", [try spread([3, 2])]) { x throws(ThalwegError) in
      try x[0].normalized(1, dim: 0, epsilon: 100)
    },
    OperationCase("prod", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].product() },
    OperationCase("prod, zeros", [try Tensor([1.5, 0, -2, 0.5, 0, 3, 1, 0, 2, 0.7, -1.1, 0.4], [3, 4])]) {
      x throws(ThalwegError) in try x[0].product(1)
    },
    OperationCase(
      "prod, first dim",
      [try Tensor([1.5, 0, -2, 0.5, 0, 3, 1, 0, 2, 0.7, -1.1, 0.4], [3, 4]).transpose(0, 1)]
    ) { x throws(ThalwegError) in try x[0].product(0, keepDim: true) },
    OperationCase("prod of one", [try spread([2, 1])]) { x throws(ThalwegError) in try x[0].product(1) },
    OperationCase("cumsum", [try spread([2, 4])]) { x throws(ThalwegError) in try x[0].cumulativeSum(1) },
    OperationCase("cumsum, strided", [try spread([2, 3, 4]).transpose(0, 2)]) { x throws(ThalwegError) in
      try x[0].cumulativeSum(-2)
    },
    OperationCase("cumprod", [try Tensor([1.5, 0, -2, 0.5, 0, 3, 1, 0, 2, 0.7, -1.1, 0.4], [3, 4])]) {
      x throws(ThalwegError) in try x[0].cumulativeProduct(1)
    },
    OperationCase("cumprod, first dim", [try spread([5, 2])]) { x throws(ThalwegError) in
      try x[0].cumulativeProduct(0)
    },
    OperationCase("max along a dim", [try spread([3, 4])]) { x throws(ThalwegError) in
      try x[0].maximum(along: 1).values
    },
    OperationCase("min along a dim", [try spread([3, 4]).transpose(0, 1)]) { x throws(ThalwegError) in
      try x[0].minimum(along: 0, keepDim: true).values
    },
    OperationCase("max of a scalar", [try spread([])]) { x throws(ThalwegError) in
      try x[0].maximum(along: 0).values
    },
  ]
}
