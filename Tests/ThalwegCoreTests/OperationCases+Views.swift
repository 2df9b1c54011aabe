@testable import ThalwegCore

extension OperationCase {
  static let views: [OperationCase] = [
    OperationCase("reshape", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].reshape([3, 2]) },
    OperationCase("reshape, copied", [try spread([2, 3]).transpose(0, 1)]) { x throws(ThalwegError) in
      try x[0].reshape([6])
    },
    OperationCase("permute", [try spread([2, 3, 2])]) { x throws(ThalwegError) in try x[0].permute([2, 0, 1])
    },
    OperationCase("expand", [try spread([2, 1])]) { x throws(ThalwegError) in try x[0].expand([3, 2, 4]) },
    OperationCase("slice", [try spread([5, 2])]) { x throws(ThalwegError) in try x[0].slice(0, 1, 5, step: 2)
    },
    OperationCase("slice to nothing", [try spread([3])]) { x throws(ThalwegError) in try x[0].slice(0, 2, 2)
    },
    OperationCase("select", [try spread([2, 3])]) { x throws(ThalwegError) in try x[0].select(1, -1) },
    OperationCase("index_select", [try spread([4, 2])]) { x throws(ThalwegError) in
      try x[0].indexSelect(0, Tensor([Int64(2), 0, 2], [3]))
    },
    OperationCase("cat", [try spread([2, 1]), try spread([2, 3], salt: 1), try spread([2, 2], salt: 2)]) {
      x throws(ThalwegError) in try Tensor.cat(x, dim: 1)
    },
  ]
}
