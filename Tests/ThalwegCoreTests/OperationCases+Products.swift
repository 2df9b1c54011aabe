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
    OperationCase("mm", [try spread([3, 2]).transpose(0, 1), try spread([3, 2], salt: 1)]) {
      x throws(ThalwegError) in try x[0].mm(x[1])
    },
    OperationCase("bmm", [try spread([2, 2, 3]), try spread([2, 3, 2], salt: 1)]) { x throws(ThalwegError) in
      try x[0].bmm(x[1])
    },
    OperationCase("mv", [try spread([2, 3]), try spread([3], salt: 1)]) { x throws(ThalwegError) in
      try x[0].mv(x[1])
    },
    OperationCase("dot", [try spread([4]), try spread([4], salt: 1)]) { x throws(ThalwegError) in
      try x[0].dot(x[1])
    },
    OperationCase("outer", [try spread([2]), try spread([3], salt: 1)]) { x throws(ThalwegError) in
      try x[0].outer(x[1])
    },
    OperationCase("inner", [try spread([2, 3]), try spread([2, 2, 3], salt: 1)]) { x throws(ThalwegError) in
      try x[0].inner(x[1])
    },
    OperationCase("kron", [try spread([2, 2]), try spread([3], salt: 1)]) { x throws(ThalwegError) in
      try x[0].kron(x[1])
    },
    OperationCase("tensordot", [try spread([2, 3, 2]), try spread([2, 2, 3], salt: 1)]) {
      x throws(ThalwegError) in try x[0].tensordot(x[1], [1, 0], [2, 0])
    },
    OperationCase("tensordot, broadcast", [try spread([2, 1]), try spread([3, 2], salt: 1)]) {
      x throws(ThalwegError) in try x[0].tensordot(x[1], [1], [0])
    },
    OperationCase(
      "addmm", [try spread([2, 1]), try spread([2, 3], salt: 1), try spread([3, 4], salt: 2)]
    ) { x throws(ThalwegError) in try x[0].addmm(x[1], x[2], beta: 0.5, alpha: -2) },
    OperationCase(
      "addmm, beta 0", [try spread([4]), try spread([2, 3], salt: 1), try spread([3, 4], salt: 2)]
    ) { x throws(ThalwegError) in try x[0].addmm(x[1], x[2], beta: 0) },
    OperationCase(
      "addmv", [try spread([2]), try spread([2, 3], salt: 1), try spread([3], salt: 2)]
    ) { x throws(ThalwegError) in try x[0].addmv(x[1], x[2], alpha: 3) },
    OperationCase("addr", [try spread([]), try spread([2], salt: 1), try spread([3], salt: 2)]) {
      x throws(ThalwegError) in try x[0].addr(x[1], x[2], beta: 2)
    },
    OperationCase(
      "baddbmm", [try spread([2, 1, 2]), try spread([2, 2, 3], salt: 1), try spread([2, 3, 2], salt: 2)]
    ) { x throws(ThalwegError) in try x[0].baddbmm(x[1], x[2]) },
    OperationCase(
      "addbmm", [try spread([2, 2]), try spread([2, 2, 3], salt: 1), try spread([2, 3, 2], salt: 2)]
    ) { x throws(ThalwegError) in try x[0].addbmm(x[1], x[2], beta: -1, alpha: 2) },
    OperationCase("einsum, diagonal and sum", [try spread([3, 2, 3])]) { x throws(ThalwegError) in
      try Tensor.einsum("iji->j", x)
    },
    OperationCase("einsum, batches", [try spread([2, 1, 3]), try spread([2, 2, 3], salt: 1)]) {
      x throws(ThalwegError) in try Tensor.einsum("b...k,b...k->...b", x)
    },
    OperationCase(
      "einsum, three operands",
      [try spread([2, 3]), try spread([3, 2, 2], salt: 1), try spread([2, 2], salt: 2).transpose(0, 1)]
    ) { x throws(ThalwegError) in try Tensor.einsum("ij,jkl,lm", x) },
    OperationCase("einsum, elementwise", [try spread([2, 3]), try spread([3, 2], salt: 1)]) {
      x throws(ThalwegError) in try Tensor.einsum("ij,ji->ij", x)
    },
    OperationCase("trace", [try spread([3, 2])]) { x throws(ThalwegError) in try x[0].trace() },
  ]
}
