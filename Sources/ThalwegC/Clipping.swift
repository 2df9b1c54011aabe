public import CThalweg
import ThalwegCore
import ThalwegNN

// MARK: - Clipping gradients
//
// Gradients are changed in place; parameters without one are left out.

/// Makes every entry of the gradients one of [-limit, limit]; NaN stays.
///
/// Threads: one at a time per gradient.
@c(tw_clip_grad_value)
public func tw_clip_grad_value(
  _ parameters: UnsafePointer<tw_tensor_t?>?, _ count: UInt, _ limit: Double
) -> tw_status {
  call { () throws(ThalwegError) in try Clip.value(asTensors(parameters, count, "parameters"), limit) }
}

/// Scales all gradients by one factor if their norm as one vector is above `max_norm`: then it is `max_norm` (PyTorch adds
/// 1e-6 to the norm that it divides by). `norm_type` is above 0; infinity is for the largest magnitude. The norm before
/// goes to `out`. With `error_if_nonfinite` one that is not finite is an error, and no gradient changes; without, an
/// infinite norm makes finite entries 0 and infinite ones NaN, and NaN makes all NaN.
///
/// Threads: one at a time per gradient.
@c(tw_clip_grad_norm)
public func tw_clip_grad_norm(
  _ parameters: UnsafePointer<tw_tensor_t?>?, _ count: UInt, _ max_norm: Double, _ norm_type: Double,
  _ error_if_nonfinite: Int32, _ out: UnsafeMutablePointer<Double>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    try Clip.norm(
      asTensors(parameters, count, "parameters"), max_norm, order: norm_type,
      refusesNonFinite: error_if_nonfinite != 0)
  }
}

/// tw_clip_grad_norm with the norm as a scalar of the first gradient's dtype, which a recorded step computes anew.
///
/// Threads: one at a time per parameter. `out`: new reference.
@c(tw_clip_grad_norm_tensor)
public func tw_clip_grad_norm_tensor(
  _ parameters: UnsafePointer<tw_tensor_t?>?, _ count: UInt, _ max_norm: Double, _ norm_type: Double,
  _ error_if_nonfinite: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Clip.normTensor(
      asTensors(parameters, count, "parameters"), max_norm, order: norm_type,
      refusesNonFinite: error_if_nonfinite != 0)
  }
}

/// As tw_clip_grad_norm, but each gradient by itself. The norms before go to `out_norms`, one a parameter, 0 for one
/// without a gradient; it may be NULL.
///
/// Threads: one at a time per gradient.
@c(tw_clip_grad_norm_per_tensor)
public func tw_clip_grad_norm_per_tensor(
  _ parameters: UnsafePointer<tw_tensor_t?>?, _ count: UInt, _ max_norm: Double, _ norm_type: Double,
  _ error_if_nonfinite: Int32, _ out_norms: UnsafeMutablePointer<Double>?
) -> tw_status {
  call { () throws(ThalwegError) in
    let norms = try Clip.normPerTensor(
      asTensors(parameters, count, "parameters"), max_norm, order: norm_type,
      refusesNonFinite: error_if_nonfinite != 0)
    if let out_norms { for (i, norm) in norms.enumerated() { out_norms[i] = norm } }
  }
}

/// Adaptive clipping (Brock et al. 2021): the gradient of a unit, a row of the parameter's first dimension or a whole
/// vector, may have no more than `clip_factor` times the norm of the unit's weights, which counts as `eps` if it is less.
/// The norm of all gradients before goes to `out`; `error_if_nonfinite` as in tw_clip_grad_norm.
///
/// Threads: one at a time per gradient.
@c(tw_clip_grad_adaptive)
public func tw_clip_grad_adaptive(
  _ parameters: UnsafePointer<tw_tensor_t?>?, _ count: UInt, _ clip_factor: Double, _ eps: Double,
  _ error_if_nonfinite: Int32, _ out: UnsafeMutablePointer<Double>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    try Clip.adaptive(
      asTensors(parameters, count, "parameters"), factor: clip_factor, epsilon: eps,
      refusesNonFinite: error_if_nonfinite != 0)
  }
}

/// The norm of all tensors as one vector; 0 for none. `norm_type` and `error_if_nonfinite` as in tw_clip_grad_norm.
///
/// Threads: any.
@c(tw_total_norm)
public func tw_total_norm(
  _ tensors: UnsafePointer<tw_tensor_t?>?, _ count: UInt, _ norm_type: Double, _ error_if_nonfinite: Int32,
  _ out: UnsafeMutablePointer<Double>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    try Clip.totalNorm(
      asTensors(tensors, count, "tensors"), order: norm_type, refusesNonFinite: error_if_nonfinite != 0)
  }
}

// MARK: - Averages of weights

/// average += weight (parameter - average) for each of `count` averages, in place: weight 1 - decay makes an exponential
/// moving average, 1 / (n + 1) at the n-th call the mean. Parameters have the averages' shapes and dtypes.
///
/// Threads: one at a time per average.
@c(tw_average_update)
public func tw_average_update(
  _ averages: UnsafePointer<tw_tensor_t?>?, _ count: UInt, _ parameters: UnsafePointer<tw_tensor_t?>?,
  _ parameter_count: UInt, _ weight: Double
) -> tw_status {
  call { () throws(ThalwegError) in
    try Average.update(
      asTensors(averages, count, "averages"), with: asTensors(parameters, parameter_count, "parameters"),
      weight: weight)
  }
}
