@testable import ThalwegCore

extension OperationCase {
  static let indexing: [OperationCase] = [
    OperationCase("index_select", [try spread([4, 2])]) { x throws(ThalwegError) in
      try x[0].indexSelect(0, integers([2, 0, 2]))
    },
    OperationCase("index_select, inner dimension, strides", [try spread([3, 2, 2]).transpose(0, 1)]) {
      x throws(ThalwegError) in try x[0].indexSelect(1, integers([1, 1, 2, 0]))
    },
    OperationCase("index_select of a scalar", [try spread([])]) { x throws(ThalwegError) in
      try x[0].indexSelect(0, integers([0]))
    },
    OperationCase("index, side by side", [try spread([2, 3, 3, 2])]) { x throws(ThalwegError) in
      try x[0].index([nil, integers([0, -1, 0]), integers([[1], [2]])])
    },
    OperationCase("index, apart", [try spread([2, 2, 3])]) { x throws(ThalwegError) in
      try x[0].index([integers([0, 1, 1]), nil, integers([2, 0, 0])])
    },
    OperationCase("index, a mask", [try spread([2, 2, 3])]) { x throws(ThalwegError) in
      try x[0].index([nil, x[0].select(0, 0).greater(Tensor.scalar(0, dtype: .float64))])
    },
    OperationCase("index, none chosen", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].index([Tensor([Int64](), [0])])
    },
    OperationCase("index_put", [try spread([3, 4]), try spread([2], salt: 1)]) { x throws(ThalwegError) in
      try x[0].indexPut([integers([2, 0]), integers([1, -1])], x[1])
    },
    OperationCase("index_put, broadcast", [try spread([3, 2, 2]), try spread([2, 1], salt: 1)]) {
      x throws(ThalwegError) in try x[0].indexPut([integers([1, 2])], x[1])
    },
    OperationCase("index_put, adding", [try spread([3, 2]), try spread([3, 2], salt: 1)]) {
      x throws(ThalwegError) in try x[0].indexPut([integers([1, 1, 0])], x[1], accumulate: true)
    },
    OperationCase("index_add", [try spread([3, 4]), try spread([3, 3], salt: 1)]) {
      x throws(ThalwegError) in try x[0].indexAdd(1, integers([3, 0, 3]), x[1], alpha: -2)
    },
    OperationCase("index_copy", [try spread([3, 2]), try spread([2, 2], salt: 1)]) {
      x throws(ThalwegError) in try x[0].indexCopy(0, integers([2, 0]), x[1])
    },
    OperationCase("index_fill", [try spread([3, 2]), try spread([], salt: 1)]) {
      x throws(ThalwegError) in try x[0].indexFill(0, integers([0, -1, 0]), x[1])
    },
    OperationCase("gather", [try spread([3, 4])]) { x throws(ThalwegError) in
      try x[0].gather(1, integers([[0, 3], [1, 1]]))
    },
    OperationCase("gather, first dimension, strides", [try spread([2, 3, 2]).permute([2, 0, 1])]) {
      x throws(ThalwegError) in try x[0].gather(0, integers([[1, 0, 1], [0, 0, 1]]).unsqueeze(0))
    },
    OperationCase("scatter", [try spread([3, 4]), try spread([3, 2], salt: 1)]) { x throws(ThalwegError) in
      try x[0].scatter(1, integers([[0, 3], [1, 2]]), x[1])
    },
    OperationCase("scatter of a scalar", [try spread([3, 2]), try spread([], salt: 1)]) {
      x throws(ThalwegError) in try x[0].scatter(0, integers([[0, 1], [2, 2]]), x[1])
    },
    OperationCase("scatter, multiply", [try spread([3, 4]), try spread([2, 3], salt: 1)]) {
      x throws(ThalwegError) in try x[0].scatterMultiply(0, integers([[0, 0, 2], [0, 1, 2]]), x[1])
    },
    OperationCase("scatter_add", [try spread([3, 4]), try spread([2, 3], salt: 1)]) {
      x throws(ThalwegError) in try x[0].scatterAdd(0, integers([[0, 0, 2], [0, 1, 2]]), x[1])
    },
    OperationCase("take", [try spread([2, 3]).transpose(0, 1)]) { x throws(ThalwegError) in
      try x[0].take(integers([[5, -1], [0, 5]]))
    },
    OperationCase("take_along_dim", [try spread([3, 1])]) { x throws(ThalwegError) in
      try x[0].takeAlongDim(integers([[0, -1, 1], [2, 2, 0]]).transpose(0, 1).slice(1, 0, 2), 0)
    },
    OperationCase("masked_fill", [try spread([2, 3]), try spread([], salt: 1)]) { x throws(ThalwegError) in
      try x[0].maskedFill(bools([1, 0, 1]), x[1])
    },
    OperationCase("masked_select", [try spread([2, 3])]) { x throws(ThalwegError) in
      try x[0].maskedSelect(bools([1, 0, 1]))
    },
    OperationCase("masked_scatter", [try spread([2, 3]), try spread([5], salt: 1)]) {
      x throws(ThalwegError) in try x[0].maskedScatter(bools([0, 1, 1]), x[1])
    },
    OperationCase("embedding", [try spread([4, 3])]) { x throws(ThalwegError) in
      try Tensor.embedding(integers([[1, 3], [1, 0]]), x[0])
    },
  ]
}

func integers(_ values: [Int64]) throws(ThalwegError) -> Tensor { try Tensor(values, [values.count]) }

func integers(_ rows: [[Int64]]) throws(ThalwegError) -> Tensor {
  try Tensor(rows.flatMap { $0 }, [rows.count, rows[0].count])
}

func bools(_ values: [Int64]) throws(ThalwegError) -> Tensor { try integers(values).to(.bool) }
