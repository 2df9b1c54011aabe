@testable import ThalwegCore

extension OperationCase {
  static let losses: [OperationCase] = [
    OperationCase("cross_entropy", [try spread([3, 4])]) { x throws(ThalwegError) in
      try x[0].crossEntropy(Tensor([Int64(1), 3, 0], [3]))
    },
    OperationCase("cross_entropy, each, one ignored", [try spread([3, 4]).transpose(0, 1)]) {
      x throws(ThalwegError) in
      try x[0].crossEntropy(Tensor([Int64(1), -100, 0, 2], [4]), reduction: .none)
    },
    OperationCase("mse_loss", [try spread([2, 3]), try spread([2, 3], salt: 1)]) { x throws(ThalwegError) in
      try x[0].mseLoss(x[1])
    },
  ]
}
