// Losses: margins, likelihoods, distances. `reduction` is TW_REDUCTION_...: what becomes of the losses of the elements or rows.
public import CThalweg
import ThalwegCore

/// The negative log-likelihood of a normal distribution with means `input` and variances `variance`, which are raised to
/// `eps`: (log variance + (input - target)^2 / variance) / 2, with `full` 1 plus log(2 pi) / 2. `variance` has the input's
/// shape, or 1 in the place of the last dimension, or lacks it; none may be negative.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_gaussian_nll_loss)
public func tw_tensor_gaussian_nll_loss(
  _ input: tw_tensor_t?, _ target: tw_tensor_t?, _ variance: tw_tensor_t?, _ full: Int32, _ eps: Double,
  _ reduction: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").gaussianNLLLoss(
      asTensor(target, "target"), asTensor(variance, "variance"), full: full != 0, epsilon: eps,
      reduction: asReduction(reduction))
  }
}

/// The negative log-likelihood of a Poisson distribution whose expectation's logarithm is `input`, exp(input) - target
/// input; with `log_input` 0 it is the expectation, input - target log(input + eps). With `full` 1 plus Stirling's
/// approximation of log(target!), for targets above 1.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_poisson_nll_loss)
public func tw_tensor_poisson_nll_loss(
  _ input: tw_tensor_t?, _ target: tw_tensor_t?, _ log_input: Int32, _ full: Int32, _ eps: Double,
  _ reduction: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").poissonNLLLoss(
      asTensor(target, "target"), logInput: log_input != 0, full: full != 0, epsilon: eps,
      reduction: asReduction(reduction))
  }
}

/// max(0, -target (input1 - input2) + margin), for targets of 1 and -1.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_margin_ranking_loss)
public func tw_tensor_margin_ranking_loss(
  _ input1: tw_tensor_t?, _ input2: tw_tensor_t?, _ target: tw_tensor_t?, _ margin: Double,
  _ reduction: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input1, "input1").marginRankingLoss(
      asTensor(input2, "input2"), asTensor(target, "target"), margin: margin,
      reduction: asReduction(reduction))
  }
}

/// The input, a distance, where the target is 1, and max(0, margin - input) where it is -1.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_hinge_embedding_loss)
public func tw_tensor_hinge_embedding_loss(
  _ input: tw_tensor_t?, _ target: tw_tensor_t?, _ margin: Double, _ reduction: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").hingeEmbeddingLoss(
      asTensor(target, "target"), margin: margin, reduction: asReduction(reduction))
  }
}

/// 1 - cos where the target is 1, and max(0, cos - margin) where it is -1, of the cosine between the vectors input1 and
/// input2: [N, M] and a target [N], or [M] and [].
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_cosine_embedding_loss)
public func tw_tensor_cosine_embedding_loss(
  _ input1: tw_tensor_t?, _ input2: tw_tensor_t?, _ target: tw_tensor_t?, _ margin: Double,
  _ reduction: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input1, "input1").cosineEmbeddingLoss(
      asTensor(input2, "input2"), asTensor(target, "target"), margin: margin,
      reduction: asReduction(reduction))
  }
}

/// max(0, d(anchor, positive) - d(anchor, negative) + margin), where d is tw_tensor_pairwise_distance; with `swap` 1 the
/// smaller of d(anchor, negative) and d(positive, negative).
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_triplet_margin_loss)
public func tw_tensor_triplet_margin_loss(
  _ anchor: tw_tensor_t?, _ positive: tw_tensor_t?, _ negative: tw_tensor_t?, _ margin: Double, _ p: Double,
  _ eps: Double, _ swap: Int32, _ reduction: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(anchor, "anchor").tripletMarginLoss(
      asTensor(positive, "positive"), asTensor(negative, "negative"), margin: margin, p: p, epsilon: eps,
      swap: swap != 0, reduction: asReduction(reduction))
  }
}

/// log(1 + exp(-target input)), for targets of 1 and -1.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_soft_margin_loss)
public func tw_tensor_soft_margin_loss(
  _ input: tw_tensor_t?, _ target: tw_tensor_t?, _ reduction: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").softMarginLoss(
      asTensor(target, "target"), reduction: asReduction(reduction))
  }
}

