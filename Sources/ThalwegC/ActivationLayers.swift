// Activations as layers. Each keeps the shape of its input but tw_glu_create's.
public import CThalweg
import ThalwegCore
import ThalwegNN

/// y = max(x, 0) + min(0, alpha (e^(x / alpha) - 1)) (Barron 2017).
///
/// Threads: any. `out`: new reference.
@c(tw_celu_create)
public func tw_celu_create(_ alpha: Double, _ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { ThalwegNN.CELU(alpha) }
}

/// y = x where x > 0, else alpha (e^x - 1) (Clevert et al. 2016).
///
/// Threads: any. `out`: new reference.
@c(tw_elu_create)
public func tw_elu_create(_ alpha: Double, _ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { ThalwegNN.ELU(alpha) }
}

/// y = x times the normal distribution at x (Hendrycks & Gimpel 2016), exactly or approximated by tanh. `approximate`
/// is TW_GELU_NONE or TW_GELU_TANH.
///
/// Threads: any. `out`: new reference.
@c(tw_gelu_create)
public func tw_gelu_create(_ approximate: Int32, _ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in ThalwegNN.GELU(byTanh: try isTanh(approximate)) }
}

/// y = a sigmoid(b), a and b the halves of x along `dim` (Dauphin et al. 2017).
///
/// Threads: any. `out`: new reference.
@c(tw_glu_create)
public func tw_glu_create(_ dim: Int64, _ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { ThalwegNN.GLU(Int(dim)) }
}

/// y = x where |x| > lambda, else 0.
///
/// Threads: any. `out`: new reference.
@c(tw_hardshrink_create)
public func tw_hardshrink_create(_ lambd: Double, _ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { ThalwegNN.Hardshrink(lambd) }
}

/// y = x / 6 + 1/2, at least 0 and at most 1.
///
/// Threads: any. `out`: new reference.
@c(tw_hardsigmoid_create)
public func tw_hardsigmoid_create(_ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { ThalwegNN.Hardsigmoid() }
}

/// y = x hardsigmoid(x) (Howard et al. 2019).
///
/// Threads: any. `out`: new reference.
@c(tw_hardswish_create)
public func tw_hardswish_create(_ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { ThalwegNN.Hardswish() }
}

/// y = x, at least `min_val` and at most `max_val`.
///
/// Threads: any. `out`: new reference.
@c(tw_hardtanh_create)
public func tw_hardtanh_create(
  _ min_val: Double, _ max_val: Double, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { ThalwegNN.Hardtanh(min_val, max_val) }
}

/// y = x where x > 0, else slope x (Maas et al. 2013).
///
/// Threads: any. `out`: new reference.
@c(tw_leaky_relu_create)
public func tw_leaky_relu_create(_ negative_slope: Double, _ out: UnsafeMutablePointer<tw_module_t?>?)
  -> tw_status
{
  makeModule(out) { ThalwegNN.LeakyReLU(negative_slope) }
}

/// The logarithm of sigmoid(x).
///
/// Threads: any. `out`: new reference.
@c(tw_log_sigmoid_create)
public func tw_log_sigmoid_create(_ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { ThalwegNN.LogSigmoid() }
}

/// y = x tanh(softplus(x)) (Misra 2019).
///
/// Threads: any. `out`: new reference.
@c(tw_mish_create)
public func tw_mish_create(_ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { ThalwegNN.Mish() }
}

/// y = max(x, 0), at most 6.
///
/// Threads: any. `out`: new reference.
@c(tw_relu6_create)
public func tw_relu6_create(_ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { ThalwegNN.ReLU6() }
}

/// y = x where x > 0, else a x: in training with an a for each element, uniform in [low, high), outside with their
/// mean (Xu et al. 2015).
///
/// Threads: any. `out`: new reference.
@c(tw_rrelu_create)
public func tw_rrelu_create(_ low: Double, _ high: Double, _ out: UnsafeMutablePointer<tw_module_t?>?)
  -> tw_status
{
  makeModule(out) { ThalwegNN.RReLU(low, high) }
}

/// y = 1.0507 (max(x, 0) + min(0, 1.6733 (e^x - 1))) (Klambauer et al. 2017).
///
/// Threads: any. `out`: new reference.
@c(tw_selu_create)
public func tw_selu_create(_ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { ThalwegNN.SELU() }
}

