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
  ]
}
