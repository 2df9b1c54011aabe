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
    OperationCase(
      "gaussian_nll_loss",
      [try spread([2, 3]), try spread([2, 3], salt: 1), try spread([2, 1], 0.5, 2, salt: 2)]
    ) { x throws(ThalwegError) in try x[0].gaussianNLLLoss(x[1], x[2], full: true) },
    OperationCase("poisson_nll_loss", [try spread([2, 3]), try spread([2, 3], 1.1, 3, salt: 1)]) {
      x throws(ThalwegError) in try x[0].poissonNLLLoss(x[1], full: true)
    },
    OperationCase("poisson_nll_loss, expectations", [try spread([2, 3], 0.2, 2), try spread([3], salt: 1)]) {
      x throws(ThalwegError) in try x[0].poissonNLLLoss(x[1], logInput: false, reduction: .sum)
    },
    OperationCase("margin_ranking_loss", [try spread([4]), try spread([4], salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].marginRankingLoss(x[1], Tensor([1.0, -1, 1, -1], [4]), margin: 0.3)
    },
    OperationCase("hinge_embedding_loss", [try spread([4])]) { x throws(ThalwegError) in
      try x[0].hingeEmbeddingLoss(Tensor([1.0, -1, -1, 1], [4]), reduction: .none)
    },
    OperationCase("cosine_embedding_loss", [try spread([3, 4]), try spread([3, 4], salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].cosineEmbeddingLoss(x[1], Tensor([1.0, -1, -1], [3]), margin: -0.9)
    },
    OperationCase(
      "triplet_margin_loss",
      [try spread([3, 4]), try spread([3, 4], salt: 1), try spread([3, 4], salt: 2)]
    ) { x throws(ThalwegError) in
      try x[0].tripletMarginLoss(x[1], x[2], margin: 5, p: 3, swap: true)
    },
    OperationCase("soft_margin_loss", [try spread([4])]) { x throws(ThalwegError) in
      try x[0].softMarginLoss(Tensor([1.0, -1, -1, 1], [4]))
    },
    OperationCase("multi_margin_loss", [try spread([3, 4]), try spread([4], 0.5, 2, salt: 1)]) {
      x throws(ThalwegError) in
      try x[0].multiMarginLoss(Tensor([Int64(1), 3, 0], [3]), p: 2, margin: 0.7, x[1])
    },
    OperationCase("multilabel_margin_loss", [try spread([2, 4])]) { x throws(ThalwegError) in
      try x[0].multilabelMarginLoss(Tensor([Int64(3), 0, -1, 1, 2, -1, 0, 0], [2, 4]))
    },
    OperationCase(
      "multilabel_soft_margin_loss",
      [try spread([2, 3]), try spread([2, 3], 0, 1, salt: 1), try spread([3], 0.5, 2, salt: 2)]
    ) { x throws(ThalwegError) in try x[0].multilabelSoftMarginLoss(x[1], x[2]) },
    OperationCase("ctc_loss", [try spread([5, 2, 4])]) { x throws(ThalwegError) in
      try x[0].logSoftmax(2).ctcLoss(
        Tensor([Int64(1), 1, 3, 2, 0, 0], [2, 3]), inputLengths: Tensor([Int64(5), 4], [2]),
        targetLengths: Tensor([Int64(3), 1], [2]))
    },
    OperationCase("ctc_loss, one sequence, no labels", [try spread([3, 4])]) { x throws(ThalwegError) in
      try x[0].logSoftmax(1).ctcLoss(
        Tensor([Int64](), [0]), inputLengths: Tensor([Int64(3)], [1]), targetLengths: Tensor([Int64(0)], [1]),
        blank: 2, reduction: .none)
    },
    OperationCase("cosine_similarity", [try spread([2, 3]), try spread([1, 3], salt: 1)]) {
      x throws(ThalwegError) in try x[0].cosineSimilarity(x[1])
    },
    OperationCase("pairwise_distance", [try spread([2, 3]), try spread([3], salt: 1)]) {
      x throws(ThalwegError) in try x[0].pairwiseDistance(x[1], 3, keepDim: true)
    },
    OperationCase("cdist", [try spread([2, 3, 2]), try spread([4, 2], salt: 1)]) { x throws(ThalwegError) in
      try x[0].cdist(x[1])
    },
    OperationCase("pdist", [try spread([4, 3])]) { x throws(ThalwegError) in try x[0].pdist(1.5) },
    OperationCase("huber_loss", [try spread([2, 3]), try spread([2, 3], salt: 1)]) { x throws(ThalwegError) in
      try x[0].huberLoss(x[1], reduction: .sum, delta: 0.7)
    },
  ]
}