/// The sum of max(0, margin - input[target] + input[j])^p over all classes j but the target, over their number: input
/// [N, C] or [C], target [N] or [], int64; p is 1 or 2. `weight` [C] has a factor for each class; NULL for none.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_multi_margin_loss)
public func tw_tensor_multi_margin_loss(
  _ input: tw_tensor_t?, _ target: tw_tensor_t?, _ p: Int64, _ margin: Double, _ weight: tw_tensor_t?,
  _ reduction: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").multiMarginLoss(
      asTensor(target, "target"), p: Int(p), margin: margin, asOptionalTensor(weight, "weight"),
      reduction: asReduction(reduction))
  }
}

/// The sum of max(0, 1 - input[i] + input[j]) over the classes i that the target lists and j that it does not, over the
/// number of classes: input [N, C] or [C], target of that shape, int64 classes up to the first -1.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_multilabel_margin_loss)
public func tw_tensor_multilabel_margin_loss(
  _ input: tw_tensor_t?, _ target: tw_tensor_t?, _ reduction: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").multilabelMarginLoss(
      asTensor(target, "target"), reduction: asReduction(reduction))
  }
}

/// The binary cross-entropy of sigmoid(input) with the target, averaged over the classes, which are the last dimension.
/// `weight` has a factor for each class; NULL for none.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_multilabel_soft_margin_loss)
public func tw_tensor_multilabel_soft_margin_loss(
  _ input: tw_tensor_t?, _ target: tw_tensor_t?, _ weight: tw_tensor_t?, _ reduction: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").multilabelSoftMarginLoss(
      asTensor(target, "target"), asOptionalTensor(weight, "weight"), reduction: asReduction(reduction))
  }
}

/// The negative log-likelihood of labels whose places in time are not known, of log-probabilities [T, N, C], or [T, C] for
/// one sequence. `targets` are int64 [N, S], or all labels one after the other; `input_lengths` and `target_lengths` int64
/// [N]. `blank` is the class that stands for no label. The mean is of losses divided by their targets' lengths. With
/// `zero_infinity` 1 a sequence too short for its labels counts as 0, not infinity. The gradient takes the input for
/// normalised, as log_softmax makes it.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_ctc_loss)
public func tw_tensor_ctc_loss(
  _ log_probs: tw_tensor_t?, _ targets: tw_tensor_t?, _ input_lengths: tw_tensor_t?,
  _ target_lengths: tw_tensor_t?, _ blank: Int64, _ reduction: Int32, _ zero_infinity: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(log_probs, "log_probs").ctcLoss(
      asTensor(targets, "targets"), inputLengths: asTensor(input_lengths, "input_lengths"),
      targetLengths: asTensor(target_lengths, "target_lengths"), blank: Int(blank),
      reduction: asReduction(reduction), zeroInfinity: zero_infinity != 0)
  }
}

/// The cosine of the angle between the vectors along `dim`, with broadcasting; lengths are raised to `eps`.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_cosine_similarity)
public func tw_tensor_cosine_similarity(
  _ x1: tw_tensor_t?, _ x2: tw_tensor_t?, _ dim: Int64, _ eps: Double,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(x1, "x1").cosineSimilarity(asTensor(x2, "x2"), dim: Int(dim), epsilon: eps)
  }
}

/// The norm of order `p` of x1 - x2 + eps along the last dimension, with broadcasting.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_pairwise_distance)
public func tw_tensor_pairwise_distance(
  _ x1: tw_tensor_t?, _ x2: tw_tensor_t?, _ p: Double, _ eps: Double, _ keepdim: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(x1, "x1").pairwiseDistance(asTensor(x2, "x2"), p, epsilon: eps, keepDim: keepdim != 0)
  }
}

/// The distance, a norm of order `p`, of each row of x1 [..., P, M] from each of x2 [..., R, M]: [..., P, R].
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_cdist)
public func tw_tensor_cdist(
  _ x1: tw_tensor_t?, _ x2: tw_tensor_t?, _ p: Double, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(x1, "x1").cdist(asTensor(x2, "x2"), p) }
}

/// The distances of the rows of [N, M] from each other: [N (N - 1) / 2], those of the first from all behind it first.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_pdist)
public func tw_tensor_pdist(
  _ input: tw_tensor_t?, _ p: Double, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(input, "input").pdist(p) }
}
