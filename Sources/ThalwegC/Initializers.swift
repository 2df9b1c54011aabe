public import CThalweg
import ThalwegCore
import ThalwegNN

// MARK: - Initialisers
//
// Initialisation of float tensors, in place and unrecorded. `generator` may be NULL for the default one.

/// Fills a tensor with independent numbers, uniform in [low, high).
///
/// Threads: one at a time per tensor.
@c(tw_init_uniform)
public func tw_init_uniform(
  _ tensor: tw_tensor_t?, _ low: Double, _ high: Double, _ generator: tw_generator_t?
) -> tw_status {
  call { () throws(ThalwegError) in
    try Init.uniform(asTensor(tensor), low, high, generator: asGenerator(generator))
  }
}

/// Fills a tensor with independent numbers of the normal distribution.
///
/// Threads: one at a time per tensor.
@c(tw_init_normal)
public func tw_init_normal(
  _ tensor: tw_tensor_t?, _ mean: Double, _ deviation: Double, _ generator: tw_generator_t?
) -> tw_status {
  call { () throws(ThalwegError) in
    try Init.normal(
      asTensor(tensor), mean: mean, deviation: deviation,
      generator: asGenerator(generator))
  }
}

/// Sets every element of a tensor to `value`.
///
/// Threads: one at a time per tensor.
@c(tw_init_constant)
public func tw_init_constant(_ tensor: tw_tensor_t?, _ value: Double) -> tw_status {
  call { () throws(ThalwegError) in try Init.constant(asTensor(tensor), value) }
}

/// Fills a weight [out, in, ...] uniformly in +-gain sqrt(6 / (fan in + fan out)); Glorot and Bengio 2010.
///
/// Threads: one at a time per tensor.
@c(tw_init_xavier_uniform)
public func tw_init_xavier_uniform(
  _ tensor: tw_tensor_t?, _ gain: Double, _ generator: tw_generator_t?
) -> tw_status {
  call { () throws(ThalwegError) in
    try Init.xavierUniform(
      asTensor(tensor), gain: gain, generator: asGenerator(generator))
  }
}

/// Fills a weight [out, in, ...] normally with deviation gain sqrt(2 / (fan in + fan out)); Glorot and Bengio 2010.
///
/// Threads: one at a time per tensor.
@c(tw_init_xavier_normal)
public func tw_init_xavier_normal(
  _ tensor: tw_tensor_t?, _ gain: Double, _ generator: tw_generator_t?
) -> tw_status {
  call { () throws(ThalwegError) in
    try Init.xavierNormal(asTensor(tensor), gain: gain, generator: asGenerator(generator))
  }
}

/// Fills a weight [out, in, ...] uniformly in +-gain sqrt(3 / fan); He et al. 2015. `slope` is a leaky ReLU's for negative
/// inputs, `fan_mode` TW_FAN_IN or TW_FAN_OUT, `nonlinearity` the TW_NONLINEARITY_ whose gain counts.
///
/// Threads: one at a time per tensor.
@c(tw_init_kaiming_uniform)
public func tw_init_kaiming_uniform(
  _ tensor: tw_tensor_t?, _ slope: Double, _ fan_mode: Int32, _ nonlinearity: Int32,
  _ generator: tw_generator_t?
) -> tw_status {
  call { () throws(ThalwegError) in
    try Init.kaimingUniform(
      asTensor(tensor), slope: slope, mode: asFanMode(fan_mode),
      nonlinearity: asNonlinearity(nonlinearity), generator: asGenerator(generator))
  }
}

/// Fills a weight [out, in, ...] normally with deviation gain / sqrt(fan); He et al. 2015. The arguments are those of
/// tw_init_kaiming_uniform.
///
/// Threads: one at a time per tensor.
@c(tw_init_kaiming_normal)
public func tw_init_kaiming_normal(
  _ tensor: tw_tensor_t?, _ slope: Double, _ fan_mode: Int32, _ nonlinearity: Int32,
  _ generator: tw_generator_t?
) -> tw_status {
  call { () throws(ThalwegError) in
    try Init.kaimingNormal(
      asTensor(tensor), slope: slope, mode: asFanMode(fan_mode),
      nonlinearity: asNonlinearity(nonlinearity), generator: asGenerator(generator))
  }
}

/// Fills a tensor with independent numbers of the normal distribution, of which only what lies in [low, high] counts.
///
/// Threads: one at a time per tensor.
@c(tw_init_truncated_normal)
public func tw_init_truncated_normal(
  _ tensor: tw_tensor_t?, _ mean: Double, _ deviation: Double, _ low: Double, _ high: Double,
  _ generator: tw_generator_t?
) -> tw_status {
  call { () throws(ThalwegError) in
    try Init.truncatedNormal(
      asTensor(tensor), mean: mean, deviation: deviation, low: low, high: high,
      generator: asGenerator(generator))
  }
}

