// Layers that normalise.
public import CThalweg
import ThalwegCore
import ThalwegNN

private var batchNormDefaults: tw_batch_norm_options {
  tw_batch_norm_options(
    struct_size: MemoryLayout<tw_batch_norm_options>.size, eps: 1e-5, momentum: 0.1, affine: 1,
    track_running_stats: 1,
    dtype: Int32(TW_FLOAT32))
}

/// Fills the options with their defaults: eps 1e-5, momentum 0.1, parameters and running statistics, TW_FLOAT32.
/// `struct_size` is sizeof(tw_batch_norm_options).
///
/// Threads: any.
@c(tw_batch_norm_options_init)
public func tw_batch_norm_options_init(
  _ options: UnsafeMutablePointer<tw_batch_norm_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, batchNormDefaults) }
}

/// Normalises each channel of [N, C] or [N, C, L] over the batch in training, by running statistics in evaluation, with
/// parameters "weight" and "bias" [num_features] and buffers "running_mean", "running_var" and "num_batches_tracked".
/// `options` may be NULL for the defaults.
///
/// Threads: any; training one at a time per module. `out`: new reference.
@c(tw_batch_norm1d_create)
public func tw_batch_norm1d_create(
  _ num_features: Int64, _ options: UnsafePointer<tw_batch_norm_options>?,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let options = try complete(options, batchNormDefaults)
    return try ThalwegNN.BatchNorm1d(
      Int(num_features), epsilon: options.eps, momentum: options.momentum.isNaN ? nil : options.momentum,
      affine: options.affine != 0, tracksStatistics: options.track_running_stats != 0,
      dtype: asDType(options.dtype))
  }
}

/// The same for images [N, C, H, W].
///
/// Threads: any; training one at a time per module. `out`: new reference.
@c(tw_batch_norm2d_create)
public func tw_batch_norm2d_create(
  _ num_features: Int64, _ options: UnsafePointer<tw_batch_norm_options>?,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let options = try complete(options, batchNormDefaults)
    return try ThalwegNN.BatchNorm2d(
      Int(num_features), epsilon: options.eps, momentum: options.momentum.isNaN ? nil : options.momentum,
      affine: options.affine != 0, tracksStatistics: options.track_running_stats != 0,
      dtype: asDType(options.dtype))
  }
}

/// The same for volumes [N, C, D, H, W].
///
/// Threads: any; training one at a time per module. `out`: new reference.
@c(tw_batch_norm3d_create)
public func tw_batch_norm3d_create(
  _ num_features: Int64, _ options: UnsafePointer<tw_batch_norm_options>?,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let options = try complete(options, batchNormDefaults)
    return try ThalwegNN.BatchNorm3d(
      Int(num_features), epsilon: options.eps, momentum: options.momentum.isNaN ? nil : options.momentum,
      affine: options.affine != 0, tracksStatistics: options.track_running_stats != 0,
      dtype: asDType(options.dtype))
  }
}

/// Sets how far the running statistics of a batch or instance normalisation move to a batch's; NaN: so far that they are
/// the means over all batches.
///
/// Threads: one at a time per module.
@c(tw_norm_set_momentum)
public func tw_norm_set_momentum(_ module: tw_module_t?, _ momentum: Double) -> tw_status {
  call { () throws(ThalwegError) in
    guard let norm = try asModule(module) as? RunningNorm else {
      throw ThalwegError(
        .invalidArgument, "tw_norm_set_momentum: the module is no batch or instance normalisation")
    }
    guard !momentum.isInfinite else {
      throw ThalwegError(.invalidArgument, "tw_norm_set_momentum: momentum is \(momentum); it must be finite")
    }
    norm.momentum = momentum.isNaN ? nil : momentum
  }
}

private var instanceNormDefaults: tw_instance_norm_options {
  tw_instance_norm_options(
    struct_size: MemoryLayout<tw_instance_norm_options>.size, eps: 1e-5, momentum: 0.1, affine: 0,
    track_running_stats: 0,
    dtype: Int32(TW_FLOAT32))
}

/// Fills the options with their defaults: eps 1e-5, momentum 0.1, neither parameters nor running statistics, TW_FLOAT32.
/// `struct_size` is sizeof(tw_instance_norm_options).
///
/// Threads: any.
@c(tw_instance_norm_options_init)
public func tw_instance_norm_options_init(
  _ options: UnsafeMutablePointer<tw_instance_norm_options>?, _ struct_size: UInt
) -> tw_status {
  call { () throws(ThalwegError) in try initialise(options, struct_size, \.struct_size, instanceNormDefaults)
  }
}

