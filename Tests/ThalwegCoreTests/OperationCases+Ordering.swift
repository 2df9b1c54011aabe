@testable import ThalwegCore

extension OperationCase {
  static let ordering: [OperationCase] = [
    OperationCase("sort", [try spread([2, 3, 2])]) { x throws(ThalwegError) in
      try x[0].sort(1, descending: true).values * x[0]
    },
    OperationCase("topk", [try spread([2, 5])]) { x throws(ThalwegError) in
      try x[0].topk(2).values
    },
    OperationCase("kthvalue", [try spread([4, 2])]) { x throws(ThalwegError) in
      try x[0].kthvalue(2, 0).values
    },
    OperationCase("median", [try spread([3, 4])]) { x throws(ThalwegError) in
      try x[0].median(1, keepDim: true).values * x[0].median()
    },
    OperationCase("nanmedian", [try spread([3, 4])]) { x throws(ThalwegError) in
      try x[0].nanMedian(0).values
    },
    OperationCase("mode", [try spread([3, 4])]) { x throws(ThalwegError) in
      try x[0].mode(1).values
    },
    OperationCase("quantile", [try spread([3, 4])]) { x throws(ThalwegError) in
      try x[0].quantile(Tensor([0.2, 0.7], [2]).to(x[0].dtype), 1)
    },
    OperationCase("quantile of all, midpoint", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].quantile(Tensor.scalar(0.3, dtype: x[0].dtype), mode: .midpoint)
    },
    OperationCase("nanquantile", [try spread([3, 4])]) { x throws(ThalwegError) in
      try x[0].nanQuantile(Tensor.scalar(0.4, dtype: x[0].dtype), 0, keepDim: true)
    },
    OperationCase("cummax and cummin", [try spread([3, 4])]) { x throws(ThalwegError) in
      try x[0].cumulativeMaximum(1).values * x[0].cumulativeMinimum(0).values
    },
    OperationCase("logcumsumexp", [try spread([2, 5])]) { x throws(ThalwegError) in
      try x[0].logCumulativeSumExp(1)
    },
    OperationCase("diff", [try spread([2, 4]), try spread([2, 1], salt: 1)]) { x throws(ThalwegError) in
      try x[0].diff(times: 2, 1, before: x[1])
    },
    OperationCase("trapezoid", [try spread([2, 4]), try spread([4], salt: 1)]) { x throws(ThalwegError) in
      try x[0].trapezoid(x: x[1])
    },
    OperationCase("cumulative_trapezoid", [try spread([2, 4])]) { x throws(ThalwegError) in
      try x[0].cumulativeTrapezoid(dx: 0.5, 0)
    },
    OperationCase("cov", [try spread([2, 5])]) { x throws(ThalwegError) in
      try x[0].cov(counts: integers([1, 2, 1, 1, 3]))
    },
    OperationCase("corrcoef", [try spread([2, 5])]) { x throws(ThalwegError) in
      try x[0].corrcoef()
    },
    OperationCase("renorm", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].renorm(2, 0, 1.5)
    },
    OperationCase("dist", [try spread([2, 3]), try spread([3], salt: 1)]) { x throws(ThalwegError) in
      try x[0].dist(x[1], 3)
    },
    OperationCase("scatter_reduce, sum", [try spread([3, 4]), try spread([2, 3], salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].scatterReduce(0, integers([[0, 0, 2], [0, 1, 2]]), x[1], .sum)
    },
    OperationCase("scatter_reduce, product", [try spread([3, 4]), try spread([2, 3], salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].scatterReduce(0, integers([[0, 0, 2], [0, 1, 2]]), x[1], .product)
    },
    OperationCase("scatter_reduce, mean", [try spread([3, 4]), try spread([2, 3], salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].scatterReduce(0, integers([[0, 0, 2], [0, 1, 2]]), x[1], .mean)
    },
    OperationCase("scatter_reduce, largest", [try spread([3, 4]), try spread([2, 3], salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].scatterReduce(0, integers([[0, 0, 2], [0, 1, 2]]), x[1], .largest)
    },
    OperationCase("scatter_reduce, smallest", [try spread([3, 4]), try spread([2, 3], salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].scatterReduce(0, integers([[0, 0, 2], [0, 1, 2]]), x[1], .smallest)
    },
    OperationCase("scatter_reduce, product without itself", [try spread([4]), try spread([5], salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].scatterReduce(0, integers([0, 0, 2, 0, 0]), x[1], .product, includesSelf: false)
    },
    OperationCase("scatter_reduce, smallest without itself", [try spread([4]), try spread([5], salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].scatterReduce(0, integers([0, 0, 2, 0, 0]), x[1], .smallest, includesSelf: false)
    },
    OperationCase("index_reduce", [try spread([3, 2]), try spread([3, 2], salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].indexReduce(0, integers([1, 1, 0]), x[1], .product)
    },
    OperationCase("put", [try spread([2, 3]), try spread([2], salt: 1)]) { x throws(ThalwegError) in
      try x[0].put(integers([4, -6]), x[1])
    },
    OperationCase("put, adding", [try spread([2, 3]), try spread([3], salt: 1)]) { x throws(ThalwegError) in
      try x[0].put(integers([4, 1, 4]), x[1], accumulate: true)
    },
    OperationCase("slice_scatter", [try spread([4, 2]), try spread([2, 2], salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].sliceScatter(x[1], 0, 0, 4, step: 2)
    },
    OperationCase("select_scatter", [try spread([3, 2]), try spread([3], salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].selectScatter(x[1], 1, -1)
    },
    OperationCase("diagonal_scatter", [try spread([3, 3]), try spread([2], salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].diagonalScatter(x[1], 1)
    },
    OperationCase("block_diag", [try spread([2, 3]), try spread([2], salt: 1)]) { x throws(ThalwegError) in
      try Tensor.blockDiag(x)
    },
    OperationCase("cartesian_prod", [try spread([2]), try spread([3], salt: 1)]) { x throws(ThalwegError) in
      try Tensor.cartesianProduct(x)
    },
    OperationCase("combinations", [try spread([4])]) { x throws(ThalwegError) in
      try x[0].combinations(2)
    },
    OperationCase("vander", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].vander(4)
    },
    OperationCase("cross", [try spread([2, 3]), try spread([1, 3], salt: 1)]) { x throws(ThalwegError) in
      try x[0].cross(x[1])
    },
  ]
}