/// Fills a weight [out, in, ...] uniformly in +-sqrt(3 / fan in); LeCun et al. 1998.
///
/// Threads: one at a time per tensor.
@c(tw_init_lecun_uniform)
public func tw_init_lecun_uniform(_ tensor: tw_tensor_t?, _ generator: tw_generator_t?) -> tw_status {
  call { () throws(ThalwegError) in
    try Init.lecunUniform(asTensor(tensor), generator: asGenerator(generator))
  }
}

/// Fills a weight [out, in, ...] normally with deviation 1 / sqrt(fan in); LeCun et al. 1998.
///
/// Threads: one at a time per tensor.
@c(tw_init_lecun_normal)
public func tw_init_lecun_normal(_ tensor: tw_tensor_t?, _ generator: tw_generator_t?) -> tw_status {
  call { () throws(ThalwegError) in
    try Init.lecunNormal(asTensor(tensor), generator: asGenerator(generator))
  }
}

/// Makes a tensor of rank 2 or more, its dimensions behind the first as one, a random orthogonal matrix times `gain`: rows,
/// or columns where there are fewer, are of that length and at right angles; Saxe et al. 2014.
///
/// Threads: one at a time per tensor.
@c(tw_init_orthogonal)
public func tw_init_orthogonal(
  _ tensor: tw_tensor_t?, _ gain: Double, _ generator: tw_generator_t?
) -> tw_status {
  call { () throws(ThalwegError) in
    try Init.orthogonal(asTensor(tensor), gain: gain, generator: asGenerator(generator))
  }
}

/// Fills a matrix normally with deviation `deviation`, but for the share `sparsity` of zeros in each column; Martens 2010.
///
/// Threads: one at a time per tensor.
@c(tw_init_sparse)
public func tw_init_sparse(
  _ tensor: tw_tensor_t?, _ sparsity: Double, _ deviation: Double, _ generator: tw_generator_t?
) -> tw_status {
  call { () throws(ThalwegError) in
    try Init.sparse(
      asTensor(tensor), sparsity: sparsity, deviation: deviation, generator: asGenerator(generator))
  }
}

/// Sets a matrix to ones on its diagonal and zeros elsewhere.
///
/// Threads: one at a time per tensor.
@c(tw_init_eye)
public func tw_init_eye(_ tensor: tw_tensor_t?) -> tw_status {
  call { () throws(ThalwegError) in try Init.eye(asTensor(tensor)) }
}

/// Sets filters [out, in, ...] of rank 3 to 5 so that they hand channels on: 1 in the middle of filter d's window for
/// channel d, for each of `groups` groups of filters; zeros elsewhere.
///
/// Threads: one at a time per tensor.
@c(tw_init_dirac)
public func tw_init_dirac(_ tensor: tw_tensor_t?, _ groups: Int64) -> tw_status {
  call { () throws(ThalwegError) in try Init.dirac(asTensor(tensor), groups: Int(groups)) }
}

/// The gain of a nonlinearity, TW_NONLINEARITY_...: the factor by which a weight's deviation makes up for it. `slope` is a
/// leaky ReLU's for negative inputs and not used by the others.
///
/// Threads: any.
@c(tw_init_gain)
public func tw_init_gain(
  _ nonlinearity: Int32, _ slope: Double, _ out: UnsafeMutablePointer<Double>?
) -> tw_status {
  write(out) { () throws(ThalwegError) in
    Init.gain(try asNonlinearity(nonlinearity), slope: slope)
  }
}

private func asFanMode(_ value: Int32, _ function: StaticString = #function) throws(ThalwegError) -> FanMode {
  guard let mode = FanMode(rawValue: value) else {
    throw ThalwegError(
      .invalidArgument,
      "\(bareName(function)): fan_mode \(value) does not exist; TW_FAN_IN (0) and TW_FAN_OUT (1) do")
  }
  return mode
}

private func asNonlinearity(
  _ value: Int32, _ function: StaticString = #function
) throws(ThalwegError) -> Nonlinearity {
  guard let nonlinearity = Nonlinearity(rawValue: value) else {
    throw ThalwegError(
      .invalidArgument,
      """
      \(bareName(function)): nonlinearity \(value) does not exist; TW_NONLINEARITY_LINEAR (0) to \
      TW_NONLINEARITY_SELU (5) do
      """)
  }
  return nonlinearity
}
