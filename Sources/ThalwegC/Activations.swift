public import CThalweg
import ThalwegCore

// MARK: - Activations

/// a where a > 0, else negative_slope a; floats.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_leaky_relu)
public func tw_tensor_leaky_relu(
  _ a: tw_tensor_t?, _ negative_slope: Double, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").leakyReLU(negative_slope) }
}

/// a where a > 0, else alpha (e^a - 1); floats.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_elu)
public func tw_tensor_elu(
  _ a: tw_tensor_t?, _ alpha: Double, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").elu(alpha) }
}

/// tw_tensor_elu with the constants of self-normalising networks; floats.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_selu)
public func tw_tensor_selu(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").selu() }
}

/// a where a > 0, else alpha (e^(a / alpha) - 1); floats.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_celu)
public func tw_tensor_celu(
  _ a: tw_tensor_t?, _ alpha: Double, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").celu(alpha) }
}

/// a / (1 + e^-a), also known as swish; floats.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_silu)
public func tw_tensor_silu(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").silu() }
}

/// a tanh(softplus(a)); floats.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_mish)
public func tw_tensor_mish(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").mish() }
}

/// ln(1 + e^(beta a)) / beta, and a itself where beta a > threshold; floats.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_softplus)
public func tw_tensor_softplus(
  _ a: tw_tensor_t?, _ beta: Double, _ threshold: Double, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").softplus(beta: beta, threshold: threshold)
  }
}

/// The logarithm of the logistic function, without overflow; floats.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_logsigmoid)
public func tw_tensor_logsigmoid(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").logSigmoid() }
}

/// a limited to [min_val, max_val]; the derivative at the bounds is 0.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_hardtanh)
public func tw_tensor_hardtanh(
  _ a: tw_tensor_t?, _ min_val: Double, _ max_val: Double, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").hardTanh(min: min_val, max: max_val) }
}

/// a limited to [0, 6]; the derivative at the bounds is 0.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_relu6)
public func tw_tensor_relu6(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").relu6() }
}

/// a + 3 limited to [0, 6], divided by 6; floats.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_hardsigmoid)
public func tw_tensor_hardsigmoid(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").hardSigmoid() }
}

/// a times tw_tensor_hardsigmoid of a; floats.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_hardswish)
public func tw_tensor_hardswish(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").hardSwish() }
}

/// a where a > threshold, else `value`.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_threshold)
public func tw_tensor_threshold(
  _ a: tw_tensor_t?, _ threshold: Double, _ value: Double, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").threshold(threshold, value) }
}

/// a / (1 + |a|).
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_softsign)
public func tw_tensor_softsign(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").softSign() }
}

/// a - tanh(a).
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_tanhshrink)
public func tw_tensor_tanhshrink(
  _ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").tanhShrink() }
}

/// a moved towards 0 by `lambd`, 0 where it would get beyond; floats.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_softshrink)
public func tw_tensor_softshrink(
  _ a: tw_tensor_t?, _ lambd: Double, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").softShrink(lambd) }
}

/// a where |a| > lambd, else 0; floats.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_hardshrink)
public func tw_tensor_hardshrink(
  _ a: tw_tensor_t?, _ lambd: Double, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in try asTensor(a, "a").hardShrink(lambd) }
}

/// a F(a) with F the normal distribution (TW_GELU_NONE), or its approximation by tanh (TW_GELU_TANH); floats.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_gelu)
public func tw_tensor_gelu(
  _ a: tw_tensor_t?, _ approximate: Int32, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    guard approximate == TW_GELU_NONE || approximate == TW_GELU_TANH else {
      throw ThalwegError(
        .invalidArgument,
        "tw_tensor_gelu: approximate \(approximate) does not exist; TW_GELU_NONE (0) and TW_GELU_TANH (1) do")
    }
    return try asTensor(a, "a").gelu(byTanh: approximate == TW_GELU_TANH)
  }
}
