// Normalisation. Weights and biases, where not NULL, have the input's dtype; so have running statistics.
public import CThalweg
import ThalwegCore

/// Normalises x [N, C, ...] over all but the channels: times weight [C], plus bias [C], each of which may be NULL. With
/// `training` 1 by the batch's own statistics, and running_mean and running_var [C], which may be NULL, become
/// (1 - momentum) times themselves plus momentum times those, the variance unbiased; with 0 by the running ones.
///
/// Threads: any, but none that uses the same running statistics. `out`: new reference.
@c(tw_tensor_batch_norm)
public func tw_tensor_batch_norm(
  _ input: tw_tensor_t?, _ running_mean: tw_tensor_t?, _ running_var: tw_tensor_t?, _ weight: tw_tensor_t?,
  _ bias: tw_tensor_t?, _ training: Int32, _ momentum: Double, _ eps: Double,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").batchNorm(
      asOptionalTensor(running_mean, "running_mean"), asOptionalTensor(running_var, "running_var"),
      asOptionalTensor(weight, "weight"), asOptionalTensor(bias, "bias"), training: training != 0,
      momentum: momentum, epsilon: eps)
  }
}

/// Normalises each channel of each sample of x [N, C, ...]: times weight [C], plus bias [C], each of which may be NULL.
/// With `use_input_stats` 1 by its own statistics, and running_mean and running_var [C], which may be NULL, become
/// (1 - momentum) times themselves plus momentum times the mean of those over the batch; with 0 by the running ones.
///
/// Threads: any, but none that uses the same running statistics. `out`: new reference.
@c(tw_tensor_instance_norm)
public func tw_tensor_instance_norm(
  _ input: tw_tensor_t?, _ running_mean: tw_tensor_t?, _ running_var: tw_tensor_t?, _ weight: tw_tensor_t?,
  _ bias: tw_tensor_t?, _ use_input_stats: Int32, _ momentum: Double, _ eps: Double,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").instanceNorm(
      asOptionalTensor(running_mean, "running_mean"), asOptionalTensor(running_var, "running_var"),
      asOptionalTensor(weight, "weight"), asOptionalTensor(bias, "bias"),
      usesInputStatistics: use_input_stats != 0, momentum: momentum, epsilon: eps)
  }
}

/// Normalises x over its last dimensions, which `normalized_shape` names: times weight, plus bias, both of that shape, each
/// of which may be NULL.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_layer_norm)
public func tw_tensor_layer_norm(
  _ input: tw_tensor_t?, _ normalized_shape: UnsafePointer<Int64>?, _ rank: UInt, _ weight: tw_tensor_t?,
  _ bias: tw_tensor_t?, _ eps: Double, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").layerNorm(
      asDims(normalized_shape, rank, "normalized_shape"), asOptionalTensor(weight, "weight"),
      asOptionalTensor(bias, "bias"), epsilon: eps)
  }
}

/// Divides x by the root of its mean square over its last dimensions, which `normalized_shape` names: times weight of that
/// shape, which may be NULL. `eps`, added to the mean square, may be NaN for the dtype's distance from 1 to the next number.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_rms_norm)
public func tw_tensor_rms_norm(
  _ input: tw_tensor_t?, _ normalized_shape: UnsafePointer<Int64>?, _ rank: UInt, _ weight: tw_tensor_t?,
  _ eps: Double, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").rmsNorm(
      asDims(normalized_shape, rank, "normalized_shape"), asOptionalTensor(weight, "weight"),
      epsilon: eps.isNaN ? nil : eps)
  }
}

/// Normalises x [N, C, ...] over each of `num_groups` groups of neighbouring channels: times weight [C], plus bias [C],
/// each of which may be NULL.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_group_norm)
public func tw_tensor_group_norm(
  _ input: tw_tensor_t?, _ num_groups: Int64, _ weight: tw_tensor_t?, _ bias: tw_tensor_t?, _ eps: Double,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").groupNorm(
      Int(num_groups), asOptionalTensor(weight, "weight"), asOptionalTensor(bias, "bias"), epsilon: eps)
  }
}

/// x / (k + alpha / size * the sum of the squares of `size` neighbouring channels)^beta for x [N, C, L, ...].
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_local_response_norm)
public func tw_tensor_local_response_norm(
  _ input: tw_tensor_t?, _ size: Int64, _ alpha: Double, _ beta: Double, _ k: Double,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").localResponseNorm(Int(size), alpha: alpha, beta: beta, k: k)
  }
}

/// x divided by its norm of order `p` along the dimension `dim`, or by `eps` if that is more.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_normalize)
public func tw_tensor_normalize(
  _ input: tw_tensor_t?, _ p: Double, _ dim: Int64, _ eps: Double,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(input, "input").normalized(p, dim: Int(dim), epsilon: eps)
  }
}
