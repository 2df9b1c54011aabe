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
    OperationCase(
      "cross_entropy, weights, smoothed", [try spread([3, 4]), try spread([4], 0.5, 2, salt: 1)]
    ) { x throws(ThalwegError) in
      try x[0].crossEntropy(Tensor([Int64(1), 3, 0], [3]), x[1], labelSmoothing: 0.2)
    },
    OperationCase("cross_entropy, one sample", [try spread([4])]) { x throws(ThalwegError) in
      try x[0].crossEntropy(Tensor([Int64(2)], []))
    },
    OperationCase("cross_entropy, places, some ignored", [try spread([2, 3, 2])]) { x throws(ThalwegError) in
      try x[0].crossEntropy(Tensor([Int64(1), -100, 0, 2], [2, 2]), labelSmoothing: 0.1)
    },
    OperationCase(
      "cross_entropy, probabilities",
      [try spread([2, 3, 2]), try spread([2, 3, 2], 0, 1, salt: 1), try spread([3], 0.5, 2, salt: 2)]
    ) { x throws(ThalwegError) in try x[0].crossEntropy(x[1], x[2], reduction: .none, labelSmoothing: 0.1) },
    OperationCase("nll_loss", [try spread([3, 4])]) { x throws(ThalwegError) in
      try x[0].nllLoss(Tensor([Int64(1), 3, 0], [3]))
    },
    OperationCase("nll_loss, weights, places", [try spread([2, 3, 2]), try spread([3], 0.5, 2, salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].nllLoss(Tensor([Int64(1), -1, 0, 2], [2, 2]), x[1], ignoreIndex: -1)
    },
    OperationCase(
      "binary_cross_entropy",
      [try spread([2, 3], 0.1, 0.9), try spread([2, 3], 0.2, 0.8, salt: 1), try spread([3], salt: 2)]
    ) { x throws(ThalwegError) in try x[0].binaryCrossEntropy(x[1], x[2]) },
    OperationCase(
      "binary_cross_entropy_with_logits",
      [
        try spread([2, 3]), try spread([2, 3], 0, 1, salt: 1), try spread([3], salt: 2),
        try spread([3], salt: 3),
      ]
    ) { x throws(ThalwegError) in
      try x[0].binaryCrossEntropyWithLogits(x[1], x[2], positiveWeight: x[3], reduction: .sum)
    },
    OperationCase("kl_div", [try spread([2, 3]), try spread([2, 3], 0.1, 1, salt: 1)]) {
      x throws(ThalwegError) in try x[0].klDivergence(x[1])
    },
    OperationCase("kl_div, logarithms", [try spread([2, 3]), try spread([3], salt: 1)]) {
      x throws(ThalwegError) in try x[0].klDivergence(x[1], reduction: .sum, logTarget: true)
    },
    OperationCase("l1_loss", [try spread([2, 3]), try spread([2, 3], salt: 1)]) { x throws(ThalwegError) in
      try x[0].l1Loss(x[1])
    },
    OperationCase("smooth_l1_loss", [try spread([2, 3]), try spread([2, 3], salt: 1)]) {
      x throws(ThalwegError) in try x[0].smoothL1Loss(x[1], beta: 0.7)
    },
    OperationCase("smooth_l1_loss, sharp", [try spread([2, 3]), try spread([3], salt: 1)]) {
      x throws(ThalwegError) in try x[0].smoothL1Loss(x[1], reduction: .none, beta: 0)
    },
    OperationCase("huber_loss", [try spread([2, 3]), try spread([2, 3], salt: 1)]) { x throws(ThalwegError) in
      try x[0].huberLoss(x[1], reduction: .sum, delta: 0.7)
    },
  ]
}
