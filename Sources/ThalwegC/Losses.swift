// Losses. `reduction` is TW_REDUCTION_...: what becomes of the losses of the elements or rows.
public import CThalweg
import ThalwegCore

/// Softmax and negative log-likelihood in one: input [N, C, ...] or [C], target [N, ...] or [] of int64 classes, or
/// probabilities of the input's shape. `weight` [C] has a factor for each class; NULL for none. Rows whose target is
/// `ignore_index` (PyTorch's default is -100) do not count. With `label_smoothing` above 0, that share of the target is
/// spread evenly over the classes.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_cross_entropy)
public func tw_tensor_cross_entropy(
  _ input: tw_tensor_t?, _ target: tw_tensor_t?, _ weight: tw_tensor_t?, _ reduction: Int32,
  _ ignore_index: Int64, _ label_smoothing: Double, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").crossEntropy(
      asTensor(target, "target"), asOptionalTensor(weight, "weight"), reduction: asReduction(reduction),
      ignoreIndex: Int(ignore_index), labelSmoothing: label_smoothing)
  }
}

/// The negative of the log-probabilities input [N, C, ...] or [C] at the classes target [N, ...] or [], int64. `weight` [C]
/// has a factor for each class; NULL for none. Rows whose target is `ignore_index` do not count.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_nll_loss)
public func tw_tensor_nll_loss(
  _ input: tw_tensor_t?, _ target: tw_tensor_t?, _ weight: tw_tensor_t?, _ reduction: Int32,
  _ ignore_index: Int64, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").nllLoss(
      asTensor(target, "target"), asOptionalTensor(weight, "weight"), reduction: asReduction(reduction),
      ignoreIndex: Int(ignore_index))
  }
}

/// The cross-entropy of probabilities `input` with probabilities `target` of the same shape; logarithms are at least -100.
/// `weight`, factors that broadcast, may be NULL.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_binary_cross_entropy)
public func tw_tensor_binary_cross_entropy(
  _ input: tw_tensor_t?, _ target: tw_tensor_t?, _ weight: tw_tensor_t?, _ reduction: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").binaryCrossEntropy(
      asTensor(target, "target"), asOptionalTensor(weight, "weight"), reduction: asReduction(reduction))
  }
}

/// The binary cross-entropy of sigmoid(input) with probabilities `target` of the same shape. `weight` and `pos_weight`,
/// factors of all losses and of those of positive targets that broadcast, may be NULL.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_binary_cross_entropy_with_logits)
public func tw_tensor_binary_cross_entropy_with_logits(
  _ input: tw_tensor_t?, _ target: tw_tensor_t?, _ weight: tw_tensor_t?, _ reduction: Int32,
  _ pos_weight: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").binaryCrossEntropyWithLogits(
      asTensor(target, "target"), asOptionalTensor(weight, "weight"),
      positiveWeight: asOptionalTensor(pos_weight, "pos_weight"), reduction: asReduction(reduction))
  }
}

/// The terms of the Kullback-Leibler divergence, target (log target - input), of log-probabilities `input`; with
/// `log_target` 1 the target is logarithms too. The divergence proper is TW_REDUCTION_SUM divided by the batch's size.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_kl_div)
public func tw_tensor_kl_div(
  _ input: tw_tensor_t?, _ target: tw_tensor_t?, _ reduction: Int32, _ log_target: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").klDivergence(
      asTensor(target, "target"), reduction: asReduction(reduction), logTarget: log_target != 0)
  }
}

/// The squared difference (input - target)^2.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_mse_loss)
public func tw_tensor_mse_loss(
  _ input: tw_tensor_t?, _ target: tw_tensor_t?, _ reduction: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").mseLoss(asTensor(target, "target"), reduction: asReduction(reduction))
  }
}

/// The absolute difference |input - target|.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_l1_loss)
public func tw_tensor_l1_loss(
  _ input: tw_tensor_t?, _ target: tw_tensor_t?, _ reduction: Int32,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").l1Loss(asTensor(target, "target"), reduction: asReduction(reduction))
  }
}

/// (input - target)^2 / 2 beta where |input - target| < beta, else |input - target| - beta / 2.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_smooth_l1_loss)
public func tw_tensor_smooth_l1_loss(
  _ input: tw_tensor_t?, _ target: tw_tensor_t?, _ reduction: Int32, _ beta: Double,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").smoothL1Loss(
      asTensor(target, "target"), reduction: asReduction(reduction), beta: beta)
  }
}

/// (input - target)^2 / 2 where |input - target| <= delta, else delta (|input - target| - delta / 2).
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_huber_loss)
public func tw_tensor_huber_loss(
  _ input: tw_tensor_t?, _ target: tw_tensor_t?, _ reduction: Int32, _ delta: Double,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").huberLoss(
      asTensor(target, "target"), reduction: asReduction(reduction), delta: delta)
  }
}