/// y = x sigmoid(x), also known as swish (Elfwing et al. 2018).
///
/// Threads: any. `out`: new reference.
@c(tw_silu_create)
public func tw_silu_create(_ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { ThalwegNN.SiLU() }
}

/// y = log(1 + e^(beta x)) / beta; x where beta x > threshold.
///
/// Threads: any. `out`: new reference.
@c(tw_softplus_create)
public func tw_softplus_create(
  _ beta: Double, _ threshold: Double, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { ThalwegNN.Softplus(beta, threshold) }
}

/// y = x - lambda where x > lambda, x + lambda where x < -lambda, else 0.
///
/// Threads: any. `out`: new reference.
@c(tw_softshrink_create)
public func tw_softshrink_create(_ lambd: Double, _ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { ThalwegNN.Softshrink(lambd) }
}

/// y = x / (1 + |x|).
///
/// Threads: any. `out`: new reference.
@c(tw_softsign_create)
public func tw_softsign_create(_ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { ThalwegNN.Softsign() }
}

/// y = x - tanh(x).
///
/// Threads: any. `out`: new reference.
@c(tw_tanhshrink_create)
public func tw_tanhshrink_create(_ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { ThalwegNN.Tanhshrink() }
}

/// y = x where x > threshold, else value.
///
/// Threads: any. `out`: new reference.
@c(tw_threshold_create)
public func tw_threshold_create(
  _ threshold: Double, _ value: Double, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { ThalwegNN.Threshold(threshold, value) }
}

/// y = x where x > 0, else weight x, with the parameter "weight" [num_parameters] of `dtype` TW_FLOAT32 or TW_FLOAT64, which
/// starts as `initial` (He et al. 2015). `num_parameters` is 1, or the number of channels of x [N, C, ...].
///
/// Threads: any. `out`: new reference.
@c(tw_prelu_create)
public func tw_prelu_create(
  _ num_parameters: Int64, _ initial: Double, _ dtype: Int32, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { () throws(ThalwegError) in
    try ThalwegNN.PReLU(Int(num_parameters), initial: initial, dtype: asDType(dtype))
  }
}

/// y = softmax(x) along the dimension `dim`; NULL stands for 0 where x has 0, 1 or 3 dimensions, and for 1 elsewhere.
///
/// Threads: any. `out`: new reference.
@c(tw_softmax_create)
public func tw_softmax_create(
  _ dim: UnsafePointer<Int64>?, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { ThalwegNN.Softmax(dim.map { Int($0.pointee) }) }
}

/// y = softmax(-x) along the dimension `dim`; NULL as for tw_softmax_create.
///
/// Threads: any. `out`: new reference.
@c(tw_softmin_create)
public func tw_softmin_create(
  _ dim: UnsafePointer<Int64>?, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { ThalwegNN.Softmin(dim.map { Int($0.pointee) }) }
}

/// y = log(softmax(x)) along the dimension `dim`; NULL as for tw_softmax_create.
///
/// Threads: any. `out`: new reference.
@c(tw_log_softmax_create)
public func tw_log_softmax_create(
  _ dim: UnsafePointer<Int64>?, _ out: UnsafeMutablePointer<tw_module_t?>?
) -> tw_status {
  makeModule(out) { ThalwegNN.LogSoftmax(dim.map { Int($0.pointee) }) }
}

/// y = softmax over the channels of images [N, C, H, W] or [C, H, W].
///
/// Threads: any. `out`: new reference.
@c(tw_softmax2d_create)
public func tw_softmax2d_create(_ out: UnsafeMutablePointer<tw_module_t?>?) -> tw_status {
  makeModule(out) { ThalwegNN.Softmax2d() }
}

private func isTanh(_ value: Int32, _ function: StaticString = #function) throws(ThalwegError) -> Bool {
  guard value == Int32(TW_GELU_NONE) || value == Int32(TW_GELU_TANH) else {
    throw ThalwegError(
      .invalidArgument,
      "\(bareName(function)): approximate \(value) does not exist; TW_GELU_NONE (0) and TW_GELU_TANH (1) do")
  }
  return value == Int32(TW_GELU_TANH)
}
