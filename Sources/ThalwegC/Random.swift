public import CThalweg
import ThalwegCore

// MARK: - Random numbers

/// Starts the default generator again with `seed`. The same calls in the same order then give the same numbers, to the
/// bit, for any number of threads.
///
/// Threads: any.
@c(tw_manual_seed)
public func tw_manual_seed(_ seed: UInt64) -> tw_status {
  call { Generator.default.manualSeed(seed) }
}

/// A generator of its own: a stream of Philox 4x32-10 (Salmon et al. 2011) that starts with `seed`.
///
/// Threads: any. `out`: new reference.
@c(tw_generator_create)
public func tw_generator_create(_ seed: UInt64, _ out: UnsafeMutablePointer<tw_generator_t?>?) -> tw_status {
  write(out) { () throws(ThalwegError) in try Handles.reference(to: Generator(seed: seed), .generator) }
}

/// Gives back a reference to a generator. NULL is taken and ignored.
///
/// Threads: any.
@c(tw_generator_release)
public func tw_generator_release(_ generator: tw_generator_t?) { Handles.release(generator, .generator) }

/// Uniform random numbers in [0, 1), of a float dtype. `generator` NULL is the default one.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_rand)
public func tw_tensor_rand(
  _ shape: UnsafePointer<Int64>?, _ rank: UInt, _ dtype: Int32, _ generator: tw_generator_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.rand(asDims(shape, rank, "shape"), dtype: asDType(dtype), generator: asGenerator(generator))
  }
}

/// Normal random numbers of mean 0 and variance 1, of a float dtype. `generator` NULL is the default one.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_randn)
public func tw_tensor_randn(
  _ shape: UnsafePointer<Int64>?, _ rank: UInt, _ dtype: Int32, _ generator: tw_generator_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.randn(asDims(shape, rank, "shape"), dtype: asDType(dtype), generator: asGenerator(generator))
  }
}

/// Random whole numbers from `low` up to but without `high`, each as likely as any other, of any dtype but TW_BOOL. At
/// most 2^53 numbers may lie between. `generator` NULL is the default one.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_randint)
public func tw_tensor_randint(
  _ low: Int64, _ high: Int64, _ shape: UnsafePointer<Int64>?, _ rank: UInt, _ dtype: Int32,
  _ generator: tw_generator_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.randint(
      Int(low), Int(high), asDims(shape, rank, "shape"), dtype: asDType(dtype),
      generator: asGenerator(generator))
  }
}

/// For each probability in `tensor`, of a float dtype, 1 with that probability, else 0. `generator` NULL is the
/// default one.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_bernoulli)
public func tw_tensor_bernoulli(
  _ tensor: tw_tensor_t?, _ generator: tw_generator_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(tensor).bernoulli(generator: asGenerator(generator))
  }
}

/// A random order of the numbers 0 to n - 1, int64. `generator` NULL is the default one.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_randperm)
public func tw_tensor_randperm(
  _ n: Int64, _ generator: tw_generator_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try Tensor.randperm(Int(n), generator: asGenerator(generator))
  }
}

/// Places drawn with probabilities in proportion to the rows of `tensor`, of a float dtype: [C] gives [num_samples], [N, C]
/// gives [N, num_samples], int64. Weights need not sum to 1. With `replacement` 0 the places of a row are all different.
/// `generator` NULL is the default one.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_multinomial)
public func tw_tensor_multinomial(
  _ tensor: tw_tensor_t?, _ num_samples: Int64, _ replacement: Int32, _ generator: tw_generator_t?,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(tensor).multinomial(
      Int(num_samples), replacement: replacement != 0, generator: asGenerator(generator))
  }
}

/// The next symbols of generated sequences: for logits [..., C] places [...], int64, drawn with probabilities
/// softmax(tensor / temperature); the most probable at temperature 0. Only the `top_k` most probable are drawn from (0:
/// all), and of those only the smallest number whose probabilities sum to `top_p` at least (1: all). A logit of minus
/// infinity is never drawn; NaN and infinity are errors. `generator` NULL is the default one.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_sample)
public func tw_tensor_sample(
  _ tensor: tw_tensor_t?, _ temperature: Double, _ top_k: Int64, _ top_p: Double,
  _ generator: tw_generator_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status {
  makeTensor(out) { () throws(ThalwegError) in
    try asTensor(tensor).sample(
      temperature: temperature, topK: Int(top_k), topP: top_p, generator: asGenerator(generator))
  }
}