/// Normalises each channel of each sample of [N, C, L] or [C, L]; with running statistics by those in evaluation. Parameters
/// and buffers as of tw_batch_norm1d_create. `options` may be NULL for the defaults.
///
/// Threads: any; training one at a time per module. `out`: new reference.
@c(tw_instance_norm1d_create)
public func tw_instance_norm1d_create(
  _ num_features: Int64, _ options: UnsafePointer<tw_instance_norm_options>?,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let options = try complete(options, instanceNormDefaults)
    return try ThalwegNN.InstanceNorm1d(
      Int(num_features), epsilon: options.eps, momentum: options.momentum.isNaN ? nil : options.momentum,
      affine: options.affine != 0, tracksStatistics: options.track_running_stats != 0,
      dtype: asDType(options.dtype))
  }
}

/// The same for images [N, C, H, W] or [C, H, W].
///
/// Threads: any; training one at a time per module. `out`: new reference.
@c(tw_instance_norm2d_create)
public func tw_instance_norm2d_create(
  _ num_features: Int64, _ options: UnsafePointer<tw_instance_norm_options>?,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let options = try complete(options, instanceNormDefaults)
    return try ThalwegNN.InstanceNorm2d(
      Int(num_features), epsilon: options.eps, momentum: options.momentum.isNaN ? nil : options.momentum,
      affine: options.affine != 0, tracksStatistics: options.track_running_stats != 0,
      dtype: asDType(options.dtype))
  }
}

/// The same for volumes [N, C, D, H, W] or [C, D, H, W].
///
/// Threads: any; training one at a time per module. `out`: new reference.
@c(tw_instance_norm3d_create)
public func tw_instance_norm3d_create(
  _ num_features: Int64, _ options: UnsafePointer<tw_instance_norm_options>?,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    let options = try complete(options, instanceNormDefaults)
    return try ThalwegNN.InstanceNorm3d(
      Int(num_features), epsilon: options.eps, momentum: options.momentum.isNaN ? nil : options.momentum,
      affine: options.affine != 0, tracksStatistics: options.track_running_stats != 0,
      dtype: asDType(options.dtype))
  }
}

/// Normalises over the last dimensions, of the shape `normalized_shape`, with parameters "weight" and, if `bias` is 1, "bias"
/// of that shape, if `elementwise_affine` is 1.
///
/// Threads: any. `out`: new reference.
@c(tw_layer_norm_create)
public func tw_layer_norm_create(
  _ normalized_shape: UnsafePointer<Int64>?, _ rank: UInt, _ eps: Double, _ elementwise_affine: Int32,
  _ bias: Int32, _ dtype: Int32, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    try ThalwegNN.LayerNorm(
      asDims(normalized_shape, rank, "normalized_shape"), epsilon: eps, affine: elementwise_affine != 0,
      bias: bias != 0, dtype: asDType(dtype))
  }
}

/// Divides by the root of the mean square over the last dimensions, of the shape `normalized_shape`, with a parameter
/// "weight" of that shape if `elementwise_affine` is 1. `eps` may be NaN for the dtype's distance from 1 to the next number.
///
/// Threads: any. `out`: new reference.
@c(tw_rms_norm_create)
public func tw_rms_norm_create(
  _ normalized_shape: UnsafePointer<Int64>?, _ rank: UInt, _ eps: Double, _ elementwise_affine: Int32,
  _ dtype: Int32, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    try ThalwegNN.RMSNorm(
      asDims(normalized_shape, rank, "normalized_shape"), epsilon: eps.isNaN ? nil : eps,
      affine: elementwise_affine != 0, dtype: asDType(dtype))
  }
}

/// Normalises each of `num_groups` groups of neighbouring channels of each sample of [N, C, ...], with parameters "weight"
/// and "bias" [num_channels] if `affine` is 1.
///
/// Threads: any. `out`: new reference.
@c(tw_group_norm_create)
public func tw_group_norm_create(
  _ num_groups: Int64, _ num_channels: Int64, _ eps: Double, _ affine: Int32, _ dtype: Int32,
  _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    try ThalwegNN.GroupNorm(
      Int(num_groups), Int(num_channels), epsilon: eps, affine: affine != 0, dtype: asDType(dtype))
  }
}

/// Divides [N, C, L, ...] by (k + alpha / size * the sum of the squares of `size` neighbouring channels)^beta.
///
/// Threads: any. `out`: new reference.
@c(tw_local_response_norm_create)
public func tw_local_response_norm_create(
  _ size: Int64, _ alpha: Double, _ beta: Double, _ k: Double, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    try ThalwegNN.LocalResponseNorm(Int(size), alpha: alpha, beta: beta, k: k)
  }
}
