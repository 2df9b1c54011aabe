@testable import ThalwegCore

extension OperationCase {
  static let products: [OperationCase] = [
    OperationCase("matmul", [try spread([2, 3]), try spread([3, 4], salt: 1)]) { x throws(ThalwegError) in
      try x[0].matmul(x[1])
    },
    OperationCase(
      "matmul, transposed",
      [try spread([3, 2]).transpose(0, 1), try spread([4, 3], salt: 1).transpose(0, 1)]
    ) {
      x throws(ThalwegError) in try x[0].matmul(x[1])
    },
    OperationCase("matmul, vectors", [try spread([3]), try spread([3], salt: 1)]) { x throws(ThalwegError) in
      try x[0].matmul(x[1])
    },
    OperationCase("matmul, matrix and vector", [try spread([2, 3]), try spread([3], salt: 1)]) {
      x throws(ThalwegError) in try x[0].matmul(x[1])
    },
    OperationCase("matmul, batches", [try spread([2, 1, 2, 3]), try spread([3, 3, 2], salt: 1)]) {
      x throws(ThalwegError) in try x[0].matmul(x[1])
    },
    OperationCase("linear", [try spread([2, 3]), try spread([4, 3], salt: 1), try spread([4], salt: 2)]) {
      x throws(ThalwegError) in try x[0].linear(x[1], x[2])
    },
    OperationCase("linear without bias", [try spread([2, 2, 3]), try spread([2, 3], salt: 1)]) {
      x throws(ThalwegError) in try x[0].linear(x[1])
    },
  ]
}
